// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <string>

#include "common/base/error.hpp"
#include "common/crypto/certificate.hpp"

namespace redoubt::rpc {

inline constexpr std::chrono::seconds k_probe_limit{10};

struct HostAndPort {
    std::string host; ///< a name or an address, without brackets
    std::string port; ///< decimal digits
};

/// "HOST:PORT", with an IPv6 address in brackets. Errors: invalid_argument.
[[nodiscard]] Result<HostAndPort> parse_address(const std::string& address);

/// The certificate that whoever answers at "HOST:PORT" shows in a TLS 1.3 handshake, whose key he has proved
/// to have. Nothing is sent to him but the handshake; no certificate of ours. Blocks for `limit` at most,
/// names looked up beforehand not counted. Thread: any.
/// Errors: invalid_argument no such address; unavailable nobody answers, or not in TLS 1.3;
/// deadline_exceeded.
[[nodiscard]] Result<crypto::CertificateFacts> probe_certificate(const std::string& address,
                                                                 std::chrono::milliseconds limit);

} // namespace redoubt::rpc
