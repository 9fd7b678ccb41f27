// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/az_vtpm/hcl_report.hpp"

#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"
#include "common/tee/evidence/byte_reader.hpp"
#include "common/tee/sev_snp/render.hpp"
#include "common/tee/tdx/render.hpp"

namespace redoubt::tee::az_vtpm {
namespace {

// Azure's HCL report: header of 0x20 bytes, hardware report, runtime data's header at 0x4C0, JSON at 0x4D4.
constexpr std::size_t k_hardware_offset = 0x20;
constexpr std::size_t k_runtime_offset = 0x4C0;
constexpr std::size_t k_max_report = 64U << 10U;
constexpr std::size_t k_max_user_data = 64;

Result<PublicKey> key_of(const json::Node& runtime_data) {
    RDT_TRY(const auto keys, runtime_data["keys"].array());
    std::optional<PublicKey> found;
    for (const auto& key : keys) {
        RDT_TRY(const auto kid, key["kid"].string());
        if (kid != "HCLAkPub") continue;
        if (found) return key.wrong("HCLAkPub is there twice");
        RDT_TRY(const auto n, key["n"].string());
        RDT_TRY(const auto e, key["e"].string());
        RDT_TRY(const auto modulus, encoding::from_base64(n, encoding::Base64::url));
        RDT_TRY(const auto exponent, encoding::from_base64(e, encoding::Base64::url));
        RDT_TRY(found, PublicKey::from_rsa(modulus, exponent));
    }
    if (!found) return fail(Code::invalid_argument, "runtime data: no key HCLAkPub");
    return *found;
}

Result<std::string> user_data_of(const json::Node& runtime_data) {
    const auto node = runtime_data["user-data"];
    RDT_TRY(const auto text, node.string_or());
    RDT_TRY(auto bytes, encoding::from_hex(text).transform_error(context("{}", node.path())));
    if (bytes.size() > k_max_user_data) return node.wrong("more than 64 bytes");
    return bytes;
}

std::string expected_report_data(const HclReport& report) {
    return hash_of(Hash::sha256, {report.runtime_data}).value_or("") + std::string(32, '\0');
}

void take_over(Verdict& verdict, const Explanation& from) {
    for (const Claim& claim : from.claims()) {
        const std::string name = "hardware." + claim.name;
        if (claim.finding == Finding::unchecked)
            verdict.explanation.skip(claim.stage, name, claim.expected, claim.source);
        else
            verdict.explanation.check(claim.stage, name, claim.finding == Finding::passed, claim.expected,
                                      claim.got, claim.source);
    }
}

void check_binding(Verdict& verdict, const HclReport& report, std::string_view report_data) {
    const auto wanted = expected_report_data(report);
    verdict.explanation.check(Stage::crypto, "hcl.binding", wanted.size() == 64 && report_data == wanted,
                              encoding::to_hex(wanted), encoding::to_hex(report_data),
                              "SHA-256 of the runtime data");
    verdict.document["runtime_data_sha256"] = encoding::to_hex(std::string_view(wanted).substr(0, 32));
    verdict.document["user_data"] = encoding::to_hex(report.user_data);
}

} // namespace

Result<HclReport> parse_hcl_report(std::string_view bytes) {
    if (bytes.size() > k_max_report)
        return fail(Code::resource_exhausted, "HCL report: {} bytes", bytes.size());
    if (!bytes.starts_with("HCLA") || bytes.size() < k_runtime_offset)
        return fail(Code::invalid_argument, "HCL report: no HCLA header, or cut short");
    ByteReader reader(bytes.substr(k_runtime_offset));
    (void)reader.u32(); // size of all
    (void)reader.u32(); // version
    const auto type = reader.u32();
    const auto hash = reader.u32();
    const auto size = reader.u32();
    const auto runtime_data = reader.take(size);
    RDT_CHECK(reader.status("HCL report"));
    if (type != 2 && type != 4)
        return fail(Code::invalid_argument, "HCL report: hardware report of type {}", type);
    if (hash != 1)
        return fail(Code::invalid_argument, "HCL report: hash {}, where 1 (SHA-256) belongs", hash);
    RDT_TRY(const auto document, json::parse("runtime data", runtime_data));
    RDT_TRY(auto key, key_of(document.root()));
    RDT_TRY(auto user_data, user_data_of(document.root()));
    const std::size_t report_size = type == 2 ? sev_snp::k_report_size : 1024;
    return HclReport{type == 2 ? HardwareKind::snp : HardwareKind::tdx,
                     std::string(bytes.substr(k_hardware_offset, report_size)), std::string(runtime_data),
                     std::move(user_data), std::move(key)};
}

Verdict verify_snp(const HclReport& report, const sev_snp::Endorsements& endorsements,
                   const sev_snp::AmdAuthorities& authorities, const sev_snp::Policy& policy, Time at) {
    Verdict verdict;
    const auto hardware =
        sev_snp::verify_report(report.hardware_report, endorsements, authorities, policy, at);
    take_over(verdict, hardware.explanation);
    if (hardware.report)
        verdict.document["snp_report"] = sev_snp::report_json(*hardware.report, hardware.product);
    check_binding(verdict, report, hardware.report ? hardware.report->report_data : "");
    if (hardware.verified && verdict.explanation.is_accepted())
        verdict.attestation_key = report.attestation_key;
    return verdict;
}

Verdict verify_tdx(const HclReport& report, std::string_view quote, const tdx::Collateral& collateral,
                   const std::vector<TrustAnchor>& anchors, const tdx::Policy& policy, Time at) {
    Verdict verdict;
    auto hardware = tdx::verify_quote(quote, collateral, anchors, policy, at);
    take_over(verdict, hardware.explanation);
    const auto* td = hardware.quote && hardware.quote->td ? &*hardware.quote->td : nullptr;
    if (td != nullptr) verdict.document["td_quote_body"] = tdx::body_json(*td);
    check_binding(verdict, report, td == nullptr ? std::string_view() : std::string_view(td->report_data));
    const auto local = tdx::parse_local_report(report.hardware_report);
    const bool is_same = local && td != nullptr && local->report_data == td->report_data &&
                         local->td_info == tdx::td_info_of(*td);
    verdict.explanation.check(Stage::crypto, "hcl.same_td", is_same,
                              "a quote of the TD that the report is of",
                              local ? "MRTD " + encoding::to_hex(local->mr_td) : local.error().message,
                              "TDREPORT in the HCL report");
    if (hardware.verified && verdict.explanation.is_accepted())
        verdict.attestation_key = report.attestation_key;
    verdict.verified = std::move(hardware.verified);
    return verdict;
}

} // namespace redoubt::tee::az_vtpm
