// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/go_base64.hpp"
#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/jws.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/value/json.hpp"

// io.jwt.encode_sign, for test suites that make the tokens they verify: HMAC alone. Policies do not get it.

namespace redoubt::rego {
namespace {

BuiltinResult encode_sign(BuiltinContext& context, std::span<const Value> operands) {
    const Value name = operands[0].at("alg");
    if (!name.is_string()) return builtin_error("missing or invalid 'alg' header");
    const SignatureAlgorithm algorithm = signature_algorithm_of(name.as_string());
    if (algorithm.family == SignatureFamily::none)
        return builtin_error("unknown JWS algorithm: " + std::string(name.as_string()));
    if (algorithm.family != SignatureFamily::hmac)
        return builtin_error("signing by " + std::string(name.as_string()) + " is not implemented");
    const auto keys = verification_keys(render_json(operands[2]));
    if (!keys) return builtin_error(keys.error());
    if (keys->empty() || keys->front().secret.empty()) return builtin_error("no keys found in JWK set");
    const auto encoded = [](std::string_view bytes) {
        return encode_base64(bytes, Base64Form::url, /*padded=*/false);
    };
    const std::string message = encoded(render_json(operands[0], JsonStyle::html_escaped)) + "." +
                                encoded(render_json(operands[1], JsonStyle::html_escaped));
    return text_result(context,
                       message + "." + encoded(keyed_hash(algorithm.bits, keys->front().secret, message)));
}

constexpr Operand k_object = one_of(Kind::object);

constexpr Builtin k_signing[] = {
    {.name = "io.jwt.encode_sign",
     .operands = {k_object, k_object, k_object},
     .arity = 3,
     .nondeterministic = true,
     .function = encode_sign},
};

} // namespace

std::span<const Builtin> signing_builtins() {
    return k_signing;
}

} // namespace redoubt::rego
