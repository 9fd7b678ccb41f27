// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/jose/jwk.hpp"

#include <openssl/evp.h>

#include "common/encoding/base64.hpp"
#include "common/encoding/canonical_json.hpp"

namespace redoubt::jose {
namespace {

namespace bj = boost::json;
using encoding::Base64;

Result<std::string> bytes_of(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    if (text.contains('=')) return node.wrong("base64url with padding");
    return encoding::from_base64(text, Base64::url).transform_error(context("{}", node.path()));
}

Result<crypto::PublicKey> read_ec(const json::Node& node) {
    RDT_TRY(const auto name, node["crv"].string());
    const auto curve = crypto::curve_of_name(name);
    if (!curve) return node["crv"].wrong("not P-256, P-384 or P-521");
    crypto::Point point{*curve, {}, {}};
    RDT_TRY(point.x, bytes_of(node["x"]));
    RDT_TRY(point.y, bytes_of(node["y"]));
    return crypto::PublicKey::from_point(point).transform_error(context("{}", node.path()));
}

Result<crypto::PublicKey> read_rsa(const json::Node& node) {
    crypto::RsaNumbers numbers;
    RDT_TRY(numbers.modulus, bytes_of(node["n"]));
    RDT_TRY(numbers.exponent, bytes_of(node["e"]));
    return crypto::PublicKey::from_rsa(numbers).transform_error(context("{}", node.path()));
}

Result<crypto::PublicKey> read_okp(const json::Node& node) {
    RDT_TRY(const auto name, node["crv"].string());
    if (name != "Ed25519") return node["crv"].wrong("not Ed25519");
    RDT_TRY(const auto bytes, bytes_of(node["x"]));
    return crypto::PublicKey::from_ed25519(bytes).transform_error(context("{}", node.path()));
}

std::string encode(std::string_view bytes) {
    return encoding::to_base64(bytes, Base64::url);
}

} // namespace

Result<Jwk> parse_jwk(const json::Node& node) {
    RDT_CHECK(node.expect_object());
    if (node["d"].is_present()) return node.wrong("a private key");
    RDT_TRY(const auto type, node["kty"].string());
    auto key = type == "EC"    ? read_ec(node)
               : type == "RSA" ? read_rsa(node)
               : type == "OKP" ? read_okp(node)
                               : node["kty"].wrong("not EC, RSA or OKP");
    if (!key) return std::unexpected(std::move(key).error());
    Jwk jwk{*std::move(key), {}, {}};
    RDT_TRY(jwk.algorithm, node["alg"].string_or());
    RDT_TRY(jwk.key_id, node["kid"].string_or());
    return jwk;
}

Result<bj::object> jwk_json(const crypto::PublicKey& key) {
    if (const auto point = key.point())
        return bj::object{{"kty", "EC"},
                          {"crv", crypto::name_of(point->curve)},
                          {"x", encode(point->x)},
                          {"y", encode(point->y)}};
    if (const auto rsa = key.rsa())
        return bj::object{{"kty", "RSA"}, {"n", encode(rsa->modulus)}, {"e", encode(rsa->exponent)}};
    if (key.is_ed25519()) {
        std::string bytes(32, '\0');
        std::size_t size = bytes.size();
        if (EVP_PKEY_get_raw_public_key(key.native(), reinterpret_cast<unsigned char*>(bytes.data()),
                                        &size) == 1)
            return bj::object{{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", encode(bytes)}};
    }
    return fail(Code::invalid_argument, "a key that JWK has no form for here");
}

Result<std::string> thumbprint(const crypto::PublicKey& key) {
    RDT_TRY(const auto members, jwk_json(key));
    RDT_TRY(const auto text, json::canonical(members));
    RDT_TRY(const auto digest, crypto::raw_digest(text, crypto::HashAlgorithm::sha256));
    return encode(digest);
}

} // namespace redoubt::jose
