// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/sealed_disk.hpp"

#include <array>
#include <cstring>
#include <string_view>

#include "common/base/unwind.hpp"
#include "guest-image/agent/mount/device_mapper.hpp"
#include "guest-image/agent/mount/integrity_disk.hpp"
#include "guest-image/agent/mount/new_ext4.hpp"

namespace redoubt::guest::mount {

namespace {

constexpr std::size_t k_key_size = 64 + 32; // XTS takes two keys, then the HMAC's

/// A key in hex that is gone from memory when this is.
class Key {
  public:
    static Result<Key> draw() {
        Key key;
        std::array<char, k_key_size> bytes{};
        auto drawn = draw_bytes(bytes);
        constexpr std::string_view k_digits = "0123456789abcdef";
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const auto byte = static_cast<unsigned char>(bytes.at(i));
            key.hex_.at(2 * i) = k_digits[byte >> 4U];
            key.hex_.at(2 * i + 1) = k_digits[byte & 15U];
        }
        ::explicit_bzero(bytes.data(), bytes.size());
        if (!drawn) return std::unexpected(drawn.error());
        return key;
    }
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;
    Key(Key&& other) noexcept : hex_(other.hex_) { ::explicit_bzero(other.hex_.data(), other.hex_.size()); }
    Key& operator=(Key&&) = delete;
    ~Key() { ::explicit_bzero(hex_.data(), hex_.size()); }

    [[nodiscard]] std::string_view text() const { return {hex_.data(), hex_.size()}; }

  private:
    Key() = default;
    std::array<char, 2 * k_key_size> hex_{};
};

} // namespace

Result<std::string> create_sealed_disk(const std::string& name, const std::string& disk) {
    const auto lower = integrity_name(name);
    Unwind undo;
    // Tags are written with the data at once: nothing is to outlive a crash of the guest.
    RDT_TRY(const auto integrity,
            format_integrity(lower, {.device = disk, .start_bytes = 0, .writes = TagWrites::direct}));
    undo.push([&lower] { auto ignored = remove_device(lower); });
    RDT_TRY(const auto key, Key::draw());
    RDT_TRY(auto device, open_crypt(name, integrity, key.text()));
    undo.push([&name] { auto ignored = remove_device(name); });
    RDT_CHECK(make_ext4_on(device, Ext4Journal::none));
    undo.commit();
    return device;
}

} // namespace redoubt::guest::mount
