// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/crypto/keys.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>

#include "common/crypto/ecdsa_der.hpp"

namespace redoubt::crypto {
namespace {

using Context = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using Params = std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

constexpr std::array<std::string_view, 3> k_curve_names{"P-256", "P-384", "P-521"};
constexpr std::array<const char*, 3> k_group_names{"prime256v1", "secp384r1", "secp521r1"};
constexpr std::array<std::size_t, 3> k_coordinate_sizes{32, 48, 66};
constexpr std::size_t k_max_pem = 64U << 10U;
constexpr char k_uncompressed = 4; // before a point's coordinates: SEC 1, 2.3.3

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Number number_of(std::string_view bytes) {
    return {BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr), &BN_free};
}

std::string bytes_of_number(const BIGNUM* number, std::size_t size) {
    std::string bytes(size, '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size));
    return bytes;
}

/// A key from its numbers; null when OpenSSL refuses them.
EVP_PKEY* make_key(const char* kind, OSSL_PARAM* params) {
    const Context context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr), &EVP_PKEY_CTX_free);
    EVP_PKEY* key = nullptr;
    if (!context || params == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        return nullptr;
    return key;
}

Bio reader_of(std::string_view bytes) {
    return {BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), &BIO_free};
}

/// The parameter of a key that is a number; empty when it has none.
std::string number_parameter(EVP_PKEY* key, const char* name) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return {};
    const Number number(raw, &BN_free);
    return bytes_of_number(number.get(), static_cast<std::size_t>(BN_num_bytes(number.get())));
}

/// The curve of an EC key; none for other keys.
std::optional<Curve> curve_of(EVP_PKEY* key) {
    std::array<char, 64> name{};
    if (EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr) != 1) return std::nullopt;
    for (std::size_t i = 0; i < k_group_names.size(); ++i)
        if (std::string_view(k_group_names.at(i)) == name.data()) return static_cast<Curve>(i);
    return std::nullopt;
}

/// Whether a key says by itself what its curve is. Such a curve may differ from the known one it is taken
/// for: RFC 5480, 2.1.1 forbids them.
bool has_curve_of_its_own(EVP_PKEY* key) {
    int explicit_parameters = 0;
    return EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                                  &explicit_parameters) == 1 &&
           explicit_parameters != 0;
}

/// The point of an EC key on a known curve; none for other keys. Asked for as a whole: OpenSSL takes about as
/// long for one coordinate as for a signature.
std::optional<Point> point_of(EVP_PKEY* key) {
    const auto curve = curve_of(key);
    if (!curve) return std::nullopt;
    unsigned char* raw = nullptr;
    const auto size = EVP_PKEY_get1_encoded_public_key(key, &raw);
    if (size == 0) return std::nullopt;
    const std::string encoded(reinterpret_cast<const char*>(raw), size);
    OPENSSL_free(raw);
    const auto coordinate = coordinate_size(*curve);
    if (encoded.size() != 1 + 2 * coordinate || encoded[0] != k_uncompressed) return std::nullopt;
    return Point{*curve, encoded.substr(1, coordinate), encoded.substr(1 + coordinate)};
}

const EVP_MD* method_of(HashAlgorithm hash) {
    switch (hash) {
    case HashAlgorithm::sha256: return EVP_sha256();
    case HashAlgorithm::sha384: return EVP_sha384();
    case HashAlgorithm::sha512: return EVP_sha512();
    }
    return nullptr;
}

using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
DigestContext new_digest_context() {
    return {EVP_MD_CTX_new(), &EVP_MD_CTX_free};
}

Context oaep_context(EVP_PKEY* key, int (*start)(EVP_PKEY_CTX*)) {
    Context context(EVP_PKEY_CTX_new(key, nullptr), &EVP_PKEY_CTX_free);
    if (!context || start(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1 ||
        EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()) != 1 ||
        EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()) != 1)
        context.reset();
    return context;
}

} // namespace

std::string_view name_of(Curve curve) {
    return k_curve_names.at(static_cast<std::size_t>(curve));
}

std::optional<Curve> curve_of_name(std::string_view name) {
    for (std::size_t i = 0; i < k_curve_names.size(); ++i)
        if (k_curve_names.at(i) == name) return static_cast<Curve>(i);
    return std::nullopt;
}

std::size_t coordinate_size(Curve curve) {
    return k_coordinate_sizes.at(static_cast<std::size_t>(curve));
}

PublicKey::PublicKey(evp_pkey_st* key) : key_(key, &EVP_PKEY_free) {}

