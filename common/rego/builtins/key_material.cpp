// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/key_material.hpp"

#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "common/encoding/hex.hpp"
#include "common/rego/builtins/go_base64.hpp"

namespace redoubt::rego {
namespace {

constexpr std::string_view k_begin = "-----BEGIN ";
constexpr std::string_view k_dashes = "-----";

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// What ERR_ keeps is of no use to anyone here.
template <class T>
T settled(T result) {
    ERR_clear_error();
    return result;
}

/// A line and what comes after it.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r'))
        line.remove_suffix(1);
    return line;
}

struct ParamsBuilder {
    struct Free {
        void operator()(OSSL_PARAM_BLD* owned) const { OSSL_PARAM_BLD_free(owned); }
        void operator()(OSSL_PARAM* owned) const { OSSL_PARAM_free(owned); }
        void operator()(EVP_PKEY_CTX* owned) const { EVP_PKEY_CTX_free(owned); }
    };
    std::unique_ptr<OSSL_PARAM_BLD, Free> builder{OSSL_PARAM_BLD_new()};

    [[nodiscard]] Key build(const char* algorithm) const {
        const std::unique_ptr<OSSL_PARAM, Free> params(OSSL_PARAM_BLD_to_param(builder.get()));
        const std::unique_ptr<EVP_PKEY_CTX, Free> context(
            EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
        EVP_PKEY* key = nullptr;
        if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
            EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
            return settled(Key());
        return Key(key);
    }
};

std::optional<std::string> part_of(const Value& jwk, std::string_view name) {
    const Value value = jwk.at(name);
    if (!value.is_string()) return std::nullopt;
    auto bytes = decode_base64url(value.as_string());
    if (!bytes || bytes->empty()) return std::nullopt;
    return *bytes;
}

Key rsa_of_jwk(const Value& jwk) {
    const auto n = part_of(jwk, "n");
    const auto e = part_of(jwk, "e");
    if (!n || !e) return nullptr;
    const BigNumber modulus(BN_bin2bn(bytes_of(*n), static_cast<int>(n->size()), nullptr));
    const BigNumber exponent(BN_bin2bn(bytes_of(*e), static_cast<int>(e->size()), nullptr));
    const ParamsBuilder params;
    OSSL_PARAM_BLD_push_BN(params.builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(params.builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
    return params.build("RSA");
}

Key ec_of_jwk(const Value& jwk) {
    const auto x = part_of(jwk, "x");
    const auto y = part_of(jwk, "y");
    const Value curve = jwk.at("crv");
    if (!x || !y || !curve.is_string()) return nullptr;
    const std::string_view name = curve.as_string();
    const std::size_t size = name == "P-256" ? 32 : name == "P-384" ? 48 : name == "P-521" ? 66 : 0;
    if (size == 0 || x->size() > size || y->size() > size) return nullptr;
    std::string point = "\x04";
    point.append(size - x->size(), '\0').append(*x).append(size - y->size(), '\0').append(*y);
    const ParamsBuilder params;
    OSSL_PARAM_BLD_push_utf8_string(params.builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, name.data(),
                                    name.size());
    OSSL_PARAM_BLD_push_octet_string(params.builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                     point.size());
    return params.build("EC");
}

Key okp_of_jwk(const Value& jwk) {
    const auto x = part_of(jwk, "x");
    const Value curve = jwk.at("crv");
    if (!x || !curve.is_string() || curve.as_string() != "Ed25519") return nullptr;
    return settled(Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*x), x->size())));
}

} // namespace

