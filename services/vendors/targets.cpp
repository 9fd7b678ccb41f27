// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/vendors/targets.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "common/encoding/hex.hpp"
#include "common/http/url.hpp"

namespace redoubt::services::vendors {
namespace {

namespace snp = tee::sev_snp;

constexpr std::size_t k_fmspc_size = 6;

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

void add_amd(std::vector<Target>& targets, const FetchSettings& settings) {
    for (const auto product : settings.amd_products)
        for (const auto* key : {"vcek", "vlek"}) {
            const auto name = snp::name_of(product);
            const auto base = std::format("{}/{}/v1/{}/", settings.amd_url, key, name);
            const auto stem = std::format("amd-{}-{}", lower(name), key);
            targets.push_back({base + "cert_chain", Form::amd_chain, {"snp"}, stem});
            targets.push_back({base + "crl", Form::amd_list, {"snp"}, stem});
        }
}

void add_intel(std::vector<Target>& targets, const FetchSettings& settings) {
    std::vector<std::string> places;
    places.reserve(settings.intel_platforms.size());
    for (const auto& fmspc : settings.intel_platforms) places.push_back("tdx/" + fmspc);
    if (places.empty()) return;
    const auto tdx = settings.intel_url + "/tdx/certification/v4";
    const auto sgx = settings.intel_url + "/sgx/certification/v4";
    const auto root_list = settings.intel_root_list.empty() ? sgx + "/rootcacrl" : settings.intel_root_list;
    // The root's list first: it is what the others' signers are checked by.
    targets.push_back({root_list, Form::intel_root_list, places, "intel-root"});
    for (const auto* authority : {"processor", "platform"})
        targets.push_back({std::format("{}/pckcrl?ca={}&encoding=der", sgx, authority), Form::intel_list,
                           places, std::format("intel-pck-{}", authority)});
    targets.push_back({tdx + "/qe/identity", Form::qe_identity, places, "intel-qe-identity"});
    for (const auto& fmspc : settings.intel_platforms)
        targets.push_back({tdx + "/tcb?fmspc=" + fmspc, Form::tcb_info, {"tdx/" + fmspc}, "intel-tcb-info"});
}

} // namespace

std::string_view kind_of(Form form) {
    static constexpr std::array<std::string_view, 6> k_kinds{
        "revocation-list", "certificate", "tcb-info", "qe-identity", "revocation-list", "revocation-list"};
    return k_kinds.at(static_cast<std::size_t>(form));
}

std::vector<Target> targets_of(const FetchSettings& settings) {
    std::vector<Target> targets;
    if (!settings.amd_url.empty()) add_amd(targets, settings);
    if (!settings.intel_url.empty()) add_intel(targets, settings);
    return targets;
}

std::string vcek_url(std::string_view amd_url, const attestation::Chip& chip) {
    std::string versions;
    if (chip.tcb.fmc) versions = std::format("fmcSPL={:02}&", *chip.tcb.fmc);
    versions += std::format("blSPL={:02}&teeSPL={:02}&snpSPL={:02}&ucodeSPL={:02}", chip.tcb.bootloader,
                            chip.tcb.tee, chip.tcb.snp, chip.tcb.microcode);
    return std::format("{}/vcek/v1/{}/{}?{}", amd_url, snp::name_of(chip.product),
                       encoding::to_hex(chip.hwid), versions);
}

Result<std::string> parse_base_url(std::string_view text) {
    RDT_TRY(const auto url, http::parse_url(text));
    if (!url.is_tls())
        return fail(Code::invalid_argument, "'{}': only https is fetched from", text.substr(0, 100));
    if (!url.user_info.empty() || url.target.contains('?'))
        return fail(Code::invalid_argument, "an address of host, port and path alone belongs here");
    auto base = url.render();
    while (base.ends_with('/')) base.pop_back();
    return base;
}

Result<std::string> parse_platform(std::string_view text) {
    const auto bytes = encoding::from_hex(text);
    if (!bytes || bytes->size() != k_fmspc_size)
        return fail(Code::invalid_argument, "'{}' is not an FMSPC: 12 hex digits", text.substr(0, 40));
    return encoding::to_hex(*bytes);
}

} // namespace redoubt::services::vendors
