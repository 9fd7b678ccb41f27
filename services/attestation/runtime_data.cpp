// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/runtime_data.hpp"

#include "common/encoding/canonical_json.hpp"

namespace redoubt::services::attestation {

namespace bj = boost::json;

Result<RuntimeData> parse_runtime_data(const json::Node& node) {
    RDT_TRY(auto nonce, node["nonce"].string());
    const auto key_node = node["tee-pubkey"];
    RDT_TRY(auto key, jose::parse_jwk(key_node));
    if (key.algorithm.empty()) return key_node["alg"].wrong("missing");
    if (const auto algorithm = jose::encryption_algorithm_of(key); !algorithm)
        return key_node.wrong(algorithm.error().message);
    bj::object members;
    for (const auto* name : {"kty", "alg", "crv", "x", "y", "n", "e"}) {
        const bool belongs = key_node[name].is_present();
        if (!belongs) continue;
        RDT_TRY(const auto text, key_node[name].string());
        members[name] = text;
    }
    return RuntimeData{std::move(nonce), std::move(key), std::move(members)};
}

Result<std::string> binding_digest(const RuntimeData& data, std::string_view additional_evidence,
                                   crypto::HashAlgorithm hash) {
    RDT_TRY(const auto text, json::canonical(bj::object{{"additional-evidence", additional_evidence},
                                                        {"nonce", data.nonce},
                                                        {"tee-pubkey", data.key_members}}));
    return crypto::raw_digest(text, hash);
}

} // namespace redoubt::services::attestation
