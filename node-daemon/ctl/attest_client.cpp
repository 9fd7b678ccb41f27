// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/attest_client.hpp"

#include <grpcpp/client_context.h>

namespace redoubt::ctl {
namespace {

Status status_of(const grpc::Status& status) {
    if (status.ok()) return {};
    // The values of grpc::StatusCode and of Code are both google.rpc.Code.
    return std::unexpected(Error{static_cast<Code>(status.error_code()), status.error_message()});
}

} // namespace

Result<std::string> AttestClient::evidence(const std::string& nonce, const std::string& guest_digest) {
    node::v1::GetEvidenceRequest request;
    request.set_nonce(nonce);
    request.set_guest_evidence_sha256(guest_digest);
    node::v1::GetEvidenceResponse response;
    grpc::ClientContext context;
    RDT_CHECK(status_of(stub_->GetEvidence(&context, request, &response)));
    return std::move(*response.mutable_evidence());
}

Result<std::string> AttestClient::activate(const std::string& id_object,
                                           const std::string& encrypted_secret) {
    node::v1::ActivateCredentialRequest request;
    request.set_id_object(id_object);
    request.set_encrypted_secret(encrypted_secret);
    node::v1::ActivateCredentialResponse response;
    grpc::ClientContext context;
    RDT_CHECK(status_of(stub_->ActivateCredential(&context, request, &response)));
    return std::move(*response.mutable_secret());
}

} // namespace redoubt::ctl
