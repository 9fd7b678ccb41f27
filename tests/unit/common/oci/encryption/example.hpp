// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A layer encrypted by another program: python's `cryptography` 48, from key 00..1f, nonce f0*8 ff*8 (whose
/// count carries over), wrapping key 64..83, iv 00..0b.

#include <string>
#include <string_view>

#include "common/crypto/secret.hpp"
#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"

namespace redoubt::oci::encryption::example {

inline constexpr std::string_view k_plain = "a layer that is longer than one block of the cipher";
inline constexpr std::string_view k_plain_digest =
    "sha256:16c4a6633317f6281f0d0c6936fd3ff69f411ab3942aeb84da3de36a2a1108ef";

inline std::string bytes_from(unsigned char first, std::size_t count) {
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(first + i);
    return bytes;
}
inline crypto::Secret key() {
    return crypto::Secret(bytes_from(0, 32));
}
inline crypto::Secret wrapping_key() {
    return crypto::Secret(bytes_from(100, 32));
}
inline std::string nonce() {
    return std::string(8, '\xf0') + std::string(8, '\xff');
}
inline std::string iv() {
    return bytes_from(0, 12);
}
inline std::string ciphertext() {
    return encoding::from_hex(
               "aeeb3ea200fe748e8339926b81d2b3dec0bc1e5dac17b7321095730a4d7ab179dae55247cd06f421bc253bf9a1ee"
               "49aaf5eeac")
        .value();
}
inline std::string hmac() {
    return encoding::from_hex("c84904acdbf0d924f7fed45e6cbb2f3ee5fd1cbafa1c7ff5c872ff83bdfb5eb7").value();
}
/// As Go's ocicrypt writes the private options.
inline std::string wrapped() {
    return encoding::from_base64(
               "5IlLNdAmpJC/KbyJ19/L855Ge9JKYJlmln2lTxLcDqTId56RRWdXjNCIuKpUhCcPrDe7+QrbVCC4nGbHpQxvhP04"
               "mawB7F5y/tywmQqUE6viDTTAO7OD7e1eNkUlbpaz1bsKCbnougOT1AoGAbzqJYewopxd0+Mr+Jf0LcdvU3im0OfF"
               "pFIQbtyd3w7K2ZiW/dSIrd0yTipamNtxJAjAPU+VvAbKlO2jIyEwca01t86A9CUiL9i/nJ8bK5DQQJXu375GS6Qh"
               "uTrqpKvTdrOmlQY=")
        .value();
}
/// With spaces, another order, members that nobody knows, and no digest.
inline std::string wrapped_loosely() {
    return encoding::from_base64(
               "5IlbJc0lpJvyY+qh+fT7kNM3RrJDbL5GojDTK3HUEaTHDpyQWhJSjq3+z8I5wGln+2+ojF/BRSK2023cp0sm0P0g"
               "xvNJrx8+pY3k1kuaUr+Vf0KwS/O0nZ0BZGpWW8mcp8MJcJv0yDewin41c9+CHKLB8MkoyvEtiMuocdYnFmn02LLB"
               "5hcCbJnZ3w7ImInEr5Gh84FmXGdNycNrMV/CPlyrpHub0xD49KSeKJrrOsDvIEU=")
        .value();
}

} // namespace redoubt::oci::encryption::example
