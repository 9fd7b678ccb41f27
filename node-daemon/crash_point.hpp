// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "node-daemon/store/state_store.hpp"

namespace redoubt::node {

/// For tests: has the daemon kill itself (SIGKILL) at one write to its database. While the file that
/// REDOUBT_CRASH_FILE names is there, points are counted, two a write: one before it, one after it; at the
/// one whose number stands in the file the daemon dies, with a last line that names it. A number never
/// reached is a way to count. Does nothing unless built with REDOUBT_CRASH_POINTS, which no release is.
#ifdef REDOUBT_CRASH_POINTS
void arm_crash_point(store::StateStore& store);
#else
inline void arm_crash_point(store::StateStore& /*store*/) {}
#endif

} // namespace redoubt::node
