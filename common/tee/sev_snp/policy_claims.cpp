// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/sev_snp/policy_claims.hpp"

#include <algorithm>

#include "common/encoding/hex.hpp"

namespace redoubt::tee::sev_snp {
namespace {

constexpr auto k_source = "policy";

class PolicyClaims {
  public:
    PolicyClaims(Explanation& explanation, const Report& report, Product product, const Policy& policy)
        : explanation_(explanation), report_(report), product_(product), policy_(policy) {}

    void check_guest_policy() {
        flag("policy.debug", k_policy_debug, policy_.allows_debug, "a guest the host may not debug");
        flag("policy.smt", k_policy_smt, policy_.allows_smt, "a guest that does not run with SMT");
        const bool has_agent =
            (report_.policy & k_policy_migrate_ma) != 0 ||
            std::ranges::any_of(report_.report_id_ma, [](char byte) { return byte != '\xff'; });
        claim("policy.migration_agent", policy_.allows_migration_agent || !has_agent, "no migration agent",
              has_agent ? "a migration agent" : "none");
        if (policy_.vmpl)
            claim("policy.vmpl", report_.vmpl == *policy_.vmpl, std::format("{}", *policy_.vmpl),
                  std::format("{}", report_.vmpl));
        claim("policy.guest_svn", report_.guest_svn >= policy_.guest_svn_floor,
              std::format("at least {}", policy_.guest_svn_floor), std::format("{}", report_.guest_svn));
    }

    void check_platform() {
        floor("policy.reported_tcb", report_.reported_tcb, policy_.reported_floor);
        floor("policy.committed_tcb", report_.committed_tcb, policy_.committed_floor);
        if (policy_.committed_version_floor)
            claim("policy.firmware_version", report_.committed_version >= *policy_.committed_version_floor,
                  "at least " + render_version(*policy_.committed_version_floor),
                  render_version(report_.committed_version));
        const auto info = report_.platform_info;
        if ((policy_.platform_info_required | policy_.platform_info_forbidden) != 0)
            claim("policy.platform_info",
                  (info & policy_.platform_info_required) == policy_.platform_info_required &&
                      (info & policy_.platform_info_forbidden) == 0,
                  std::format("with {:#x}, without {:#x}", policy_.platform_info_required,
                              policy_.platform_info_forbidden),
                  std::format("{:#x}", info));
    }

    void check_values() {
        any_of("policy.measurement", policy_.measurements, report_.measurement);
        any_of("policy.host_data", policy_.host_data, report_.host_data);
        any_of("policy.id_key_digest", policy_.id_key_digests, report_.id_key_digest);
        any_of("policy.author_key_digest", policy_.author_key_digests, report_.author_key_digest);
        any_of("policy.family_id", policy_.family_ids, report_.family_id);
        any_of("policy.image_id", policy_.image_ids, report_.image_id);
        if (!policy_.report_data) {
            explanation_.skip(Stage::policy, "policy.report_data", "",
                              "the caller expects nothing: freshness is not proved");
            return;
        }
        std::string wanted = *policy_.report_data;
        if (wanted.size() < 64) wanted.resize(64, '\0');
        claim("policy.report_data", equal_in_constant_time(wanted, report_.report_data),
              encoding::to_hex(wanted), encoding::to_hex(report_.report_data));
    }

  private:
    void claim(std::string_view name, bool has_passed, std::string_view expected, std::string_view got) {
        explanation_.check(Stage::policy, name, has_passed, expected, got, k_source);
    }
    void flag(std::string_view name, std::uint64_t bit, bool is_allowed, std::string_view expected) {
        const bool is_set = (report_.policy & bit) != 0;
        claim(name, is_allowed || !is_set, is_allowed ? "either" : expected,
              std::format("guest policy {:#x}: {}", report_.policy, is_set ? "allowed" : "not allowed"));
    }
    void floor(std::string_view name, std::string_view raw, const TcbFloor& floor) {
        if (!floor.fmc && !floor.bootloader && !floor.tee && !floor.snp && !floor.microcode) return;
        const TcbVersion minimum{floor.fmc,
                                 floor.bootloader.value_or(0),
                                 floor.tee.value_or(0),
                                 floor.snp.value_or(0),
                                 floor.microcode.value_or(0),
                                 ""};
        const auto tcb = decode_tcb(product_, raw);
        claim(name, is_at_least(tcb, minimum), "at least " + render_tcb(minimum), render_tcb(tcb));
    }
    void any_of(std::string_view name, const std::vector<std::string>& wanted, const std::string& got) {
        if (wanted.empty()) return;
        std::string expected;
        for (const auto& value : wanted)
            expected += (expected.empty() ? "" : " or ") + encoding::to_hex(value);
        claim(name, std::ranges::contains(wanted, got), expected, encoding::to_hex(got));
    }

    Explanation& explanation_;
    const Report& report_;
    Product product_;
    const Policy& policy_;
};

} // namespace

void check_policy(Explanation& explanation, const Report& report, Product product, const Policy& policy) {
    PolicyClaims claims(explanation, report, product, policy);
    claims.check_guest_policy();
    claims.check_platform();
    claims.check_values();
}

} // namespace redoubt::tee::sev_snp
