// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/vendors/schedule.hpp"

#include <algorithm>

namespace redoubt::services::vendors {
namespace {

using std::chrono::seconds;

constexpr seconds k_longest_wait = std::chrono::hours(1);
constexpr std::uint32_t k_most_doublings = 12;

tee::Time moved(tee::Time now, seconds wait, double chance) {
    const auto exact = static_cast<double>(wait.count()) * (0.9 + 0.2 * chance);
    return now + std::max(seconds(1), seconds(static_cast<std::int64_t>(exact)));
}

} // namespace

tee::Time next_after_success(tee::Time now, std::optional<tee::Time> until, seconds refresh, seconds retry,
                             double chance) {
    auto wait = refresh;
    if (until) wait = std::min(wait, std::max(seconds(0), *until - now) * 2 / 3);
    return moved(now, std::max(wait, retry), chance);
}

tee::Time next_after_failure(tee::Time now, std::uint32_t failures, seconds retry, double chance) {
    const auto doublings = std::min(failures == 0 ? 0 : failures - 1, k_most_doublings);
    const auto wait = retry * (std::int64_t{1} << doublings);
    return moved(now, std::min(wait, std::max(k_longest_wait, retry)), chance);
}

} // namespace redoubt::services::vendors
