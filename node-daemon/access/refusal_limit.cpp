// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/access/refusal_limit.hpp"

#include <algorithm>
#include <utility>

namespace redoubt::node::access {

std::optional<std::uint64_t> RefusalLimit::take(Time now) {
    if (!filled_) filled_ = now;
    const auto due = (now - *filled_) / k_each;
    left_ = static_cast<unsigned>(std::min<std::int64_t>(k_burst, left_ + due));
    *filled_ += due * k_each;
    if (left_ == 0) {
        ++silent_;
        return std::nullopt;
    }
    --left_;
    return std::exchange(silent_, 0);
}

} // namespace redoubt::node::access
