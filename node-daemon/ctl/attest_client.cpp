// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/attest_client.hpp"

#include "common/rpc/unary_call.hpp"

namespace redoubt::ctl {
using node::v1::Attestation;

Result<std::string> AttestClient::evidence(const std::string& nonce, const std::string& guest_digest) {
    node::v1::GetEvidenceRequest request;
    request.set_nonce(nonce);
    request.set_guest_evidence_sha256(guest_digest);
    RDT_TRY(auto response, rpc::unary_call(*stub_, &Attestation::Stub::GetEvidence, request));
    return std::move(*response.mutable_evidence());
}

Result<std::string> AttestClient::activate(const std::string& id_object,
                                           const std::string& encrypted_secret) {
    node::v1::ActivateCredentialRequest request;
    request.set_id_object(id_object);
    request.set_encrypted_secret(encrypted_secret);
    RDT_TRY(auto response, rpc::unary_call(*stub_, &Attestation::Stub::ActivateCredential, request));
    return std::move(*response.mutable_secret());
}

} // namespace redoubt::ctl
