// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/intel_chain.hpp"

#include <format>
#include <utility>

#include "common/encoding/hex.hpp"
#include "common/tee/evidence/hash.hpp"
#include "common/tee/tdx/pck.hpp"

namespace redoubt::services::simtee {
namespace {

constexpr std::size_t k_ppid_size = 16;
constexpr std::size_t k_td_report_size = 584;
constexpr std::size_t k_register_size = 48;
constexpr std::size_t k_enclave_report_size = 384;
constexpr std::string_view k_fmspc = "SIMSIM";
constexpr unsigned char k_sequence = 0x30;
constexpr unsigned char k_oid = 0x06;
constexpr unsigned char k_octets = 0x04;
constexpr unsigned char k_enumerated = 0x0A;
constexpr unsigned k_component = 3; // security version of each of the sixteen
constexpr unsigned k_pce_svn = 11;
constexpr std::uint8_t k_module_svn = 4;
constexpr std::uint8_t k_module_major = 1;
constexpr long k_root_serial = 1;
constexpr long k_authority_serial = 2;
constexpr long k_signer_serial = 3;

std::string little(std::uint64_t value, std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFFU);
    return bytes;
}

// 1.2.840.113741.1.13.1 and below.
std::string part(std::string_view oid_parts, const std::string& value) {
    const auto oid = der(k_oid, std::string("\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01") + std::string(oid_parts));
    return der(k_sequence, oid + value);
}

std::string sgx_extension(const std::string& ppid) {
    std::string tcb;
    for (char i = 1; i <= 16; ++i) tcb += part(std::string("\x02") + i, der_number(k_component));
    tcb += part("\x02\x11", der_number(k_pce_svn));
    tcb += part("\x02\x12", der(k_octets, std::string(16, static_cast<char>(k_component))));
    return der(k_sequence, part("\x01", der(k_octets, ppid)) + part("\x02", der(k_sequence, tcb)) +
                               part("\x03", der(k_octets, std::string(2, '\0'))) +
                               part("\x04", der(k_octets, k_fmspc)) +
                               part("\x05", der(k_enumerated, std::string(1, '\0'))));
}

std::string mr_signer_of_qe() {
    return std::string(32, 'Q');
}

std::string render_qe_report(const std::string& binding) {
    std::string report(k_enclave_report_size, '\0');
    report.replace(128, 32, mr_signer_of_qe()); // MRSIGNER
    report[256] = 2;                            // ISVPRODID
    report[258] = 6;                            // ISVSVN
    report.replace(320, binding.size(), binding);
    return report;
}

std::string window(Validity validity) {
    return std::format(R"("issueDate":"{}","nextUpdate":"{}","tcbEvaluationDataNumber":17)",
                       tee::render_time(validity.from), tee::render_time(validity.until));
}

std::string components() {
    std::string list;
    for (int i = 0; i < 16; ++i) list += std::format("{}{{\"svn\":{}}}", i == 0 ? "" : ",", k_component);
    return "[" + list + "]";
}

std::string level(std::string_view tcb) {
    return std::format(
        R"("tcbLevels":[{{"tcb":{{{}}},"tcbDate":"2024-03-13T00:00:00Z","tcbStatus":"UpToDate"}}])", tcb);
}

Result<PublishedDocument> sign_document(std::string body, const Identity& tcb_signer) {
    RDT_TRY(auto signature, tcb_signer.key.sign_ecdsa(crypto::HashAlgorithm::sha256, body));
    return PublishedDocument{std::move(body), std::move(signature)};
}

Result<Identity> make_p256_identity(const CertificateSpec& spec, const Identity* issuer) {
    RDT_TRY(auto key, crypto::PrivateKey::generate(crypto::Curve::p256));
    return make_identity(spec, std::move(key), issuer);
}

Result<std::string> coordinates(const crypto::PrivateKey& key) {
    RDT_TRY(const auto public_key, key.public_key());
    const auto point = public_key.point();
    if (!point || point->curve != crypto::Curve::p256)
        return fail(Code::invalid_argument, "make a quote: a key that is not P-256");
    return point->x + point->y;
}

void put(std::string& bytes, std::size_t at, std::size_t size, std::string_view what) {
    const auto piece = what.substr(0, size);
    bytes.replace(at, piece.size(), piece);
}

} // namespace

