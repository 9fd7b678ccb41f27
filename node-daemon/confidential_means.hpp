// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "node-daemon/config.hpp"
#include "node-daemon/host/secure_processor.hpp"
#include "node-daemon/launch/confidential_launch.hpp"

namespace redoubt::node {

/// What redoubtd and redoubt-launcher each have for the level confidential: what the processor offers, with
/// the firmware of the settings. A processor without a firmware is none.
[[nodiscard]] launch::ConfidentialMeans make_confidential_means(const Config& config,
                                                                const host::SecureProcessors& processors);

} // namespace redoubt::node
