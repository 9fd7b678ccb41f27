// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/cose/sign1.hpp"

#include <array>
#include <optional>

namespace redoubt::cose {
namespace {

// Labels of headers. Source: IANA, COSE Header Parameters.
constexpr std::int64_t k_label_algorithm = 1;
constexpr std::int64_t k_label_critical = 2;
constexpr std::int64_t k_label_payload_hash = 258; ///< the payload is a digest of what is signed

constexpr cbor::Limits k_header_limits{.max_bytes = 16U << 10U, .max_depth = 8, .max_items = 256};
constexpr std::size_t k_max_labels = 64;
constexpr std::size_t k_parts = 4;
constexpr unsigned k_major_array = 4;

/// Both the old identifiers and the ones that name the curve as well.
std::optional<Algorithm> algorithm_of_number(std::int64_t number) {
    switch (number) {
    case -7:
    case -9: return Algorithm::es256;
    case -35:
    case -51: return Algorithm::es384;
    case -8:
    case -19: return Algorithm::eddsa;
    default: return std::nullopt;
    }
}

std::optional<Algorithm> algorithm_of_key(const crypto::PublicKey& key) {
    if (key.is_ed25519()) return Algorithm::eddsa;
    const auto point = key.point();
    if (!point) return std::nullopt;
    if (point->curve == crypto::Curve::p256) return Algorithm::es256;
    if (point->curve == crypto::Curve::p384) return Algorithm::es384;
    return std::nullopt;
}

bool is_same_label(const cbor::Node& left, const cbor::Node& right) {
    if (left.is(cbor::Kind::text) != right.is(cbor::Kind::text)) return false;
    if (left.is(cbor::Kind::text)) return *left.text() == *right.text();
    const auto a = left.number();
    const auto b = right.number();
    return a && b && *a == *b;
}

Status check_labels(const cbor::Node& header, const cbor::Node& unprotected) {
    RDT_TRY(const auto labels, header.members());
    RDT_TRY(const auto others, unprotected.members());
    if (others.size() > k_max_labels) return unprotected.wrong("too many labels", Code::resource_exhausted);
    for (const auto& [label, value] : labels)
        for (const auto& [other, ignored] : others)
            if (is_same_label(label, other)) return other.wrong("a label that is protected as well");
    for (const auto& map : {header, unprotected})
        for (const auto label : {k_label_critical, k_label_payload_hash})
            if (const auto found = map[label]; found.is_present())
                return found.wrong(std::format("header {} is not implemented", label), Code::unimplemented);
    return {};
}

} // namespace

std::string_view name_of(Algorithm algorithm) {
    static constexpr std::array<std::string_view, 3> k_names{"ES256", "ES384", "EdDSA"};
    return k_names.at(static_cast<std::size_t>(algorithm));
}

Result<Sign1> parse_sign1(std::string_view name, const cbor::Node& message) {
    RDT_TRY(const auto parts, message.array());
    if (parts.size() != k_parts)
        return message.wrong(std::format("{} parts, where a COSE_Sign1 has {}", parts.size(), k_parts));
    RDT_TRY(const auto protected_bytes, parts[0].bytes());
    RDT_TRY(auto header, cbor::parse(name, protected_bytes, k_header_limits, parts[0].content_offset()));
    RDT_CHECK(check_labels(header.root(), parts[1]));
    RDT_TRY(const auto number, header.root()[k_label_algorithm].number());
    const auto algorithm = algorithm_of_number(number);
    if (!algorithm)
        return header.root()[k_label_algorithm].wrong(std::format("algorithm {} is not known", number));
    RDT_TRY(const auto payload, parts[2].bytes());
    RDT_TRY(const auto signature, parts[3].bytes());
    return Sign1{std::move(header),         *algorithm, protected_bytes, payload,
                 parts[2].content_offset(), signature};
}

Status verify_sign1(const Sign1& message, const crypto::PublicKey& key) {
    const auto wanted = algorithm_of_key(key);
    if (!wanted || *wanted != message.algorithm)
        return fail(Code::permission_denied, "COSE: signed with {}, which is not the key's",
                    name_of(message.algorithm));
    const auto bytes = signed_bytes(message.protected_bytes, message.payload);
    const auto status =
        message.algorithm == Algorithm::eddsa
            ? key.verify_ed25519(bytes, message.signature)
            : key.verify_ecdsa(message.algorithm == Algorithm::es256 ? crypto::HashAlgorithm::sha256
                                                                     : crypto::HashAlgorithm::sha384,
                               bytes, message.signature);
    if (!status) return fail(Code::permission_denied, "COSE: {}", status.error().message);
    return {};
}

std::string signed_bytes(std::string_view protected_bytes, std::string_view payload) {
    return cbor::encode_head(k_major_array, k_parts) + cbor::encode_text("Signature1") +
           cbor::encode_bytes(protected_bytes) + cbor::encode_bytes({}) + cbor::encode_bytes(payload);
}

} // namespace redoubt::cose
