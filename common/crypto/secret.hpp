// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/error.hpp"

namespace redoubt::crypto {

/// Bytes that are wiped when they go: keys, passphrases, released values. Moves, never copies by itself; has
/// no formatter and no operator==.
class Secret {
  public:
    Secret() = default;
    /// Takes the bytes over; the string they came in is wiped.
    explicit Secret(std::string&& bytes);
    /// That many zero bytes, to be filled through data().
    static Secret of_size(std::size_t size) { return Secret(std::string(size, '\0')); }
    /// A copy, where one is meant.
    static Secret copy_of(std::string_view bytes) { return Secret(std::string(bytes)); }

    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { wipe(); }

    /// Lifetime: borrows this.
    [[nodiscard]] std::string_view view() const { return bytes_; }
    [[nodiscard]] unsigned char* data() { return reinterpret_cast<unsigned char*>(bytes_.data()); }
    [[nodiscard]] const unsigned char* data() const {
        return reinterpret_cast<const unsigned char*>(bytes_.data());
    }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    void wipe();

  private:
    std::string bytes_;
};

/// Overwrites the bytes of a string in a way the compiler keeps, then empties it.
void wipe(std::string& bytes);

/// Whether both are the same, in a time that depends on their lengths only.
[[nodiscard]] bool equal_in_constant_time(std::string_view left, std::string_view right);

/// Bytes from the system's random number generator. Errors: internal.
[[nodiscard]] Result<std::string> random_bytes(std::size_t size);
[[nodiscard]] Result<Secret> random_secret(std::size_t size);

} // namespace redoubt::crypto
