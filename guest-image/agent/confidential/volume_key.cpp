// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/confidential/volume_key.hpp"

#include <string_view>
#include <utility>

#include "common/crypto/aead.hpp"

namespace redoubt::guest::confidential {
namespace {

constexpr std::string_view k_seal_label = "redoubt volume 1 seal ";
constexpr std::string_view k_disk_label = "redoubt volume 1 disk ";
constexpr std::size_t k_seal_key_size = 32;
constexpr std::size_t k_disk_key_size = 64 + 32; // XTS takes two keys, then the HMAC's

class BrokeredKey final : public mount::VolumeKey {
  public:
    BrokeredKey(crypto::Secret secret, std::string uri) : secret_(std::move(secret)), uri_(std::move(uri)) {}

    Result<std::string> seal(std::string_view salt, std::string_view bytes) const override {
        RDT_TRY(const auto key, derive(salt, k_seal_label, k_seal_key_size));
        return crypto::hmac_sha256(key.view(), bytes);
    }

    Status check_seal(std::string_view salt, std::string_view bytes, std::string_view seal) const override {
        RDT_TRY(const auto expected, this->seal(salt, bytes));
        if (crypto::equal_in_constant_time(expected, seal)) return {};
        return fail(Code::permission_denied,
                    "its header was not sealed with {}: it is another volume's, or was changed",
                    uri_.substr(0, 200));
    }

    Result<std::string> disk_key(std::string_view salt) const override {
        RDT_TRY(const auto key, derive(salt, k_disk_label, k_disk_key_size));
        constexpr std::string_view k_digits = "0123456789abcdef";
        std::string hex;
        hex.reserve(2 * k_disk_key_size); // growing would leave copies behind
        for (const char byte : key.view()) {
            hex += k_digits[static_cast<unsigned char>(byte) >> 4U];
            hex += k_digits[static_cast<unsigned char>(byte) & 15U];
        }
        return hex;
    }

  private:
    Result<crypto::Secret> derive(std::string_view salt, std::string_view label, std::size_t size) const {
        return crypto::hkdf_sha256(secret_.view(), salt, std::string(label) + uri_, size);
    }

    crypto::Secret secret_;
    std::string uri_;
};

} // namespace

Result<std::unique_ptr<mount::VolumeKey>> make_volume_key(crypto::Secret secret, std::string uri) {
    if (secret.size() < k_min_volume_key || secret.size() > k_max_volume_key)
        return fail(Code::invalid_argument, "{}: {} bytes are no key of a volume: {} to {} are",
                    uri.substr(0, 200), secret.size(), k_min_volume_key, k_max_volume_key);
    return std::unique_ptr<mount::VolumeKey>(
        std::make_unique<BrokeredKey>(std::move(secret), std::move(uri)));
}

} // namespace redoubt::guest::confidential