Result<IntelChain> make_intel_chain(const IntelChainSpec& spec) {
    if (spec.ppid.size() != k_ppid_size)
        return fail(Code::invalid_argument, "a PPID of {} bytes, where {} belong", spec.ppid.size(),
                    k_ppid_size);
    const auto named = [&](std::string name, long serial) {
        return CertificateSpec{.common_name = std::move(name),
                               .is_authority = false,
                               .serial = serial,
                               .extensions = {},
                               .validity = spec.validity};
    };
    auto root_spec = named("Intel SGX Root CA", k_root_serial);
    root_spec.is_authority = true;
    RDT_TRY(auto root, make_p256_identity(root_spec, nullptr));
    auto authority_spec = named("Intel SGX PCK Platform CA", k_authority_serial);
    authority_spec.is_authority = true;
    RDT_TRY(auto authority, make_p256_identity(authority_spec, &root));
    auto pck_spec = named("Intel SGX PCK Certificate", spec.pck_serial);
    pck_spec.extensions = {{tee::tdx::k_sgx_extension, sgx_extension(spec.ppid)}};
    RDT_TRY(auto pck, make_p256_identity(pck_spec, &authority));
    RDT_TRY(auto signer, make_p256_identity(named("Intel SGX TCB Signing", k_signer_serial), &root));
    return IntelChain{std::move(root), std::move(authority), std::move(pck), std::move(signer)};
}

Result<PublishedDocument> make_tcb_info(const Identity& tcb_signer, Validity validity) {
    const std::string module =
        std::format(R"("mrsigner":"{}","attributes":"{}","attributesMask":"FFFFFFFFFFFFFFFF")",
                    std::string(2 * k_register_size, '0'), std::string(16, '0'));
    auto body = std::format(R"({{"id":"TDX","version":3,{},"fmspc":"{}","pceId":"0000","tcbType":0,)",
                            window(validity), encoding::to_hex(k_fmspc)) +
                std::format(R"("tdxModule":{{{}}},)", module) +
                std::format(R"("tdxModuleIdentities":[{{"id":"TDX_{:02X}",{},{}}}],)", k_module_major, module,
                            level(std::format(R"("isvsvn":{})", k_module_svn))) +
                level(std::format(R"("sgxtcbcomponents":{0},"pcesvn":{1},"tdxtcbcomponents":{0})",
                                  components(), k_pce_svn)) +
                "}";
    return sign_document(std::move(body), tcb_signer);
}

Result<PublishedDocument> make_qe_identity(const Identity& tcb_signer, Validity validity) {
    auto body =
        std::format(R"({{"id":"TD_QE","version":2,{},"miscselect":"00000000","miscselectMask":"FFFFFFFF",)",
                    window(validity)) +
        std::format(R"("attributes":"{0}","attributesMask":"{0}","mrsigner":"{1}","isvprodid":2,)",
                    std::string(32, '0'), encoding::to_hex(mr_signer_of_qe())) +
        level(R"("isvsvn":6)") + "}";
    return sign_document(std::move(body), tcb_signer);
}

std::string render_td_report(const TdFields& fields) {
    std::string report(k_td_report_size, '\0');
    report[0] = static_cast<char>(k_module_svn); // TEE_TCB_SVN: module 1.5, its SVN
    report[1] = static_cast<char>(k_module_major);
    report.replace(2, 14, std::string(14, static_cast<char>(k_component)));
    report[123] = 0x10; // TDATTRIBUTES: SEPT_VE_DISABLE
    put(report, 136, k_register_size, fields.mr_td);
    put(report, 184, k_register_size, fields.mr_config_id);
    for (std::size_t i = 0; i < fields.rtmr.size(); ++i)
        put(report, 328 + i * k_register_size, k_register_size, fields.rtmr.at(i));
    put(report, 520, 64, fields.report_data);
    return report;
}

Result<std::string> make_quote(const Quoter& quoter, std::string_view td_report) {
    std::string header = little(4, 2) + little(2, 2) + little(0x81, 4) + little(0, 4);
    RDT_TRY(const auto vendor, encoding::from_hex("939a7233f79c4ca9940a0db3957f0607"));
    header += vendor + std::string(20, '\0');
    const auto signed_bytes = header + std::string(td_report);
    const std::string auth(32, 'A');
    RDT_TRY(const auto point, coordinates(*quoter.attestation_key));
    RDT_TRY(const auto vouched,
            coordinates(quoter.vouched_key == nullptr ? *quoter.attestation_key : *quoter.vouched_key));
    RDT_TRY(const auto binding, tee::hash_of(tee::Hash::sha256, {vouched, auth}));
    const auto qe_report = render_qe_report(binding);
    RDT_TRY(const auto qe_signature, quoter.pck->sign_ecdsa(crypto::HashAlgorithm::sha256, qe_report));
    const auto inner = qe_report + qe_signature + little(auth.size(), 2) + auth + little(5, 2) +
                       little(quoter.pck_chain.size(), 4) + quoter.pck_chain;
    RDT_TRY(const auto signature,
            quoter.attestation_key->sign_ecdsa(crypto::HashAlgorithm::sha256, signed_bytes));
    const auto data = signature + point + little(6, 2) + little(inner.size(), 4) + inner;
    return signed_bytes + little(data.size(), 4) + data;
}

} // namespace redoubt::services::simtee
