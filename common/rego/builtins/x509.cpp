// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "common/rego/builtins/go_base64.hpp"
#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/key_material.hpp"
#include "common/rego/builtins/operand.hpp"

// crypto.x509.* and crypto.parse_private_keys

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;
constexpr std::string_view k_begin = "-----BEGIN";

/// Reading keys and certificates costs far more than their bytes.
bool affords(BuiltinContext& context, std::string_view text) {
    return context.work(1'000 + text.size()) && context.charge(text.size() * 16);
}

Operanded<std::vector<Certificate>> certificates_of_pem(std::string_view text) {
    std::string bytes;
    while (const auto block = next_pem_block(text)) {
        if (block->type != "CERTIFICATE")
            return builtin_error("PEM block type is '" + block->type + "', expected CERTIFICATE");
        bytes += block->bytes;
        text = block->rest;
    }
    auto list = read_certificates(bytes);
    if (!list) return builtin_error(list.error());
    return std::move(*list);
}

/// PEM, base64 of PEM, or base64 of DER.
Operanded<std::vector<Certificate>> certificates_of(std::string_view text) {
    if (text.starts_with(k_begin)) return certificates_of_pem(text);
    const auto bytes = decode_base64(text, Base64Form::standard);
    if (!bytes) return builtin_error(bytes.error());
    if (bytes->starts_with(k_begin)) return certificates_of_pem(*bytes);
    auto list = read_certificates(*bytes);
    if (!list) return builtin_error(list.error());
    return std::move(*list);
}

BuiltinResult parse_certificates(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    if (!affords(context, text)) return memory_limit_error();
    RDT_TRY(const auto list, certificates_of(text));
    ArrayBuilder shown;
    for (const Certificate& certificate : list)
        shown.push(show_certificate(context.arena(), *certificate, /*uris=*/true));
    return shown.build(context.arena());
}

/// How a chain is to be verified. Usages are numbers of Go's x509.ExtKeyUsage.
struct VerifyOptions {
    std::string dns_name;
    std::int64_t now_ns = 0;
    std::vector<int> usages;
};

struct Free {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
    void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
    void operator()(STACK_OF(X509) * list) const { sk_X509_free(list); }
};

/// Whether all certificates allow one of the usages; one that lists none allows all.
bool allows(STACK_OF(X509) * chain, const std::vector<int>& wanted) {
    return std::ranges::any_of(wanted, [&](int usage) {
        for (int i = 0; usage != 0 && i < sk_X509_num(chain); ++i) {
            const std::vector<int> listed = key_usages_of(*sk_X509_value(chain, i));
            const bool fits = listed.empty() || std::ranges::find(listed, usage) != listed.end() ||
                              std::ranges::find(listed, 0) != listed.end();
            if (!fits) return false;
        }
        return true;
    });
}

/// The chain from the leaf (the last given) to the root (the first); empty when there is none.
std::vector<X509*> verified_chain(const std::vector<Certificate>& list, const VerifyOptions& options) {
    if (list.size() < 2) return {};
    const std::unique_ptr<X509_STORE, Free> store(X509_STORE_new());
    const std::unique_ptr<STACK_OF(X509), Free> between(sk_X509_new_null());
    X509_STORE_add_cert(store.get(), list.front().get());
    for (std::size_t i = 1; i + 1 < list.size(); ++i) sk_X509_push(between.get(), list[i].get());
    const std::unique_ptr<X509_STORE_CTX, Free> verifier(X509_STORE_CTX_new());
    if (X509_STORE_CTX_init(verifier.get(), store.get(), list.back().get(), between.get()) != 1) return {};
    X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(verifier.get());
    // The first is trusted whether or not it signed itself.
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_time(param, options.now_ns / 1'000'000'000);
    if (!options.dns_name.empty())
        X509_VERIFY_PARAM_set1_host(param, options.dns_name.data(), options.dns_name.size());
    std::vector<X509*> chain;
    if (X509_verify_cert(verifier.get()) == 1) {
        STACK_OF(X509)* found = X509_STORE_CTX_get0_chain(verifier.get());
        const std::vector<int> server{1};
        if (allows(found, options.usages.empty() ? server : options.usages)) {
            for (int i = 0; i < sk_X509_num(found); ++i) {
                // Pointers into `list`, which outlives them.
                for (const Certificate& given : list) {
                    if (X509_cmp(given.get(), sk_X509_value(found, i)) == 0) {
                        chain.push_back(given.get());
                        break;
                    }
                }
            }
        }
    }
    ERR_clear_error();
    return chain;
}

BuiltinResult verdict(BuiltinContext& context, std::string_view text, const VerifyOptions& options,
                      bool uris) {
    Value shown = Value::empty_array();
    std::vector<X509*> chain;
    const auto list = certificates_of(text);
    if (list) chain = verified_chain(*list, options);
    ArrayBuilder certificates;
    for (X509* certificate : chain) certificates.push(show_certificate(context.arena(), *certificate, uris));
    if (!chain.empty()) shown = certificates.build(context.arena());
    const Value pair[] = {Value::boolean(!chain.empty()), shown};
    return make_array(context.arena(), pair);
}

BuiltinResult parse_and_verify(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    if (!affords(context, text)) return memory_limit_error();
    return verdict(context, text, {.dns_name = {}, .now_ns = context.environment.now_ns, .usages = {}}, true);
}

Operanded<std::vector<int>> usages_of(const Value& list) {
    constexpr std::string_view names[] = {
        "KeyUsageAny",
        "KeyUsageServerAuth",
        "KeyUsageClientAuth",
        "KeyUsageCodeSigning",
        "KeyUsageEmailProtection",
        "KeyUsageIPSECEndSystem",
        "KeyUsageIPSECTunnel",
        "KeyUsageIPSECUser",
        "KeyUsageTimeStamping",
        "KeyUsageOCSPSigning",
        "KeyUsageMicrosoftServerGatedCrypto",
        "KeyUsageNetscapeServerGatedCrypto",
        "KeyUsageMicrosoftCommercialCodeSigning",
        "KeyUsageMicrosoftKernelCodeSigning",
    };
    if (!list.is_array() && !list.is_set()) return builtin_error("'KeyUsages' should be an Array or Set");
    std::vector<int> usages;
    std::string wrong;
    for (const Value& item : list.items()) {
        if (!item.is_string()) continue;
        const auto* found = std::ranges::find(names, item.as_string());
        if (found != std::end(names)) {
            usages.push_back(static_cast<int>(found - std::begin(names)));
        } else {
            wrong += (wrong.empty() ? "" : " ") + std::string(item.as_string());
        }
    }
    if (!wrong.empty()) return builtin_error("invalid entries for 'KeyUsages' found: [" + wrong + "]");
    return usages;
}

Operanded<VerifyOptions> options_of(BuiltinContext& context, const Value& object) {
    VerifyOptions options{.dns_name = {}, .now_ns = context.environment.now_ns, .usages = {}};
    for (const Member& member : object.members()) {
        if (!member.key.is_string()) continue;
        const std::string_view key = member.key.as_string();
        if (key == "DNSName") {
            if (!member.value.is_string()) return builtin_error("'DNSName' should be a string");
            options.dns_name = member.value.as_string();
        } else if (key == "CurrentTime") {
            if (!member.value.is_number()) return builtin_error("'CurrentTime' should be a number");
            const auto now = plain_integer(member.value.as_number());
            if (!now) return builtin_error("'CurrentTime' should be a valid int64 number");
            options.now_ns = *now;
        } else if (key == "MaxConstraintComparisons") {
            if (!member.value.is_number())
                return builtin_error("'MaxConstraintComparisons' should be a number");
            if (!member.value.is_small_integer())
                return builtin_error("'MaxConstraintComparisons' should be a valid number");
        } else if (key == "KeyUsages") {
            RDT_TRY(options.usages, usages_of(member.value));
        } else {
            return builtin_error("invalid key option");
        }
    }
    return options;
}

BuiltinResult parse_and_verify_with_options(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    if (!affords(context, text)) return memory_limit_error();
    RDT_TRY(const VerifyOptions options, options_of(context, operands[1]));
    return verdict(context, text, options, false);
}

BuiltinResult parse_request(BuiltinContext& context, Operands operands) {
    std::string bytes(operands[0].as_string());
    if (!affords(context, bytes)) return memory_limit_error();
    if (!bytes.starts_with("-----BEGIN CERTIFICATE REQUEST-----")) {
        auto decoded = decode_base64(bytes, Base64Form::standard);
        if (!decoded) return builtin_error(decoded.error());
        bytes = std::move(*decoded);
    }
    if (const auto block = next_pem_block(bytes)) {
        if (block->type != "CERTIFICATE REQUEST")
            return builtin_error("invalid PEM-encoded certificate signing request");
        std::string der = block->bytes;
        bytes = std::move(der);
    }
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    const CertificateRequest request(d2i_X509_REQ(nullptr, &at, static_cast<long>(bytes.size())));
    ERR_clear_error();
    if (!request) return builtin_error("asn1: structure error: not a certificate request");
    return show_request(context.arena(), *request);
}

Operanded<std::vector<Key>> private_keys_of(std::string_view text) {
    std::string decoded;
    if (auto bytes = decode_base64(text, Base64Form::standard)) {
        decoded = std::move(*bytes);
        text = decoded;
    }
    std::vector<Key> keys;
    while (const auto block = next_pem_block(text)) {
        text = block->rest;
        if (block->type != "RSA PRIVATE KEY" && block->type != "PRIVATE KEY" &&
            block->type != "EC PRIVATE KEY")
            continue;
        Key key = read_private_key(block->type, block->bytes);
        if (!key) return builtin_error("x509: failed to parse private key");
        keys.push_back(std::move(key));
    }
    return keys;
}

BuiltinResult parse_private_keys(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    if (text.empty()) return Value::null();
    if (!affords(context, text)) return memory_limit_error();
    RDT_TRY(const auto keys, private_keys_of(text));
    ArrayBuilder shown;
    for (const Key& key : keys) shown.push(show_private_key(context.arena(), *key));
    return shown.build(context.arena());
}

/// A number as base64url of at least `size` bytes.
Value base64_number(Arena& arena, const EVP_PKEY& key, const char* name, std::size_t size) {
    const BigNumber number = key_number(key, name);
    if (!number) return Value::null();
    std::string bytes(std::max(static_cast<std::size_t>(BN_num_bytes(number.get())), size), '\0');
    BN_bn2binpad(number.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                 static_cast<int>(bytes.size()));
    return make_string(arena, encode_base64(bytes, Base64Form::url, /*padded=*/false));
}

/// A private key as a JSON Web Key.
Value jwk_of(Arena& arena, const EVP_PKEY& key) {
    ObjectBuilder jwk;
    const auto put = [&](std::string_view name, const Value& value) {
        jwk.insert(make_string(arena, name), value);
    };
    const int kind = EVP_PKEY_get_base_id(&key);
    if (kind == EVP_PKEY_RSA) {
        constexpr std::pair<std::string_view, const char*> parts[] = {
            {"n", OSSL_PKEY_PARAM_RSA_N},          {"e", OSSL_PKEY_PARAM_RSA_E},
            {"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
            {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
            {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
        put("kty", make_string(arena, "RSA"));
        for (const auto& [name, part] : parts) put(name, base64_number(arena, key, part, 0));
    } else if (kind == EVP_PKEY_EC) {
        const auto size = static_cast<std::size_t>((EVP_PKEY_get_bits(&key) + 7) / 8);
        put("kty", make_string(arena, "EC"));
        put("crv", make_string(arena, size == 32 ? "P-256" : size == 48 ? "P-384" : "P-521"));
        put("x", base64_number(arena, key, OSSL_PKEY_PARAM_EC_PUB_X, size));
        put("y", base64_number(arena, key, OSSL_PKEY_PARAM_EC_PUB_Y, size));
        put("d", base64_number(arena, key, OSSL_PKEY_PARAM_PRIV_KEY, size));
    } else if (kind == EVP_PKEY_ED25519) {
        put("kty", make_string(arena, "OKP"));
        put("crv", make_string(arena, "Ed25519"));
        put("x", make_string(arena, encode_base64(raw_public_key(key), Base64Form::url, false)));
        put("d", make_string(arena, encode_base64(raw_private_key(key), Base64Form::url, false)));
    } else {
        return Value::null();
    }
    return jwk.build(arena);
}

BuiltinResult parse_rsa_private_key(BuiltinContext& context, Operands operands) {
    std::string text(operands[0].as_string());
    if (text.empty()) return builtin_error("input PEM data was empty");
    if (!affords(context, text)) return memory_limit_error();
    if (!text.starts_with(k_begin)) {
        auto bytes = decode_base64(text, Base64Form::standard);
        if (!bytes) return builtin_error(bytes.error());
        text = std::move(*bytes);
    }
    RDT_TRY(const auto keys, private_keys_of(text));
    return keys.empty() ? Value::null() : jwk_of(context.arena(), *keys.front());
}

/// PEM as it is; base64 of PEM, or of DER, decoded. Gives blocks.
Operanded<std::vector<PemBlock>> blocks_of(std::string& text, std::string_view der_type) {
    if (!text.starts_with("-----BEGIN ")) {
        auto bytes = decode_base64(text, Base64Form::standard);
        if (!bytes) return builtin_error(bytes.error());
        text = std::move(*bytes);
    }
    std::vector<PemBlock> blocks;
    if (!text.starts_with(k_begin)) {
        blocks.push_back({std::string(der_type), text, {}});
        return blocks;
    }
    std::string_view rest = text;
    while (auto block = next_pem_block(rest)) {
        rest = block->rest;
        blocks.push_back(std::move(*block));
    }
    return blocks;
}

BuiltinResult parse_keypair(BuiltinContext& context, Operands operands) {
    std::string certificate_text(operands[0].as_string());
    std::string key_text(operands[1].as_string());
    if (!affords(context, certificate_text) || !affords(context, key_text)) return memory_limit_error();
    RDT_TRY(const auto certificates, blocks_of(certificate_text, "CERTIFICATE"));
    RDT_TRY(const auto keys, blocks_of(key_text, "PRIVATE KEY"));
    Arena& arena = context.arena();
    ArrayBuilder raw;
    Certificate leaf;
    for (const PemBlock& block : certificates) {
        if (block.type != "CERTIFICATE") continue;
        raw.push(make_string(arena, encode_base64(block.bytes, Base64Form::standard)));
        if (raw.size() > 1) continue;
        leaf = read_certificate(block.bytes);
        if (!leaf) return builtin_error("x509: malformed certificate");
    }
    if (raw.size() == 0) return builtin_error("tls: failed to find any PEM data in certificate input");
    const auto found = std::ranges::find_if(keys, [](const PemBlock& block) {
        return block.type == "PRIVATE KEY" || block.type.ends_with(" PRIVATE KEY");
    });
    if (found == keys.end()) return builtin_error("tls: failed to find any PEM data in key input");
    const Key key = read_private_key(found->type, found->bytes);
    if (!key) return builtin_error("tls: failed to parse private key");
    const bool match = EVP_PKEY_eq(X509_get0_pubkey(leaf.get()), key.get()) == 1;
    ERR_clear_error();
    if (!match) return builtin_error("tls: private key does not match public key");
    ObjectBuilder pair;
    pair.insert(make_string(arena, "Certificate"), raw.build(arena));
    pair.insert(make_string(arena, "Leaf"), show_certificate(arena, *leaf, /*uris=*/false));
    pair.insert(make_string(arena, "PrivateKey"), show_private_key(arena, *key));
    for (const std::string_view name :
         {"OCSPStaple", "SignedCertificateTimestamps", "SupportedSignatureAlgorithms"})
        pair.insert(make_string(arena, name), Value::null());
    return pair.build(arena);
}

constexpr Operand k_text = one_of(Kind::string);

constexpr Builtin k_x509[] = {
    {.name = "crypto.x509.parse_certificates",
     .operands = {k_text},
     .arity = 1,
     .function = parse_certificates},
    {.name = "crypto.x509.parse_and_verify_certificates",
     .operands = {k_text},
     .arity = 1,
     .nondeterministic = true,
     .function = parse_and_verify},
    {.name = "crypto.x509.parse_and_verify_certificates_with_options",
     .operands = {k_text, one_of(Kind::object)},
     .arity = 2,
     .nondeterministic = true,
     .function = parse_and_verify_with_options},
    {.name = "crypto.x509.parse_certificate_request",
     .operands = {k_text},
     .arity = 1,
     .function = parse_request},
    {.name = "crypto.x509.parse_keypair",
     .operands = {k_text, k_text},
     .arity = 2,
     .function = parse_keypair},
    {.name = "crypto.x509.parse_rsa_private_key",
     .operands = {k_text},
     .arity = 1,
     .function = parse_rsa_private_key},
    {.name = "crypto.parse_private_keys", .operands = {k_text}, .arity = 1, .function = parse_private_keys},
};

} // namespace

std::span<const Builtin> x509_builtins() {
    return k_x509;
}

} // namespace redoubt::rego
