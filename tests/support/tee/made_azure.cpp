// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/support/tee/made_azure.hpp"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "common/tee/evidence/hash.hpp"
#include "tests/support/tee/authority.hpp"

namespace redoubt::tests {
namespace {

constexpr std::size_t k_runtime_offset = 0x4C0; // of the runtime data's header

std::string little(std::uint32_t value) {
    std::string bytes;
    for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>((value >> shift) & 255U);
    return bytes;
}

std::string big(std::uint64_t value, std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[size - 1 - i] = static_cast<char>((value >> (8 * i)) & 255U);
    return bytes;
}

std::string sized(std::string_view bytes) {
    return big(bytes.size(), 2) + std::string(bytes);
}

std::string sha256(std::string_view bytes) {
    return require(tee::hash_of(tee::Hash::sha256, {bytes}));
}

std::string sign_rsassa(const crypto::PrivateKey& key, std::string_view message) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
    std::size_t size = 512;
    std::string signature(size, '\0');
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.native()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                       message.size()) != 1)
        std::abort();
    signature.resize(size);
    return signature;
}

} // namespace

std::string make_runtime_data(const crypto::PrivateKey& attestation_key, std::string_view user_data) {
    const auto numbers = require(attestation_key.public_key()).rsa().value();
    return std::format(
        R"({{"keys":[{{"kid":"HCLAkPub","key_ops":["sign"],"kty":"RSA","e":"{}","n":"{}"}}],"user-data":"{}"}})",
        encoding::to_base64(numbers.exponent, encoding::Base64::url),
        encoding::to_base64(numbers.modulus, encoding::Base64::url), encoding::to_hex(user_data));
}

std::string make_local_report(std::string_view td_body) {
    // Of the body: attributes to RTMR3 at 120, report data at 520.
    std::string report(1024, '\0');
    report[0] = '\x81';
    report.replace(128, 64, td_body.substr(520, 64));
    report.replace(512, 400, td_body.substr(120, 400));
    report.replace(80, 48, require(tee::hash_of(tee::Hash::sha384, {std::string_view(report).substr(512)})));
    return report;
}

std::string make_hcl_report(const HclSpec& spec) {
    std::string report = "HCLA" + little(2);
    report.resize(0x20, '\0');
    report += spec.hardware_report;
    report.resize(k_runtime_offset, '\0');
    const auto size = static_cast<std::uint32_t>(spec.runtime_data.size());
    report += little(size + 20) + little(1) + little(spec.type) + little(spec.hash) + little(size);
    report += spec.runtime_data;
    report.resize(2600, '\0');
    return report;
}

PcrBank make_pcrs() {
    PcrBank pcrs;
    for (std::size_t i = 0; i < pcrs.size(); ++i) pcrs.at(i) = std::string(32, static_cast<char>(i));
    return pcrs;
}

MadeQuote make_tpm_quote(const crypto::PrivateKey& attestation_key, std::string_view nonce,
                         const PcrBank& pcrs, std::uint32_t selected) {
    std::string all;
    for (std::size_t i = 0; i < pcrs.size(); ++i)
        if (((selected >> i) & 1U) != 0) all += pcrs.at(i);
    // TPMS_ATTEST of a quote: TPM 2.0 part 2, 10.12.
    MadeQuote quote;
    quote.message =
        big(0xFF544347, 4) + big(0x8018, 2) + sized(big(0x000B, 2) + std::string(32, 'N')) + sized(nonce);
    quote.message += big(1, 8) + big(1, 4) + big(0, 4) + big(1, 1) + big(1, 8);
    quote.message +=
        big(1, 4) + big(0x000B, 2) + big(3, 1) + little(selected).substr(0, 3) + sized(sha256(all));
    quote.signature = sign_rsassa(attestation_key, quote.message);
    return quote;
}

} // namespace redoubt::tests
