// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/crypto/ecdsa_der.hpp"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>

#include <memory>

namespace redoubt::crypto {
namespace {

constexpr std::size_t k_largest = 66; // P-521
using Signature = std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)>;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

Number number_of(std::string_view bytes) {
    return {BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()),
                      nullptr),
            &BN_free};
}

std::string render(const ECDSA_SIG* signature) {
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(signature, &der);
    if (size <= 0) return {};
    std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return text;
}

} // namespace

Result<std::string> der_of_ecdsa(std::string_view signature) {
    const auto half = signature.size() / 2;
    if (signature.empty() || signature.size() % 2 != 0 || half > k_largest)
        return fail(Code::invalid_argument, "an ECDSA signature of {} bytes", signature.size());
    auto r = number_of(signature.substr(0, half));
    auto s = number_of(signature.substr(half));
    const Signature pair(ECDSA_SIG_new(), &ECDSA_SIG_free);
    if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1)
        return fail(Code::internal, "render an ECDSA signature");
    [[maybe_unused]] const auto* taken_r = r.release(); // the pair's now
    [[maybe_unused]] const auto* taken_s = s.release();
    auto der = render(pair.get());
    if (der.empty()) return fail(Code::internal, "render an ECDSA signature");
    return der;
}

Result<std::string> ecdsa_of_der(std::string_view der, std::size_t coordinate_size) {
    const auto broken = fail(Code::invalid_argument, "not an ECDSA signature in DER");
    if (der.size() > 2 * k_largest + 16) return broken;
    const auto* place = reinterpret_cast<const unsigned char*>(der.data());
    const Signature pair(d2i_ECDSA_SIG(nullptr, &place, static_cast<long>(der.size())), &ECDSA_SIG_free);
    if (!pair || render(pair.get()) != der) return broken; // one form, and nothing behind it
    std::string signature(2 * coordinate_size, '\0');
    auto* out = reinterpret_cast<unsigned char*>(signature.data());
    const int size = static_cast<int>(coordinate_size);
    if (BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, size) != size ||
        BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + coordinate_size, size) != size)
        return fail(Code::invalid_argument, "an ECDSA signature of another curve");
    return signature;
}

} // namespace redoubt::crypto