std::optional<PemBlock> next_pem_block(std::string_view text) {
    while (true) {
        std::size_t at = text.starts_with(k_begin) ? 0 : text.find("\n-----BEGIN ");
        if (at == std::string_view::npos) return std::nullopt;
        text.remove_prefix(at + (at == 0 && text.starts_with(k_begin) ? 0 : 1));
        std::string_view rest = text;
        const std::string_view first = take_line(rest);
        text = rest;
        if (!first.ends_with(k_dashes) || first.size() < k_begin.size() + k_dashes.size()) continue;
        PemBlock block;
        block.type = first.substr(k_begin.size(), first.size() - k_begin.size() - k_dashes.size());
        const std::string last = "-----END " + block.type + "-----";
        std::string body;
        bool ended = false;
        while (!rest.empty() && !ended) {
            const std::string_view line = take_line(rest);
            ended = line == last;
            if (!ended && !line.contains(':')) body += line;
        }
        std::erase_if(body, [](char c) { return c == ' ' || c == '\t'; });
        auto bytes = decode_base64(body, Base64Form::standard);
        if (!ended || !bytes) continue;
        block.bytes = std::move(*bytes);
        block.rest = rest;
        return block;
    }
}

Certificate read_certificate(std::string_view bytes) {
    const unsigned char* at = bytes_of(bytes);
    Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(bytes.size())));
    const bool all = at == bytes_of(bytes) + bytes.size();
    return settled(all ? std::move(certificate) : nullptr);
}

std::expected<std::vector<Certificate>, std::string> read_certificates(std::string_view bytes) {
    std::vector<Certificate> list;
    while (!bytes.empty()) {
        const unsigned char* at = bytes_of(bytes);
        Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(bytes.size())));
        ERR_clear_error();
        if (!certificate) return std::unexpected("x509: malformed certificate");
        bytes.remove_prefix(static_cast<std::size_t>(at - bytes_of(bytes)));
        list.push_back(std::move(certificate));
    }
    return list;
}

Key read_public_key(std::string_view bytes) {
    const unsigned char* at = bytes_of(bytes);
    Key key(d2i_PUBKEY(nullptr, &at, static_cast<long>(bytes.size())));
    const bool all = at == bytes_of(bytes) + bytes.size();
    return settled(all ? std::move(key) : nullptr);
}

Key read_private_key(std::string_view type, std::string_view bytes) {
    const unsigned char* at = bytes_of(bytes);
    const auto size = static_cast<long>(bytes.size());
    if (type == "RSA PRIVATE KEY") return settled(Key(d2i_PrivateKey(EVP_PKEY_RSA, nullptr, &at, size)));
    if (type == "EC PRIVATE KEY") return settled(Key(d2i_PrivateKey(EVP_PKEY_EC, nullptr, &at, size)));
    return settled(Key(d2i_AutoPrivateKey(nullptr, &at, size)));
}

Key key_of_jwk(const Value& jwk) {
    const Value kind = jwk.is_object() ? jwk.at("kty") : Value();
    if (!kind.is_string()) return nullptr;
    if (kind.as_string() == "RSA") return rsa_of_jwk(jwk);
    if (kind.as_string() == "EC") return ec_of_jwk(jwk);
    return kind.as_string() == "OKP" ? okp_of_jwk(jwk) : nullptr;
}

BigNumber key_number(const EVP_PKEY& key, const char* name) {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(&key, name, &number);
    return settled(BigNumber(number));
}

Number number_of(Arena& arena, const BIGNUM& number) {
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(&number)), '\0');
    BN_bn2bin(&number, reinterpret_cast<unsigned char*>(bytes.data()));
    BigInt value = bytes.empty() ? BigInt(0) : BigInt("0x" + encoding::to_hex(bytes));
    if (BN_is_negative(&number) != 0) value = -value;
    return make_number(arena, value);
}

std::string raw_public_key(const EVP_PKEY& key) {
    std::size_t size = 0;
    EVP_PKEY_get_raw_public_key(&key, nullptr, &size);
    std::string bytes(size, '\0');
    EVP_PKEY_get_raw_public_key(&key, reinterpret_cast<unsigned char*>(bytes.data()), &size);
    return settled(bytes);
}

std::string raw_private_key(const EVP_PKEY& key) {
    std::size_t size = 0;
    EVP_PKEY_get_raw_private_key(&key, nullptr, &size);
    std::string bytes(size, '\0');
    EVP_PKEY_get_raw_private_key(&key, reinterpret_cast<unsigned char*>(bytes.data()), &size);
    return settled(bytes);
}

} // namespace redoubt::rego