Result<PublicKey> PublicKey::from_point(const Point& point) {
    const auto size = coordinate_size(point.curve);
    if (point.x.size() != size || point.y.size() != size)
        return fail(Code::invalid_argument, "a point of {} has coordinates of {} bytes", name_of(point.curve),
                    size);
    const std::string encoded = k_uncompressed + point.x + point.y;
    const ParamBuilder builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                    k_group_names.at(static_cast<std::size_t>(point.curve)), 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size());
    const Params params(OSSL_PARAM_BLD_to_param(builder.get()), &OSSL_PARAM_free);
    EVP_PKEY* key = make_key("EC", params.get());
    if (key == nullptr) {
        ERR_clear_error();
        return fail(Code::invalid_argument, "not a point of {}", name_of(point.curve));
    }
    return PublicKey(key);
}

Result<PublicKey> PublicKey::from_rsa(const RsaNumbers& numbers) {
    const auto modulus = number_of(numbers.modulus);
    const auto exponent = number_of(numbers.exponent);
    const int bits = modulus ? BN_num_bits(modulus.get()) : 0;
    if (bits < 2048 || bits > 8192) return fail(Code::invalid_argument, "an RSA modulus of {} bits", bits);
    if (!exponent || BN_is_odd(exponent.get()) != 1 || BN_num_bits(exponent.get()) < 2 ||
        BN_num_bits(exponent.get()) > 64)
        return fail(Code::invalid_argument, "an RSA exponent that is even or out of range");
    const ParamBuilder builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
    const Params params(OSSL_PARAM_BLD_to_param(builder.get()), &OSSL_PARAM_free);
    EVP_PKEY* key = make_key("RSA", params.get());
    if (key == nullptr) return fail(Code::invalid_argument, "not an RSA key");
    return PublicKey(key);
}

Result<PublicKey> PublicKey::from_ed25519(std::string_view bytes) {
    EVP_PKEY* key = bytes.size() == 32 ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                                                     bytes_of(bytes), bytes.size())
                                       : nullptr;
    if (key == nullptr) return fail(Code::invalid_argument, "not an Ed25519 key");
    return PublicKey(key);
}

Result<PublicKey> PublicKey::parse(std::string_view bytes) {
    EVP_PKEY* key = nullptr;
    if (bytes.size() <= k_max_pem) {
        const auto bio = reader_of(bytes);
        key = bytes.contains("-----BEGIN") ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr)
                                           : d2i_PUBKEY_bio(bio.get(), nullptr);
    }
    ERR_clear_error();
    if (key == nullptr) return fail(Code::invalid_argument, "not a public key in PEM or DER");
    PublicKey parsed(key);
    if (has_curve_of_its_own(key))
        return fail(Code::invalid_argument, "a public key with a curve of its own instead of a name");
    return parsed;
}

std::optional<Point> PublicKey::point() const {
    return point_of(key_.get());
}

std::optional<RsaNumbers> PublicKey::rsa() const {
    if (EVP_PKEY_is_a(key_.get(), "RSA") != 1) return std::nullopt;
    return RsaNumbers{number_parameter(key_.get(), OSSL_PKEY_PARAM_RSA_N),
                      number_parameter(key_.get(), OSSL_PKEY_PARAM_RSA_E)};
}

bool PublicKey::is_ed25519() const {
    return EVP_PKEY_is_a(key_.get(), "ED25519") == 1;
}

std::string PublicKey::spki() const {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key_.get(), &der);
    if (size <= 0) return {};
    std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return text;
}

Status PublicKey::verify_ecdsa(HashAlgorithm hash, std::string_view message,
                               std::string_view signature) const {
    const auto curve = curve_of(key_.get());
    if (!curve) return fail(Code::invalid_argument, "not an EC key");
    if (signature.size() != 2 * coordinate_size(*curve))
        return fail(Code::permission_denied, "a signature of {} bytes", signature.size());
    const auto der = der_of_ecdsa(signature);
    const auto context = new_digest_context();
    if (!der || !context ||
        EVP_DigestVerifyInit(context.get(), nullptr, method_of(hash), nullptr, key_.get()) != 1)
        return fail(Code::internal, "cannot verify an ECDSA signature");
    const int verdict =
        EVP_DigestVerify(context.get(), bytes_of(*der), der->size(), bytes_of(message), message.size());
    ERR_clear_error();
    if (verdict != 1) return fail(Code::permission_denied, "the signature does not verify");
    return {};
}

Status PublicKey::verify_ed25519(std::string_view message, std::string_view signature) const {
    if (!is_ed25519()) return fail(Code::invalid_argument, "not an Ed25519 key");
    const auto context = new_digest_context();
    if (!context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1)
        return fail(Code::internal, "cannot verify an Ed25519 signature");
    const int verdict = EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                                         bytes_of(message), message.size());
    ERR_clear_error();
    if (verdict != 1) return fail(Code::permission_denied, "the signature does not verify");
    return {};
}

