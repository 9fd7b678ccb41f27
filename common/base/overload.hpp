// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

namespace redoubt {

/// One function of several, for std::visit: the one whose parameter fits.
template <class... Cases>
struct Overload : Cases... {
    using Cases::operator()...;
};

} // namespace redoubt
