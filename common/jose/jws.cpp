// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/jose/jws.hpp"

#include <boost/json/serialize.hpp>

#include <array>
#include <optional>

#include "common/encoding/base64.hpp"

namespace redoubt::jose {
namespace {

namespace bj = boost::json;
using encoding::Base64;

constexpr std::array<std::string_view, 3> k_names{"ES256", "ES384", "EdDSA"};

Result<SignatureAlgorithm> read_algorithm(const json::Node& header) {
    RDT_TRY(const auto name, header["alg"].string());
    for (std::size_t i = 0; i < k_names.size(); ++i)
        if (k_names.at(i) == name) return static_cast<SignatureAlgorithm>(i);
    return header["alg"].wrong("not ES256, ES384 or EdDSA");
}

Result<std::string> decode_part(std::string_view text, std::string_view what) {
    if (text.contains('=')) return fail(Code::invalid_argument, "token: {} with padding", what);
    return encoding::from_base64(text, Base64::url).transform_error(context("token: {}", what));
}

} // namespace

std::string_view name_of(SignatureAlgorithm algorithm) {
    return k_names.at(static_cast<std::size_t>(algorithm));
}

Result<Jws> parse_jws(std::string_view text, JwsLimits limits) {
    if (text.size() > limits.max_bytes)
        return fail(Code::invalid_argument, "token: {} bytes, the limit is {}", text.size(),
                    limits.max_bytes);
    const auto first = text.find('.');
    const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
    if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos)
        return fail(Code::invalid_argument, "token: not three parts");
    RDT_TRY(const auto header_text, decode_part(text.substr(0, first), "header"));
    RDT_TRY(auto header, json::parse("token header", header_text, {.max_bytes = 64U << 10U, .max_depth = 8}));
    RDT_CHECK(header.root().expect_object());
    for (const auto* name : {"crit", "b64"})
        if (header.root()[name].value() != nullptr) return header.root()[name].wrong("not supported");
    RDT_TRY(const auto algorithm, read_algorithm(header.root()));
    RDT_TRY(auto payload, decode_part(text.substr(first + 1, second - first - 1), "payload"));
    RDT_TRY(auto signature, decode_part(text.substr(second + 1), "signature"));
    return Jws{std::move(header), std::move(payload), std::move(signature),
               std::string(text.substr(0, second)), algorithm};
}

Status verify_jws(const Jws& jws, const crypto::PublicKey& key, SignatureAlgorithm algorithm) {
    if (jws.algorithm != algorithm)
        return fail(Code::permission_denied, "token: signed with {}, where {} is expected",
                    name_of(jws.algorithm), name_of(algorithm));
    RDT_TRY(const auto fitting, algorithm_of(key));
    if (fitting != algorithm)
        return fail(Code::permission_denied, "token: the key is for {}, not for {}", name_of(fitting),
                    name_of(algorithm));
    switch (algorithm) {
    case SignatureAlgorithm::es256:
        return key.verify_ecdsa(crypto::HashAlgorithm::sha256, jws.signed_part, jws.signature);
    case SignatureAlgorithm::es384:
        return key.verify_ecdsa(crypto::HashAlgorithm::sha384, jws.signed_part, jws.signature);
    case SignatureAlgorithm::eddsa: return key.verify_ed25519(jws.signed_part, jws.signature);
    }
    return fail(Code::internal, "token: an algorithm that is not known");
}

Result<SignatureAlgorithm> algorithm_of(const crypto::PublicKey& key) {
    if (const auto point = key.point(); point && point->curve == crypto::Curve::p256)
        return SignatureAlgorithm::es256;
    if (const auto point = key.point(); point && point->curve == crypto::Curve::p384)
        return SignatureAlgorithm::es384;
    if (key.is_ed25519()) return SignatureAlgorithm::eddsa;
    return fail(Code::invalid_argument, "a key that tokens are not signed with");
}

Result<std::string> sign_jws(bj::object header, std::string_view payload, const crypto::PrivateKey& key) {
    RDT_TRY(const auto public_key, key.public_key());
    RDT_TRY(const auto algorithm, algorithm_of(public_key));
    header["alg"] = name_of(algorithm);
    std::string text = encoding::to_base64(bj::serialize(header), Base64::url) + "." +
                       encoding::to_base64(payload, Base64::url);
    auto signature =
        algorithm == SignatureAlgorithm::eddsa
            ? key.sign_ed25519(text)
            : key.sign_ecdsa(algorithm == SignatureAlgorithm::es256 ? crypto::HashAlgorithm::sha256
                                                                    : crypto::HashAlgorithm::sha384,
                             text);
    if (!signature) return std::unexpected(std::move(signature).error());
    return text + "." + encoding::to_base64(*signature, Base64::url);
}

} // namespace redoubt::jose
