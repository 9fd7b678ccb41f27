// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/key_release/sealed_secret.hpp"

#include <utility>

#include "common/encoding/json.hpp"
#include "common/jose/jwk.hpp"
#include "common/jose/jws.hpp"

namespace redoubt::guest::key_release {
namespace {

constexpr std::string_view k_prefix = "sealed.";
constexpr std::string_view k_version = "0.1.0";
constexpr std::size_t k_max_bytes = 16U << 10U;

/// The URI of the resource that a payload stands for.
Result<std::string> resource_of(std::string_view payload) {
    RDT_TRY(const auto document,
            json::parse("sealed secret", payload, {.max_bytes = k_max_bytes, .max_depth = 4}));
    const auto root = document.root();
    RDT_TRY(const auto version, root["version"].string());
    RDT_TRY(const auto type, root["type"].string());
    if (version != k_version) return root["version"].wrong("not 0.1.0");
    if (type == "envelope")
        return fail(Code::unimplemented,
                    "sealed secret: type 'envelope' is opened by key services of clouds, "
                    "which no guest asks; 'vault' names a resource of the broker's");
    if (type != "vault") return root["type"].wrong("neither vault nor envelope");
    RDT_TRY(const auto provider, root["provider"].string());
    if (provider != "kbs")
        return fail(Code::unimplemented, "sealed secret: provider '{}' is not implemented",
                    provider.substr(0, 40));
    return root["name"].string();
}

Task<crypto::PublicKey> signer_of(ResourceSource& resources, const jose::Jws& jws) {
    RDT_CO_TRY(auto kid, jws.header.root()["kid"].string());
    RDT_CO_TRY(const auto text, co_await resources.get(std::move(kid)));
    RDT_CO_TRY(const auto document,
               json::parse("key of sealed secrets", text.view(), {.max_bytes = k_max_bytes, .max_depth = 4}));
    RDT_CO_TRY(auto key, jose::parse_jwk(document.root()));
    co_return std::move(key.key);
}

} // namespace

bool is_sealed(std::string_view text) {
    return text.starts_with(k_prefix);
}

Task<crypto::Secret> unseal(ResourceSource& resources, std::string sealed) {
    if (!is_sealed(sealed)) co_return fail(Code::invalid_argument, "a sealed secret begins with 'sealed.'");
    RDT_CO_TRY(const auto jws,
               jose::parse_jws(std::string_view(sealed).substr(k_prefix.size()), {.max_bytes = k_max_bytes})
                   .transform_error(context("sealed secret")));
    if (jws.algorithm != jose::SignatureAlgorithm::es256)
        co_return fail(Code::unimplemented, "sealed secret: algorithm '{}' is not ES256",
                       jose::name_of(jws.algorithm));
    RDT_CO_TRY(const auto signer, co_await signer_of(resources, jws));
    RDT_CO_CHECK(jose::verify_jws(jws, signer, jose::SignatureAlgorithm::es256)
                     .transform_error(context("sealed secret")));
    RDT_CO_TRY(auto uri, resource_of(jws.payload));
    co_return co_await resources.get(std::move(uri));
}

} // namespace redoubt::guest::key_release
