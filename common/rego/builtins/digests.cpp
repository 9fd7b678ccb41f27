// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/encoding/hex.hpp"
#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"

// crypto.md5, sha1, sha256 and crypto.hmac.*

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;
using Method = const EVP_MD* (*)();

template <Method method>
BuiltinResult digest(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    if (!context.work(1 + (text.size() / 64))) return step_limit_error();
    std::string bytes(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(bytes.data()), &size, method(),
                   nullptr) != 1)
        return builtin_error("the cryptographic library refuses this hash");
    return text_result(context, encoding::to_hex(std::string_view(bytes).substr(0, size)));
}

template <Method method>
BuiltinResult hmac(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    const std::string_view key = operands[1].as_string();
    if (!context.work(1 + (text.size() / 64))) return step_limit_error();
    std::string bytes(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    if (HMAC(method(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(),
             reinterpret_cast<unsigned char*>(bytes.data()), &size) == nullptr)
        return builtin_error("the cryptographic library refuses this hash");
    return text_result(context, encoding::to_hex(std::string_view(bytes).substr(0, size)));
}

/// Takes as long for equal texts as for others of their length.
BuiltinResult hmac_equal(BuiltinContext& /*context*/, Operands operands) {
    const std::string_view a = operands[0].as_string();
    const std::string_view b = operands[1].as_string();
    return Value::boolean(a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

constexpr Operand k_text = one_of(Kind::string);

constexpr Builtin k_digests[] = {
    {.name = "crypto.md5", .operands = {k_text}, .arity = 1, .function = digest<EVP_md5>},
    {.name = "crypto.sha1", .operands = {k_text}, .arity = 1, .function = digest<EVP_sha1>},
    {.name = "crypto.sha256", .operands = {k_text}, .arity = 1, .function = digest<EVP_sha256>},
    {.name = "crypto.hmac.md5", .operands = {k_text, k_text}, .arity = 2, .function = hmac<EVP_md5>},
    {.name = "crypto.hmac.sha1", .operands = {k_text, k_text}, .arity = 2, .function = hmac<EVP_sha1>},
    {.name = "crypto.hmac.sha256", .operands = {k_text, k_text}, .arity = 2, .function = hmac<EVP_sha256>},
    {.name = "crypto.hmac.sha512", .operands = {k_text, k_text}, .arity = 2, .function = hmac<EVP_sha512>},
    {.name = "crypto.hmac.equal", .operands = {k_text, k_text}, .arity = 2, .function = hmac_equal},
};

} // namespace

std::span<const Builtin> digest_builtins() {
    return k_digests;
}

} // namespace redoubt::rego
