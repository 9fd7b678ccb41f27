// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/sev_snp/endorsement.hpp"

#include "common/tee/evidence/der.hpp"

namespace redoubt::tee::sev_snp {
namespace {

const std::string k_prefix = "1.3.6.1.4.1.3704.1.";

Result<std::optional<std::uint32_t>> number_extension(const Certificate& leaf, const std::string& part) {
    RDT_TRY(const auto raw, leaf.extension(k_prefix + part));
    if (!raw) return std::optional<std::uint32_t>();
    DerReader reader(*raw);
    RDT_TRY(const auto content, reader.expect(k_der_integer, part));
    if (!reader.is_empty())
        return fail(Code::invalid_argument, "extension {}: bytes behind the number", part);
    RDT_TRY(const auto number, small_number(content).transform_error(context("extension {}", part)));
    return std::optional(number);
}

Result<std::optional<std::string>> text_extension(const Certificate& leaf, const std::string& part) {
    RDT_TRY(const auto raw, leaf.extension(k_prefix + part));
    if (!raw) return std::optional<std::string>();
    DerReader reader(*raw);
    RDT_TRY(const auto content, reader.expect(k_der_ia5, part));
    if (!reader.is_empty() || content.size() > 256)
        return fail(Code::invalid_argument, "extension {}: not a short text", part);
    return std::optional(std::string(content));
}

Status read_versions(const Certificate& leaf, Endorsement& endorsement) {
    for (const char* part : {"3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9"}) {
        RDT_TRY(const auto number, number_extension(leaf, part));
        if (number && *number > 255)
            return fail(Code::invalid_argument, "extension {}: {} is no security version", part, *number);
        if (number) endorsement.versions[part] = static_cast<std::uint8_t>(*number);
    }
    for (const char* part : {"3.1", "3.2", "3.3", "3.8"})
        if (!endorsement.versions.contains(part))
            return fail(Code::invalid_argument, "extension {} is missing", part);
    if (endorsement.product == Product::turin && !endorsement.versions.contains("3.9"))
        return fail(Code::invalid_argument, "extension 3.9 (FMC) is missing, which Turin has");
    if (endorsement.product != Product::turin && endorsement.versions.contains("3.9"))
        return fail(Code::invalid_argument, "extension 3.9 (FMC), which only Turin has");
    return {};
}

Status read_identity(const Certificate& leaf, Endorsement& endorsement) {
    RDT_TRY(const auto hwid, leaf.extension(k_prefix + "4"));
    RDT_TRY(endorsement.csp_id, text_extension(leaf, "5"));
    if (endorsement.kind == EndorsementKind::vlek) {
        if (hwid) return fail(Code::invalid_argument, "a VLEK with the HWID extension");
        if (!endorsement.csp_id || endorsement.csp_id->empty())
            return fail(Code::invalid_argument, "a VLEK without the CSP_ID extension");
        return {};
    }
    if (endorsement.csp_id) return fail(Code::invalid_argument, "a VCEK with the CSP_ID extension");
    if (!hwid) return fail(Code::invalid_argument, "a VCEK without the HWID extension");
    const std::size_t wanted = endorsement.product == Product::turin ? 8 : 64;
    std::string_view value = *hwid;
    // Most certificates have the bytes themselves, some an OCTET STRING of them; the length tells which.
    if (value.size() == wanted + 2 && value[0] == static_cast<char>(k_der_octets) &&
        value[1] == static_cast<char>(wanted))
        value.remove_prefix(2);
    if (value.size() != wanted)
        return fail(Code::invalid_argument, "a HWID of {} bytes, where {} has {}", hwid->size(),
                    name_of(endorsement.product), wanted);
    endorsement.hwid = std::string(value);
    return {};
}

} // namespace

Result<Endorsement> parse_endorsement(const Certificate& leaf) {
    Endorsement endorsement;
    const auto name = leaf.common_name();
    if (name != "SEV-VCEK" && name != "SEV-VLEK")
        return fail(Code::invalid_argument, "the subject is '{}', neither SEV-VCEK nor SEV-VLEK", name);
    endorsement.kind = name == "SEV-VCEK" ? EndorsementKind::vcek : EndorsementKind::vlek;
    RDT_TRY(const auto version, number_extension(leaf, "1"));
    RDT_TRY(const auto product, text_extension(leaf, "2"));
    if (!version || !product)
        return fail(Code::invalid_argument, "extension {} is missing", version ? "2" : "1");
    endorsement.struct_version = *version;
    endorsement.product_name = *product;
    // "Milan-B0" names the stepping behind the generation.
    RDT_TRY(endorsement.product, parse_product(product->substr(0, product->find('-'))));
    RDT_CHECK(read_versions(leaf, endorsement));
    RDT_CHECK(read_identity(leaf, endorsement));
    if (leaf.public_key().kind() != "P-384")
        return fail(Code::invalid_argument, "the key is {}, not P-384", leaf.public_key().kind());
    return endorsement;
}

std::string tcb_disagreement(const Endorsement& endorsement, const TcbVersion& tcb) {
    std::string disagreement;
    const auto compare = [&](const char* part, std::string_view name, std::uint8_t value) {
        const auto found = endorsement.versions.find(part);
        if (found == endorsement.versions.end() || found->second == value) return;
        if (!disagreement.empty()) disagreement += ", ";
        disagreement += std::format("{} {} in the certificate, {} in the report", name, found->second, value);
    };
    const auto raw = [&](std::size_t at) {
        return at < tcb.raw.size() ? static_cast<std::uint8_t>(tcb.raw[at]) : std::uint8_t{0};
    };
    compare("3.1", "bootloader", tcb.bootloader);
    compare("3.2", "tee", tcb.tee);
    compare("3.3", "snp", tcb.snp);
    compare("3.8", "microcode", tcb.microcode);
    if (endorsement.product == Product::turin) {
        compare("3.9", "fmc", tcb.fmc.value_or(0));
        compare("3.5", "reserved 4", raw(4));
        compare("3.6", "reserved 5", raw(5));
        compare("3.7", "reserved 6", raw(6));
        return disagreement;
    }
    compare("3.4", "reserved 2", raw(2));
    compare("3.5", "reserved 3", raw(3));
    compare("3.6", "reserved 4", raw(4));
    compare("3.7", "reserved 5", raw(5));
    return disagreement;
}

} // namespace redoubt::tee::sev_snp
