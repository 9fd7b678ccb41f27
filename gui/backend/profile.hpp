// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::gui {

/// A node on this machine.
struct SocketAddress {
    std::string path; ///< absolute

    [[nodiscard]] bool operator==(const SocketAddress&) const = default;
};

/// A node elsewhere, reached by mutual TLS.
struct RemoteAddress {
    std::string host; ///< a name or an address, of IPv6 without its brackets
    std::uint16_t port = 0;

    [[nodiscard]] bool operator==(const RemoteAddress&) const = default;
};

using Address = std::variant<SocketAddress, RemoteAddress>;

/// Reads "unix:/PATH", "unix:///PATH", "/PATH" or "HOST:PORT" ("[::1]:PORT").
/// Errors: invalid_argument, saying what is wrong with it.
[[nodiscard]] Result<Address> parse_address(std::string_view text);

/// How to reach one node, and which node it has to be.
struct Profile {
    std::string name;             ///< how people call it; unique in a file
    std::string address;          ///< as parse_address() reads it
    std::string certificate;      ///< file of the client's certificate, PEM; empty: this user's identity
    std::string key;              ///< file of the certificate's key, PEM
    std::string node_fingerprint; ///< SHA-256 of the node's certificate, 64 lower-case hex digits

    [[nodiscard]] bool operator==(const Profile&) const = default;
};

/// What a connection needs is there: a name, an address, and for a node elsewhere its fingerprint, and a key
/// if there is a certificate. Errors: invalid_argument, naming the field.
[[nodiscard]] Status check_profile(const Profile& profile);

/// A fingerprint as people write it ("AB:CD..", "sha256:abcd..") as 64 lower-case hex digits.
/// Errors: invalid_argument.
[[nodiscard]] Result<std::string> parse_fingerprint(std::string_view text);

} // namespace redoubt::gui
