// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <array>
#include <set>

#include <openssl/crypto.h>

#include "common/encoding/hex.hpp"
#include "common/rego/builtins/go_base64.hpp"
#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/jws.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/value/json.hpp"

// io.jwt.decode, verify_* and decode_verify. Source: RFC 7519.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

/// The three parts of a token in compact form.
struct Token {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;

    /// What is signed.
    [[nodiscard]] std::string message() const { return std::string(header) + "." + std::string(payload); }
};

Operanded<Token> split_token(std::string_view text) {
    const auto dots = std::ranges::count(text, '.');
    if (dots == 0) return builtin_error("encoded JWT had no period separators");
    if (dots != 2)
        return builtin_error("encoded JWT must have 3 sections, found " + std::to_string(dots + 1));
    const std::size_t first = text.find('.');
    const std::size_t second = text.find('.', first + 1);
    return Token{text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
}

Operanded<std::string> decoded_part(std::string_view part, std::string_view what) {
    auto bytes = decode_base64url(part);
    if (bytes) return std::move(*bytes);
    return builtin_error(what.empty()
                             ? bytes.error()
                             : "JWT " + std::string(what) + " had invalid encoding: " + bytes.error());
}

std::expected<Value, std::string> json_object(Arena& arena, std::string_view text) {
    const auto value = parse_json(arena, text);
    if (!value) return std::unexpected("invalid JSON: " + value.error().message);
    if (!value->is_object()) return std::unexpected("decoded JSON type was not an Object");
    return *value;
}

Operanded<Value> decoded_header(BuiltinContext& context, const Token& token) {
    RDT_TRY(const std::string text, decoded_part(token.header, "header"));
    const auto header = json_object(context.arena(), text);
    if (!header) return builtin_error("bad JWT header: " + header.error());
    if (header->at("enc").is_defined()) return builtin_error("JWT is a JWE object, which is not supported");
    return *header;
}

/// What of a header decides about verification.
struct Header {
    std::string algorithm;
    std::string key_id;
    std::string content_type;
    std::set<std::string, std::less<>> critical;
    std::vector<std::string_view> unknown;

    [[nodiscard]] bool is_valid() const {
        return !algorithm.empty() &&
               std::ranges::none_of(unknown, [&](std::string_view name) { return critical.contains(name); });
    }
};

Operanded<std::set<std::string, std::less<>>> critical_names(const Value& list) {
    if (!list.is_array()) return builtin_error("crit: must be a list");
    std::set<std::string, std::less<>> names;
    for (const Value& item : list.items()) {
        if (!item.is_string()) break;
        names.emplace(item.as_string());
    }
    if (names.empty()) return builtin_error("crit: must be a nonempty list");
    return names;
}

Operanded<Header> read_header(const Value& object) {
    Header header;
    for (const Member& member : object.members()) {
        const std::string_view name = member.key.as_string();
        if (name == "crit") {
            RDT_TRY(header.critical, critical_names(member.value));
            continue;
        }
        if (name != "alg" && name != "kid" && name != "typ" && name != "cty") {
            header.unknown.push_back(name);
            continue;
        }
        if (!member.value.is_string()) return builtin_error(std::string(name) + ": must be a string");
        if (name == "alg") header.algorithm = member.value.as_string();
        if (name == "kid") header.key_id = member.value.as_string();
        if (name == "cty") header.content_type = member.value.as_string();
    }
    return header;
}

bool affords(BuiltinContext& context, Operands operands) {
    std::size_t size = 0;
    for (const Value& operand : operands) size += operand.is_string() ? operand.size() : 4'096;
    return context.work(2'000 + size) && context.charge(size * 16);
}

BuiltinResult decode(BuiltinContext& context, Operands operands) {
    if (!affords(context, operands)) return memory_limit_error();
    std::string text(operands[0].as_string());
    while (true) {
        RDT_TRY(const Token token, split_token(text));
        RDT_TRY(const Value header, decoded_header(context, token));
        RDT_TRY(std::string payload, decoded_part(token.payload, "payload"));
        if (const Value type = header.at("cty"); type.is_string() && type.as_string() == "JWT") {
            // A token in a token; it may stand in quotes.
            const std::size_t start = std::min(payload.find_first_not_of("\"'"), payload.size());
            const std::size_t end = payload.find_last_not_of("\"'");
            text = end == std::string::npos ? "" : payload.substr(start, end - start + 1);
            continue;
        }
        const auto claims = json_object(context.arena(), payload);
        if (!claims) return builtin_error(claims.error());
        RDT_TRY(const std::string signature, decoded_part(token.signature, "signature"));
        const Value parts[] = {header, *claims, make_string(context.arena(), encoding::to_hex(signature))};
        return make_array(context.arena(), parts);
    }
}

/// Tries the key the token names, or else all that may fit.
bool is_signed(const std::vector<VerificationKey>& keys, const Header& header,
               const SignatureAlgorithm& algorithm, const Token& token, std::string_view signature) {
    const std::string message = token.message();
    if (!header.key_id.empty()) {
        const auto named = std::ranges::find(keys, header.key_id, &VerificationKey::id);
        if (named != keys.end()) return is_signed_by(*named, algorithm, message, signature);
    }
    return std::ranges::any_of(keys, [&](const VerificationKey& key) {
        return (key.algorithm.empty() || key.algorithm == header.algorithm) &&
               is_signed_by(key, algorithm, message, signature);
    });
}

template <SignatureFamily family, int bits>
BuiltinResult verify(BuiltinContext& context, Operands operands) {
    if (!affords(context, operands)) return memory_limit_error();
    RDT_TRY(const Token token, split_token(operands[0].as_string()));
    const auto keys = verification_keys(operands[1].as_string());
    if (!keys) return builtin_error(keys.error());
    RDT_TRY(const std::string signature, decoded_part(token.signature, ""));
    RDT_TRY(const Value object, decoded_header(context, token));
    RDT_TRY(const Header header, read_header(object));
    return Value::boolean(is_signed(*keys, header, {family, bits}, token, signature));
}

template <int bits>
BuiltinResult verify_keyed(BuiltinContext& context, Operands operands) {
    if (!affords(context, operands)) return memory_limit_error();
    RDT_TRY(const Token token, split_token(operands[0].as_string()));
    RDT_TRY(const std::string signature, decoded_part(token.signature, ""));
    const std::string expected = keyed_hash(bits, operands[1].as_string(), token.message());
    return Value::boolean(!expected.empty() && expected.size() == signature.size() &&
                          CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0);
}

/// What decode_verify() demands of a token.
struct Constraints {
    std::vector<VerificationKey> keys;
    bool has_keys = false;
    std::string secret;
    std::string algorithm;
    std::string issuer;
    std::string audience;
    double time = 0; ///< nanoseconds
};

Operanded<double> time_of(const Value& value) {
    if (!value.is_number()) return builtin_error("token time constraint: must be a number");
    const double time = value.as_number().to_double();
    if (time < 0) return builtin_error("token time constraint: must not be negative");
    return time;
}

Operanded<std::string> text_constraint(std::string_view name, const Value& value) {
    if (!value.is_string()) return builtin_error(std::string(name) + " constraint: must be a string");
    return std::string(value.as_string());
}

Operanded<Constraints> read_constraints(BuiltinContext& context, const Value& object) {
    Constraints constraints;
    constraints.time = static_cast<double>(context.environment.now_ns);
    for (const Member& member : object.members()) {
        const std::string_view name = member.key.is_string() ? member.key.as_string() : std::string_view();
        if (name == "cert") {
            RDT_TRY(const std::string text, text_constraint(name, member.value));
            auto keys = verification_keys(text);
            if (!keys) return builtin_error(keys.error());
            constraints.keys = std::move(*keys);
            constraints.has_keys = true;
        } else if (name == "secret") {
            RDT_TRY(constraints.secret, text_constraint(name, member.value));
        } else if (name == "alg") {
            RDT_TRY(constraints.algorithm, text_constraint(name, member.value));
        } else if (name == "iss") {
            RDT_TRY(constraints.issuer, text_constraint(name, member.value));
        } else if (name == "aud") {
            RDT_TRY(constraints.audience, text_constraint(name, member.value));
        } else if (name == "time") {
            RDT_TRY(constraints.time, time_of(member.value));
        } else {
            return builtin_error("unknown token validation constraint: " + std::string(name));
        }
    }
    if (constraints.has_keys && !constraints.secret.empty())
        return builtin_error("duplicate key constraints");
    if (!constraints.has_keys && constraints.secret.empty()) return builtin_error("no key constraint");
    return constraints;
}

bool meets_audience(const Constraints& constraints, const Value& audience) {
    if (audience.is_undefined()) return constraints.audience.empty();
    const auto equal = [&](const Value& one) {
        return one.is_string() && one.as_string() == constraints.audience;
    };
    return audience.is_array() ? std::ranges::any_of(audience.items(), equal) : equal(audience);
}

/// Whether the claims hold.
Operanded<bool> meets_claims(BuiltinContext& context, const Constraints& constraints, const Value& claims) {
    if (!constraints.issuer.empty()) {
        const Value issuer = claims.at("iss");
        if (!issuer.is_string() || issuer.as_string() != constraints.issuer) return false;
    }
    if (!meets_audience(constraints, claims.at("aud"))) return false;
    // Claims count in seconds.
    const Number now = make_number(context.arena(), constraints.time / 1'000'000'000);
    if (const Value expiry = claims.at("exp"); expiry.is_defined()) {
        if (!expiry.is_number()) return builtin_error("exp value must be a number");
        if (compare(now, expiry.as_number()) >= 0) return false;
    }
    if (const Value start = claims.at("nbf"); start.is_defined()) {
        if (!start.is_number()) return builtin_error("nbf value must be a number");
        if (compare(now, start.as_number()) < 0) return false;
    }
    return true;
}

bool is_jwt_type(std::string_view type) {
    return type.size() == 3 && (type[0] | 0x20) == 'j' && (type[1] | 0x20) == 'w' && (type[2] | 0x20) == 't';
}

/// A token whose signature holds: its header and claims, undefined when it does not.
struct Opened {
    Value header;
    Value claims;
};

Operanded<Opened> open_token(BuiltinContext& context, std::string text, Constraints& constraints) {
    if (!constraints.has_keys) {
        constraints.keys.push_back({.key = nullptr, .secret = constraints.secret, .algorithm = {}, .id = {}});
    }
    while (true) {
        RDT_TRY(const Token token, split_token(text));
        RDT_TRY(const Value object, decoded_header(context, token));
        RDT_TRY(const Header header, read_header(object));
        if (!header.is_valid()) return Opened{};
        if (!constraints.algorithm.empty() && constraints.algorithm != header.algorithm) return Opened{};
        RDT_TRY(const std::string signature, decoded_part(token.signature, ""));
        const SignatureAlgorithm algorithm = signature_algorithm_of(header.algorithm);
        if (!is_signed(constraints.keys, header, algorithm, token, signature)) return Opened{};
        RDT_TRY(std::string payload, decoded_part(token.payload, "payload"));
        if (is_jwt_type(header.content_type)) {
            text = std::move(payload);
            continue;
        }
        const auto claims = json_object(context.arena(), payload);
        if (!claims) return builtin_error(claims.error());
        return Opened{object, *claims};
    }
}

BuiltinResult decode_verify(BuiltinContext& context, Operands operands) {
    if (!affords(context, operands)) return memory_limit_error();
    RDT_TRY(Constraints constraints, read_constraints(context, operands[1]));
    if (!operands[0].is_string()) return operand_error(1, operands[0], {Kind::string});
    RDT_TRY(const Opened opened, open_token(context, std::string(operands[0].as_string()), constraints));
    bool good = opened.header.is_defined();
    if (good) {
        RDT_TRY(good, meets_claims(context, constraints, opened.claims));
    }
    const Value parts[] = {Value::boolean(good), good ? opened.header : Value::empty_object(),
                           good ? opened.claims : Value::empty_object()};
    return make_array(context.arena(), parts);
}

constexpr Operand k_text = one_of(Kind::string);
constexpr std::array<Operand, 6> k_two_texts{k_text, k_text};

template <SignatureFamily family, int bits>
constexpr Builtin verifier(std::string_view name) {
    return {.name = name, .operands = k_two_texts, .arity = 2, .function = verify<family, bits>};
}

using enum SignatureFamily;
constexpr Builtin k_jwt[] = {
    {.name = "io.jwt.decode", .operands = {k_text}, .arity = 1, .function = decode},
    verifier<rsa, 256>("io.jwt.verify_rs256"),
    verifier<rsa, 384>("io.jwt.verify_rs384"),
    verifier<rsa, 512>("io.jwt.verify_rs512"),
    verifier<rsa_pss, 256>("io.jwt.verify_ps256"),
    verifier<rsa_pss, 384>("io.jwt.verify_ps384"),
    verifier<rsa_pss, 512>("io.jwt.verify_ps512"),
    verifier<ecdsa, 256>("io.jwt.verify_es256"),
    verifier<ecdsa, 384>("io.jwt.verify_es384"),
    verifier<ecdsa, 512>("io.jwt.verify_es512"),
    verifier<eddsa, 0>("io.jwt.verify_eddsa"),
    {.name = "io.jwt.verify_hs256", .operands = k_two_texts, .arity = 2, .function = verify_keyed<256>},
    {.name = "io.jwt.verify_hs384", .operands = k_two_texts, .arity = 2, .function = verify_keyed<384>},
    {.name = "io.jwt.verify_hs512", .operands = k_two_texts, .arity = 2, .function = verify_keyed<512>},
    {.name = "io.jwt.decode_verify",
     .operands = {constants_of(Kind::string), one_of(Kind::object)},
     .arity = 2,
     .nondeterministic = true,
     .function = decode_verify},
};

} // namespace

std::span<const Builtin> jwt_builtins() {
    return k_jwt;
}

} // namespace redoubt::rego
