// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/evidence/explanation.hpp"

#include <algorithm>
#include <array>

namespace redoubt::tee {

std::string_view name_of(Stage stage) {
    static constexpr std::array<std::string_view, 4> k_names{"format", "crypto", "collateral", "policy"};
    return k_names.at(static_cast<std::size_t>(stage));
}

std::string_view name_of(Finding finding) {
    static constexpr std::array<std::string_view, 3> k_names{"passed", "failed", "unchecked"};
    return k_names.at(static_cast<std::size_t>(finding));
}

bool Explanation::check(Stage stage, std::string_view name, bool has_passed, std::string_view expected,
                        std::string_view got, std::string_view source) {
    claims_.push_back({std::string(name), stage, has_passed ? Finding::passed : Finding::failed,
                       std::string(expected), std::string(got), std::string(source)});
    return has_passed;
}

void Explanation::skip(Stage stage, std::string_view name, std::string_view expected,
                       std::string_view reason) {
    claims_.push_back(
        {std::string(name), stage, Finding::unchecked, std::string(expected), "", std::string(reason)});
}

bool Explanation::has_failed(Stage up_to) const {
    const auto is_relevant = [up_to](const Claim& claim) { return claim.stage <= up_to; };
    return std::ranges::none_of(claims_, is_relevant) ||
           std::ranges::any_of(claims_, [&](const Claim& claim) {
               return is_relevant(claim) && claim.finding == Finding::failed;
           });
}

std::vector<const Claim*> Explanation::failures() const {
    std::vector<const Claim*> failed;
    for (const Claim& claim : claims_)
        if (claim.finding == Finding::failed) failed.push_back(&claim);
    return failed;
}

boost::json::value Explanation::json() const {
    boost::json::array list;
    for (const Claim& claim : claims_)
        list.push_back({{"claim", claim.name},
                        {"stage", name_of(claim.stage)},
                        {"finding", name_of(claim.finding)},
                        {"expected", claim.expected},
                        {"got", claim.got},
                        {"source", claim.source}});
    return list;
}

} // namespace redoubt::tee
