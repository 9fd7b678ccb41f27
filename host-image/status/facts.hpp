// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "host-image/status/page.hpp"

namespace redoubt::host_image {

/// Asks the system what there is to tell: systemd by its bus, the kernel for addresses. Blocks for as long as
/// they need; what cannot be asked stays empty.
[[nodiscard]] NodeFacts gather_facts();

} // namespace redoubt::host_image
