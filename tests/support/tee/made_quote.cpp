// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/support/tee/made_quote.hpp"

#include <cstdlib>

#include <openssl/pem.h>

#include "common/encoding/hex.hpp"

namespace redoubt::tests {
namespace {

std::string little(std::uint64_t value, std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFFU);
    return bytes;
}

// 1.2.840.113741.1.13.1 and below.
std::string oid_below(std::string_view parts) {
    return der(0x06, std::string("\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01") + std::string(parts));
}

std::string part(std::string_view oid_parts, const std::string& value) {
    return der(0x30, oid_below(oid_parts) + value);
}

std::string pck_extension() {
    std::string tcb;
    for (char i = 1; i <= 16; ++i) tcb += part(std::string("\x02") + i, der_number(3));
    tcb += part("\x02\x11", der_number(11));
    tcb += part("\x02\x12", der(0x04, std::string(16, '\3')));
    return der(0x30, part("\x01", der(0x04, std::string(16, 'S'))) + part("\x02", der(0x30, tcb)) +
                         part("\x03", der(0x04, std::string(2, '\0'))) + part("\x04", der(0x04, "SIMSIM")) +
                         part("\x05", der(0x0A, std::string(1, '\0'))));
}

std::string pem_of(const tee::Certificate& certificate) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate.native());
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

std::string make_qe_report(const std::string& binding) {
    std::string report(384, '\0');
    report.replace(128, 32, std::string(32, 'Q')); // MRSIGNER
    report[256] = 2;                               // ISVPRODID
    report[258] = 6;                               // ISVSVN
    report.replace(320, binding.size(), binding);
    return report;
}

constexpr auto k_window =
    R"("issueDate":"2025-01-01T00:00:00Z","nextUpdate":"2044-01-01T00:00:00Z","tcbEvaluationDataNumber":17)";

std::string components(int svn) {
    std::string list;
    for (int i = 0; i < 16; ++i) list += std::format("{}{{\"svn\":{}}}", i == 0 ? "" : ",", svn);
    return "[" + list + "]";
}

} // namespace

std::vector<tee::TrustAnchor> MadeIntel::anchors() const {
    return {tee::make_operator_anchor(root.certificate)};
}

tee::tdx::Collateral MadeIntel::collateral() const {
    const std::string zeros48(96, '0');
    const std::string tcb_info =
        std::format(R"({{"id":"TDX","version":3,{},"fmspc":"{}","pceId":"0000","tcbType":0,)", k_window,
                    encoding::to_hex("SIMSIM")) +
        std::format(
            R"("tdxModule":{{"mrsigner":"{0}","attributes":"{1}","attributesMask":"FFFFFFFFFFFFFFFF"}},)",
            zeros48, std::string(16, '0')) +
        std::format(
            R"("tdxModuleIdentities":[{{"id":"TDX_01","mrsigner":"{0}","attributes":"{1}","attributesMask":"FFFFFFFFFFFFFFFF",)",
            zeros48, std::string(16, '0')) +
        R"("tcbLevels":[{"tcb":{"isvsvn":4},"tcbDate":"2024-03-13T00:00:00Z","tcbStatus":"UpToDate"}]}],)" +
        std::format(
            R"("tcbLevels":[{{"tcb":{{"sgxtcbcomponents":{},"pcesvn":11,"tdxtcbcomponents":{}}},"tcbDate":"2024-03-13T00:00:00Z","tcbStatus":"UpToDate"}}]}})",
            components(3), components(3));
    const std::string qe_identity =
        std::format(R"({{"id":"TD_QE","version":2,{},"miscselect":"00000000","miscselectMask":"FFFFFFFF",)",
                    k_window) +
        std::format(R"("attributes":"{0}","attributesMask":"{0}","mrsigner":"{1}","isvprodid":2,)",
                    std::string(32, '0'), encoding::to_hex(std::string(32, 'Q'))) +
        R"("tcbLevels":[{"tcb":{"isvsvn":6},"tcbDate":"2024-03-13T00:00:00Z","tcbStatus":"UpToDate"}]})";
    tee::tdx::Collateral made;
    made.tcb_info = tee::tdx::SignedDocument{tcb_info, tcb_signer.key.sign(tee::Hash::sha256, tcb_info, 32)};
    made.qe_identity =
        tee::tdx::SignedDocument{qe_identity, tcb_signer.key.sign(tee::Hash::sha256, qe_identity, 32)};
    made.certificates = {tcb_signer.certificate, root.certificate};
    made.revocation_lists = {make_list(root, {}), make_list(authority, {})};
    return made;
}

MadeIntel make_intel() {
    auto root = make_identity({.common_name = "Intel SGX Root CA", .is_authority = true, .serial = 1},
                              Key::ec("P-256"), nullptr);
    auto authority =
        make_identity({.common_name = "Intel SGX PCK Platform CA", .is_authority = true, .serial = 2},
                      Key::ec("P-256"), &root);
    auto pck = make_identity({.common_name = "Intel SGX PCK Certificate",
                              .serial = k_pck_serial,
                              .extensions = {{"1.2.840.113741.1.13.1", pck_extension()}}},
                             Key::ec("P-256"), &authority);
    auto signer =
        make_identity({.common_name = "Intel SGX TCB Signing", .serial = 3}, Key::ec("P-256"), &root);
    return {std::move(root), std::move(authority), std::move(pck), std::move(signer)};
}

std::string make_td_body() {
    std::string body(584, '\0');
    body[0] = 4; // TEE TCB SVN: module 1.5, SVN 4
    body[1] = 1;
    body.replace(2, 14, std::string(14, '\3'));
    body[123] = 0x10; // SEPT_VE_DISABLE
    body.replace(136, 48, std::string(48, 'T'));
    return body;
}

std::string make_quote(const MadeIntel& intel, const std::string& body, const Key& att_key,
                       const Key& bound_key) {
    std::string header = little(4, 2) + little(2, 2) + little(0x81, 4) + little(0, 4);
    header += *encoding::from_hex("939a7233f79c4ca9940a0db3957f0607");
    header += std::string(20, 'U');
    const std::string signed_bytes = header + body;
    const std::string auth(32, 'A');
    const auto binding = tee::hash_of(tee::Hash::sha256, {bound_key.point(), auth});
    if (!binding) std::abort();
    const auto qe_report = make_qe_report(*binding);
    const auto chain =
        pem_of(intel.pck.certificate) + pem_of(intel.authority.certificate) + pem_of(intel.root.certificate);
    const std::string inner = qe_report + intel.pck.key.sign(tee::Hash::sha256, qe_report, 32) +
                              little(auth.size(), 2) + auth + little(5, 2) + little(chain.size(), 4) + chain;
    const std::string data = att_key.sign(tee::Hash::sha256, signed_bytes, 32) + att_key.point() +
                             little(6, 2) + little(inner.size(), 4) + inner;
    return signed_bytes + little(data.size(), 4) + data;
}

} // namespace redoubt::tests
