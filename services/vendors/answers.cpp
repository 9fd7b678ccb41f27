// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/vendors/answers.hpp"

#include "common/http/url.hpp"
#include "common/tee/tdx/tcb_info.hpp"

namespace redoubt::services::vendors {
namespace {

using Files = std::vector<attestation::CollateralImport::File>;

constexpr std::size_t k_max_chain = 4;
constexpr std::size_t k_max_chain_bytes = 64U << 10U;
constexpr unsigned k_ok = 200;
constexpr unsigned k_not_found = 404;

Status check_status(const http::Response& answer) {
    if (answer.status == k_ok) return {};
    return fail(answer.status == k_not_found ? Code::not_found : Code::unavailable,
                "it answered with status {}", answer.status);
}

Status check_chain(std::string_view pem) {
    if (pem.size() > k_max_chain_bytes)
        return fail(Code::resource_exhausted, "certificates of {} bytes", pem.size());
    if (!pem.contains("-----BEGIN CERTIFICATE"))
        return fail(Code::invalid_argument, "no certificates in PEM form");
    RDT_TRY(const auto certificates, tee::Certificate::parse_all(pem));
    if (certificates.size() > k_max_chain)
        return fail(Code::resource_exhausted, "{} certificates", certificates.size());
    return {};
}

/// The certificates of a statement's signer, which come in a header, percent-encoded.
Result<attestation::CollateralImport::File> chain_in(const Target& target, const http::Response& answer,
                                                     const char* header) {
    const auto values = answer.headers.find_all(header);
    if (values.size() != 1)
        return fail(Code::invalid_argument, "{} headers {}, where one belongs", values.size(), header);
    auto pem = http::decode_percent(values.front());
    RDT_CHECK(check_chain(pem).transform_error(context("{}", header)));
    return attestation::CollateralImport::File{target.stem + "-chain.pem", std::move(pem)};
}

Result<Files> read_list(const Target& target, const http::Response& answer, const char* chain_header) {
    RDT_TRY(const auto list, tee::RevocationList::parse(answer.body));
    Files files{{target.stem + ".crl", list.der()}};
    if (chain_header == nullptr) return files;
    RDT_TRY(auto chain, chain_in(target, answer, chain_header));
    files.push_back(std::move(chain));
    return files;
}

Result<Files> read_document(const Target& target, const http::Response& answer, const char* member,
                            const char* name, const char* chain_header) {
    RDT_CHECK(tee::tdx::split_response(answer.body, member));
    RDT_TRY(auto chain, chain_in(target, answer, chain_header));
    return Files{{name, answer.body}, std::move(chain)};
}

} // namespace

Result<Files> read_answer(const Target& target, const http::Response& answer) {
    RDT_CHECK(check_status(answer));
    switch (target.form) {
    case Form::amd_chain:
        RDT_CHECK(check_chain(answer.body));
        return Files{{target.stem + "-chain.pem", answer.body}};
    case Form::amd_list:
    case Form::intel_root_list: return read_list(target, answer, nullptr);
    case Form::intel_list: return read_list(target, answer, "SGX-PCK-CRL-Issuer-Chain");
    case Form::tcb_info:
        return read_document(target, answer, "tcbInfo", "tcbinfo_response.json", "TCB-Info-Issuer-Chain");
    case Form::qe_identity:
        return read_document(target, answer, "enclaveIdentity", "qeidentity_response.json",
                             "SGX-Enclave-Identity-Issuer-Chain");
    }
    return fail(Code::internal, "an answer of no form");
}

Result<tee::Certificate> read_vcek(const http::Response& answer) {
    RDT_CHECK(check_status(answer));
    return tee::Certificate::parse(answer.body);
}

} // namespace redoubt::services::vendors
