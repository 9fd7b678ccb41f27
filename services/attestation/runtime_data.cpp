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
    return raw_digest(text, hash);
}

std::optional<crypto::HashAlgorithm> hash_of_name(std::string_view name) {
    for (const auto hash :
         {crypto::HashAlgorithm::sha256, crypto::HashAlgorithm::sha384, crypto::HashAlgorithm::sha512})
        if (crypto::name_of(hash) == name) return hash;
    return std::nullopt;
}

Result<std::string> raw_digest(std::string_view bytes, crypto::HashAlgorithm hash) {
    RDT_TRY(auto hasher, crypto::Hasher::make(hash));
    RDT_CHECK(hasher.update(bytes));
    return hasher.finish_raw();
}

} // namespace redoubt::services::attestation
