// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/verifier/chip.hpp"

#include <algorithm>
#include <cctype>

#include "common/encoding/hex.hpp"
#include "common/tee/evidence/hash.hpp"
#include "services/attestation/verifier/snp_evidence.hpp"

namespace redoubt::services::attestation {
namespace {

namespace snp = tee::sev_snp;

constexpr std::size_t k_turin_hwid = 8;

std::string key_of_parts(snp::Product product, std::string_view hwid, const snp::TcbVersion& tcb) {
    std::string name(snp::name_of(product));
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::string versions;
    if (tcb.fmc) versions += std::format("{:02x}", *tcb.fmc);
    versions += std::format("{:02x}{:02x}{:02x}{:02x}", tcb.bootloader, tcb.tee, tcb.snp, tcb.microcode);
    return name + "-" + encoding::to_hex(hwid) + "-" + versions;
}

bool is_leaf(const tee::Certificate& certificate) {
    return !certificate.is_authority();
}

} // namespace

std::optional<Chip> chip_of(const snp::Report& report) {
    const auto product = snp::product_of(report);
    const bool is_vcek = snp::signing_key_of(report) == static_cast<std::uint32_t>(snp::SigningKey::vcek);
    if (!product || !*product || !is_vcek || snp::has_masked_chip_key(report) || tee::is_zero(report.chip_id))
        return std::nullopt;
    Chip chip{**product, report.chip_id, snp::decode_tcb(**product, report.reported_tcb)};
    if (chip.product == snp::Product::turin) chip.hwid.resize(k_turin_hwid);
    return chip;
}

std::string key_of(const Chip& chip) {
    return key_of_parts(chip.product, chip.hwid, chip.tcb);
}

std::optional<std::string> key_of(const snp::Endorsement& endorsement) {
    if (endorsement.kind != snp::EndorsementKind::vcek) return std::nullopt;
    const auto part = [&](const char* name) {
        const auto found = endorsement.versions.find(name);
        return found == endorsement.versions.end() ? std::uint8_t{0} : found->second;
    };
    snp::TcbVersion tcb;
    if (endorsement.versions.contains("3.9")) tcb.fmc = part("3.9");
    tcb.bootloader = part("3.1");
    tcb.tee = part("3.2");
    tcb.snp = part("3.3");
    tcb.microcode = part("3.8");
    return key_of_parts(endorsement.product, endorsement.hwid, tcb);
}

std::optional<Chip> missing_chip(const json::Node& evidence, const Collateral& collateral) {
    const auto bytes = encode_snp_report(evidence["attestation_report"]);
    if (!bytes) return std::nullopt;
    const auto report = snp::parse_report(*bytes);
    if (!report) return std::nullopt;
    snp::Endorsements sent;
    if (!add_snp_chain(evidence["cert_chain"], sent) || std::ranges::any_of(sent.certificates, is_leaf))
        return std::nullopt;
    auto chip = chip_of(*report);
    if (!chip || find_vcek(*report, collateral) != nullptr) return std::nullopt;
    return chip;
}

} // namespace redoubt::services::attestation