Result<std::string> PublicKey::encrypt_oaep_sha256(const Secret& message) const {
    if (EVP_PKEY_is_a(key_.get(), "RSA") != 1) return fail(Code::invalid_argument, "not an RSA key");
    const auto context = oaep_context(key_.get(), &EVP_PKEY_encrypt_init);
    std::size_t size = 0;
    if (!context || EVP_PKEY_encrypt(context.get(), nullptr, &size, message.data(), message.size()) != 1)
        return fail(Code::internal, "RSA-OAEP failed to encrypt");
    std::string out(size, '\0');
    if (EVP_PKEY_encrypt(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, message.data(),
                         message.size()) != 1)
        return fail(Code::internal, "RSA-OAEP failed to encrypt");
    out.resize(size);
    return out;
}

PrivateKey::PrivateKey(evp_pkey_st* key) : key_(key, &EVP_PKEY_free) {}

Result<PrivateKey> PrivateKey::generate(Curve curve) {
    EVP_PKEY* key = EVP_EC_gen(k_group_names.at(static_cast<std::size_t>(curve)));
    if (key == nullptr) return fail(Code::internal, "cannot generate a key on {}", name_of(curve));
    return PrivateKey(key);
}

Result<PrivateKey> PrivateKey::generate_rsa(unsigned bits) {
    EVP_PKEY* key = EVP_RSA_gen(bits);
    if (key == nullptr) return fail(Code::internal, "cannot generate an RSA key of {} bits", bits);
    return PrivateKey(key);
}

Result<PrivateKey> PrivateKey::parse_pem(std::string_view text) {
    EVP_PKEY* key = nullptr;
    if (text.size() <= k_max_pem) {
        const auto bio = reader_of(text);
        key = PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr);
    }
    ERR_clear_error();
    if (key == nullptr) return fail(Code::invalid_argument, "not a private key in PEM form");
    PrivateKey parsed(key);
    if (has_curve_of_its_own(key))
        return fail(Code::invalid_argument, "a private key with a curve of its own instead of a name");
    return parsed;
}

Result<Secret> PrivateKey::pem() const {
    const Bio bio(BIO_new(BIO_s_secmem()), &BIO_free);
    char* text = nullptr;
    if (!bio ||
        PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return fail(Code::internal, "cannot write a private key");
    const auto size = BIO_get_mem_data(bio.get(), &text);
    return Secret::copy_of({text, static_cast<std::size_t>(size)});
}

Result<PublicKey> PrivateKey::public_key() const {
    if (const auto point = point_of(key_.get())) return PublicKey::from_point(*point);
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key_.get(), &der);
    if (size <= 0) return fail(Code::internal, "cannot take the public part of a key");
    const std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return PublicKey::parse(text);
}

Result<std::string> PrivateKey::sign_ecdsa(HashAlgorithm hash, std::string_view message) const {
    const auto curve = curve_of(key_.get());
    if (!curve) return fail(Code::invalid_argument, "not an EC key");
    const auto context = new_digest_context();
    std::array<unsigned char, 160> der{};
    std::size_t size = der.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, method_of(hash), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), der.data(), &size, bytes_of(message), message.size()) != 1)
        return fail(Code::internal, "cannot sign");
    auto signature = ecdsa_of_der({reinterpret_cast<const char*>(der.data()), size}, coordinate_size(*curve));
    if (!signature) return fail(Code::internal, "cannot read a signature just made");
    return signature;
}

Result<std::string> PrivateKey::sign_ed25519(std::string_view message) const {
    if (EVP_PKEY_is_a(key_.get(), "ED25519") != 1) return fail(Code::invalid_argument, "not an Ed25519 key");
    const auto context = new_digest_context();
    std::string signature(64, '\0');
    std::size_t size = signature.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       bytes_of(message), message.size()) != 1)
        return fail(Code::internal, "cannot sign");
    return signature;
}

Result<Secret> PrivateKey::agree(const PublicKey& peer) const {
    const auto curve = curve_of(key_.get());
    if (!curve || curve_of(peer.native()) != curve)
        return fail(Code::invalid_argument, "keys of one curve are needed to agree on a secret");
    const Context context(EVP_PKEY_CTX_new(key_.get(), nullptr), &EVP_PKEY_CTX_free);
    auto shared = Secret::of_size(coordinate_size(*curve));
    std::size_t size = shared.size();
    if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
        EVP_PKEY_derive_set_peer_ex(context.get(), peer.native(), 1) != 1 ||
        EVP_PKEY_derive(context.get(), shared.data(), &size) != 1 || size != shared.size())
        return fail(Code::internal, "ECDH failed");
    return shared;
}

Result<Secret> PrivateKey::decrypt_oaep_sha256(std::string_view message) const {
    const auto context = oaep_context(key_.get(), &EVP_PKEY_decrypt_init);
    std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key_.get()));
    auto out = Secret::of_size(size);
    if (!context ||
        EVP_PKEY_decrypt(context.get(), out.data(), &size, bytes_of(message), message.size()) != 1) {
        ERR_clear_error();
        return fail(Code::permission_denied, "not encrypted for this key");
    }
    return Secret::copy_of(out.view().substr(0, size));
}

} // namespace redoubt::crypto
