// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/pairing_client/pair.hpp"

#include "common/crypto/certificate.hpp"
#include "common/pairing/pairing_proof.hpp"
#include "common/rpc/unary_call.hpp"
#include "redoubt/node/v1/access.grpc.pb.h"

namespace redoubt::pairing {
namespace {

Result<node::v1::PairResponse> send(const std::shared_ptr<grpc::Channel>& channel, std::string proof,
                                    std::string name) {
    node::v1::PairRequest request;
    request.set_version(k_version);
    request.set_proof(std::move(proof));
    request.set_name(std::move(name));
    const auto stub = node::v1::Access::NewStub(channel);
    return rpc::unary_call(*stub, &node::v1::Access::Stub::Pair, request);
}

} // namespace

Result<std::string> pair_over(const std::shared_ptr<grpc::Channel>& channel, const crypto::Digest& node,
                              const remote::Identity& identity, std::string_view code,
                              const std::string& client_name) {
    RDT_TRY(const auto normal, normalize_code(code));
    RDT_TRY(const auto facts, crypto::read_certificate(identity.certificate));
    RDT_TRY(const auto key, derive_key(normal, node));
    RDT_TRY(auto proof, client_proof(key, node, identity.fingerprint));
    RDT_TRY(const auto answer,
            send(channel, std::move(proof), client_name.empty() ? facts.common_name : client_name));
    RDT_TRY(const auto expected, node_proof(key, node, identity.fingerprint));
    if (!crypto::equal_in_constant_time(answer.confirmation(), expected))
        return fail(Code::permission_denied,
                    "whoever answered does not know the code: it is not the node with the screen; it is not "
                    "noted");
    if (answer.role() == node::v1::ADMIN) return "admin";
    return answer.role() == node::v1::VIEWER ? "viewer" : "";
}

} // namespace redoubt::pairing
