// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/base/strong_id.hpp"

namespace redoubt {

/// A pod of this node; a guest knows only its containers.
using PodId = StrongId<struct PodTag>;

} // namespace redoubt
