// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tdx/policy_claims.hpp"

#include <algorithm>

#include "common/encoding/hex.hpp"
#include "common/tee/evidence/byte_reader.hpp"
#include "common/tee/tdx/render.hpp"

namespace redoubt::tee::tdx {
namespace {

constexpr auto k_source = "policy";
// What a guest may be made with: SEPT_VE_DISABLE, MIGRATABLE, PKS, KL, PERFMON; DEBUG and the rest have to be
// zero.
constexpr std::uint64_t k_known_attributes = k_attribute_sept_ve_disable | k_attribute_migratable |
                                             (std::uint64_t{1} << 30U) | (std::uint64_t{1} << 31U) |
                                             (std::uint64_t{1} << 63U);

void any_of(Explanation& explanation, std::string_view name, const std::vector<std::string>& wanted,
            const std::string& got) {
    if (wanted.empty()) return;
    std::string expected;
    for (const auto& value : wanted) expected += (expected.empty() ? "" : " or ") + encoding::to_hex(value);
    explanation.check(Stage::policy, name, std::ranges::contains(wanted, got), expected,
                      encoding::to_hex(got), k_source);
}

std::string join(const std::vector<std::string>& list) {
    std::string text;
    for (const auto& element : list) text += (text.empty() ? "" : ", ") + element;
    return text;
}

} // namespace

void check_policy(Explanation& explanation, const TdReport& td, const Policy& policy) {
    const auto attributes = ByteReader(td.td_attributes).u64();
    const auto check = [&](std::string_view name, bool has_passed, std::string_view expected) {
        explanation.check(Stage::policy, name, has_passed, expected,
                          std::format("TD attributes {:#x}", attributes), k_source);
    };
    check("policy.debug", policy.allows_debug || (attributes & k_attribute_debug) == 0,
          "a guest the host may not debug");
    check("policy.migration", policy.allows_migration || (attributes & k_attribute_migratable) == 0,
          "a guest that is not migrated");
    check("policy.attributes", (attributes & ~(k_known_attributes | k_attribute_debug)) == 0,
          "no attribute that is not known");
    any_of(explanation, "policy.mrtd", policy.mr_td, td.mr_td);
    any_of(explanation, "policy.mrconfigid", policy.mr_config_id, td.mr_config_id);
    const auto body = body_json(td);
    for (const auto& [name, wanted] : policy.registers) {
        const auto* value = body.if_contains(name);
        const std::string got =
            value != nullptr && value->is_string() ? std::string(value->get_string()) : "no such register";
        explanation.check(Stage::policy, "policy." + name, got == encoding::to_hex(wanted),
                          encoding::to_hex(wanted), got, k_source);
    }
    if (!policy.report_data) {
        explanation.skip(Stage::policy, "policy.report_data", "",
                         "the caller expects nothing: freshness is not proved");
        return;
    }
    std::string wanted = *policy.report_data;
    if (wanted.size() < 64) wanted.resize(64, '\0');
    explanation.check(Stage::policy, "policy.report_data", equal_in_constant_time(wanted, td.report_data),
                      encoding::to_hex(wanted), encoding::to_hex(td.report_data), k_source);
}

void check_status(Explanation& explanation, const TcbEvaluation& tcb, const Policy& policy) {
    const TcbStatus status = *tcb.overall;
    std::string expected = std::string(name_of(TcbStatus::up_to_date));
    for (const auto& allowed : policy.statuses) expected += " or " + std::string(name_of(allowed));
    const bool is_allowed = status == TcbStatus::up_to_date ||
                            (status != TcbStatus::revoked && std::ranges::contains(policy.statuses, status));
    explanation.check(Stage::policy, "policy.tcb_status", is_allowed, expected, name_of(status), k_source);
    if (status == TcbStatus::up_to_date) return;
    std::vector<std::string> foreign;
    for (const auto& advisory : tcb.advisories)
        if (!std::ranges::contains(policy.advisories, advisory)) foreign.push_back(advisory);
    explanation.check(Stage::policy, "policy.advisories", foreign.empty(),
                      policy.advisories.empty() ? "no advisory" : "only " + join(policy.advisories),
                      foreign.empty() ? "as expected" : join(foreign), k_source);
}

} // namespace redoubt::tee::tdx
