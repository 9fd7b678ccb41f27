// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tdx/pck.hpp"

#include "common/tee/evidence/der.hpp"

namespace redoubt::tee::tdx {
namespace {

constexpr std::string_view k_prefix = "1.2.840.113741.1.13.1.";
constexpr std::size_t k_max_parts = 64;

/// The parts of a SEQUENCE of {OID, value}, by what stands behind the prefix in the OID.
Result<std::map<std::string, DerElement>> read_parts(std::string_view content) {
    std::map<std::string, DerElement> parts;
    DerReader reader(content);
    while (!reader.is_empty()) {
        RDT_TRY(const auto pair, reader.expect(k_der_sequence, "SGX extension"));
        DerReader inside(pair);
        RDT_TRY(const auto oid_bytes, inside.expect(k_der_oid, "SGX extension"));
        RDT_TRY(const auto oid, oid_text(oid_bytes));
        RDT_TRY(const auto value, inside.next());
        if (!inside.is_empty() || !oid.starts_with(k_prefix))
            return fail(Code::invalid_argument, "SGX extension: a part {} that does not belong", oid);
        if (!parts.emplace(oid.substr(k_prefix.size()), value).second)
            return fail(Code::invalid_argument, "SGX extension: part {} twice", oid);
        if (parts.size() > k_max_parts)
            return fail(Code::resource_exhausted, "SGX extension: more than {} parts", k_max_parts);
    }
    return parts;
}

Result<std::string_view> part_of(const std::map<std::string, DerElement>& parts, const std::string& name,
                                 std::uint8_t tag) {
    const auto found = parts.find(name);
    if (found == parts.end()) return fail(Code::invalid_argument, "SGX extension: part {} is missing", name);
    if (found->second.tag != tag)
        return fail(Code::invalid_argument, "SGX extension: part {} has tag {:#04x}", name,
                    found->second.tag);
    return found->second.content;
}

Result<std::string> octets_of(const std::map<std::string, DerElement>& parts, const std::string& name,
                              std::size_t size) {
    RDT_TRY(const auto content, part_of(parts, name, k_der_octets));
    if (content.size() != size)
        return fail(Code::invalid_argument, "SGX extension: part {} has {} bytes, where {} belong", name,
                    content.size(), size);
    return std::string(content);
}

Status read_tcb(std::string_view content, Pck& pck) {
    RDT_TRY(const auto parts, read_parts(content));
    for (std::size_t i = 0; i < pck.sgx_components.size(); ++i) {
        RDT_TRY(const auto number,
                part_of(parts, std::format("2.{}", i + 1), k_der_integer).and_then(small_number));
        if (number > 255)
            return fail(Code::invalid_argument, "SGX extension: component {} is {}", i + 1, number);
        pck.sgx_components.at(i) = static_cast<std::uint8_t>(number);
    }
    RDT_TRY(const auto pce_svn, part_of(parts, "2.17", k_der_integer).and_then(small_number));
    if (pce_svn > 0xFFFF) return fail(Code::invalid_argument, "SGX extension: PCESVN {}", pce_svn);
    pck.pce_svn = static_cast<std::uint16_t>(pce_svn);
    RDT_TRY(pck.cpu_svn, octets_of(parts, "2.18", 16));
    return {};
}

Status read_configuration(std::string_view content, Pck& pck) {
    RDT_TRY(const auto parts, read_parts(content));
    for (const auto& [name, value] : parts) {
        if (value.tag != k_der_boolean || value.content.size() != 1)
            return fail(Code::invalid_argument, "SGX extension: configuration {} is not a boolean", name);
        pck.configuration[name] = static_cast<std::uint8_t>(value.content[0]);
    }
    return {};
}

} // namespace

Result<Pck> parse_pck_extension(std::string_view der) {
    DerReader reader(der);
    RDT_TRY(const auto content, reader.expect(k_der_sequence, "SGX extension"));
    if (!reader.is_empty()) return fail(Code::invalid_argument, "SGX extension: bytes behind it");
    RDT_TRY(const auto parts, read_parts(content));
    Pck pck;
    RDT_TRY(pck.ppid, octets_of(parts, "1", 16));
    RDT_TRY(const auto tcb, part_of(parts, "2", k_der_sequence));
    RDT_CHECK(read_tcb(tcb, pck));
    RDT_TRY(pck.pce_id, octets_of(parts, "3", 2));
    RDT_TRY(pck.fmspc, octets_of(parts, "4", 6));
    RDT_TRY(const auto type, part_of(parts, "5", k_der_enumerated).and_then(small_number));
    if (type > 2) return fail(Code::invalid_argument, "SGX extension: SGX type {}", type);
    pck.sgx_type = static_cast<std::uint8_t>(type);
    if (parts.contains("6")) {
        RDT_TRY(pck.platform_instance_id, octets_of(parts, "6", 16));
    }
    if (parts.contains("7")) {
        RDT_TRY(const auto configuration, part_of(parts, "7", k_der_sequence));
        RDT_CHECK(read_configuration(configuration, pck));
    }
    return pck;
}

Result<Pck> parse_pck(const Certificate& certificate) {
    RDT_TRY(const auto extension, certificate.extension(k_sgx_extension));
    if (!extension) return fail(Code::invalid_argument, "the PCK certificate has no SGX extension");
    return parse_pck_extension(*extension);
}

} // namespace redoubt::tee::tdx
