// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/amd_chain.hpp"

#include <algorithm>
#include <utility>

#include "common/tee/evidence/guid.hpp"
#include "common/tee/sev_snp/report.hpp"

namespace redoubt::services::simtee {
namespace {

constexpr std::size_t k_chip_id_size = 64;
constexpr long k_root_serial = 1;
constexpr long k_signer_serial = 2;
constexpr unsigned char k_ia5 = 0x16;
// Bootloader 4, TEE 0, SNP 24, microcode 219: what a Milan of 2025 reports.
constexpr std::string_view k_tcb = std::string_view("\x04\x00\x00\x00\x00\x00\x18\xdb", 8);
constexpr std::string_view k_firmware = "\x15\x37\x01"; // build 21 of 1.55, in the report's order

void put(std::string& bytes, std::size_t at, std::string_view what) {
    bytes.replace(at, what.size(), what);
}

void put_number(std::string& bytes, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xFFU);
}

std::vector<Extension> vcek_extensions(const std::string& chip_id) {
    const std::string prefix = "1.3.6.1.4.1.3704.1.";
    std::vector<Extension> list{
        {prefix + "1", der_number(0)}, {prefix + "2", der(k_ia5, "Milan-B0")}, {prefix + "4", chip_id}};
    for (const auto& [part, value] :
         {std::pair("3.1", 4U), std::pair("3.2", 0U), std::pair("3.3", 24U), std::pair("3.4", 0U),
          std::pair("3.5", 0U), std::pair("3.6", 0U), std::pair("3.7", 0U), std::pair("3.8", 219U)})
        list.push_back({prefix + part, der_number(value)});
    return list;
}

Result<Identity> make_authority(std::string name, long serial, const AmdChainSpec& spec,
                                const Identity* issuer) {
    RDT_TRY(auto key, crypto::PrivateKey::generate_rsa(spec.rsa_bits));
    return make_identity({.common_name = std::move(name),
                          .is_authority = true,
                          .serial = serial,
                          .extensions = {},
                          .validity = spec.validity},
                         std::move(key), issuer);
}

} // namespace

Result<AmdChain> make_amd_chain(const AmdChainSpec& spec) {
    if (spec.chip_id.size() != k_chip_id_size)
        return fail(Code::invalid_argument, "a chip id of {} bytes, where {} belong", spec.chip_id.size(),
                    k_chip_id_size);
    RDT_TRY(auto root, make_authority("ARK-Milan", k_root_serial, spec, nullptr));
    RDT_TRY(auto signer, make_authority("SEV-Milan", k_signer_serial, spec, &root));
    RDT_TRY(auto key, crypto::PrivateKey::generate(crypto::Curve::p384));
    // A VCEK's serial number is 0, as AMD's are.
    RDT_TRY(auto vcek, make_identity({.common_name = "SEV-VCEK",
                                      .is_authority = false,
                                      .serial = 0,
                                      .extensions = vcek_extensions(spec.chip_id),
                                      .validity = spec.validity},
                                     std::move(key), &signer));
    return AmdChain{std::move(root), std::move(signer), std::move(vcek)};
}

std::string render_report(const ReportFields& fields) {
    std::string report(tee::sev_snp::k_report_size, '\0');
    put_number(report, 0x000, 3);                            // VERSION
    put(report, 0x008, std::string_view("\x00\x00\x03", 3)); // POLICY: SMT, and the bit that is always one
    put_number(report, 0x030, fields.vmpl);                  // VMPL
    put_number(report, 0x034, 1);                            // SIGNATURE_ALGO: ECDSA P-384 with SHA-384
    put(report, 0x050, fields.report_data.substr(0, 64));    // REPORT_DATA
    put(report, 0x090, fields.measurement.substr(0, 48));    // MEASUREMENT
    put(report, 0x0C0, fields.host_data.substr(0, 32));      // HOST_DATA
    put(report, 0x140, fields.report_id.substr(0, 32));      // REPORT_ID
    put(report, 0x160, std::string(32, '\xff'));             // REPORT_ID_MA: no migration agent
    for (const std::size_t at : {0x038U, 0x180U, 0x1E0U, 0x1F0U}) put(report, at, k_tcb);
    put(report, 0x188, "\x19\x01\x01"); // CPUID: family 25, model 1, stepping 1
    put(report, 0x1A0, fields.chip_id.substr(0, k_chip_id_size));
    for (const std::size_t at : {0x1E8U, 0x1ECU}) put(report, at, k_firmware);
    return report;
}

Result<std::string> sign_report(std::string report, const crypto::PrivateKey& vcek) {
    RDT_TRY(const auto pair,
            vcek.sign_ecdsa(crypto::HashAlgorithm::sha384,
                            std::string_view(report).substr(0, tee::sev_snp::k_signed_size)));
    if (pair.size() != 96) return fail(Code::invalid_argument, "sign a report: not a P-384 key");
    // Reports have r and s little endian, 72 bytes each.
    auto r = pair.substr(0, 48);
    auto s = pair.substr(48);
    std::ranges::reverse(r);
    std::ranges::reverse(s);
    put(report, 0x2A0, r);
    put(report, 0x2A0 + 72, s);
    return report;
}

std::string render_cert_table(const std::vector<TableEntry>& entries) {
    constexpr std::size_t k_entry_size = 24;
    std::string table((entries.size() + 1) * k_entry_size, '\0');
    std::string contents;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto at = i * k_entry_size;
        put(table, at, tee::guid_bytes(entries[i].guid));
        put_number(table, at + 16, static_cast<std::uint32_t>(table.size() + contents.size()));
        put_number(table, at + 20, static_cast<std::uint32_t>(entries[i].der.size()));
        contents += entries[i].der;
    }
    return table + contents;
}

} // namespace redoubt::services::simtee
