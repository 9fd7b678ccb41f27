// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <grpcpp/channel.h>

#include <chrono>
#include <memory>
#include <string>

#include "common/base/error.hpp"
#include "common/crypto/certificate.hpp"
#include "common/rpc/certificate_probe.hpp"

namespace redoubt::rpc {

inline constexpr std::uint16_t k_node_port = 7443;

/// A node somewhere else, and who we are to it.
struct RemoteTarget {
    std::string address;            ///< "HOST:PORT", an IPv6 address in brackets
    crypto::Digest fingerprint;     ///< SHA-256 of the node's self-signed certificate (DER)
    std::string client_certificate; ///< PEM
    std::string client_key;         ///< PEM (PKCS #8), not encrypted. A secret
};

/// A gRPC channel over TLS 1.3 to the node whose certificate has that fingerprint, and to nobody else.
///
/// First a handshake of our own, which sends nothing of ours, finds out who answers; another is refused here.
/// Then the channel is made with that very certificate as its only root: who takes the node's place
/// afterwards, or on any later reconnection, fails the handshake before our certificate or a request is sent.
/// Blocks for the probe (`limit`). Connections of the channel itself are made when it is used, and made again
/// when they break. Ignores proxies. Thread: any.
/// Errors: permission_denied another certificate, and which; invalid_argument an address that is none, a
/// certificate that is not the key's; those of probe_certificate().
[[nodiscard]] Result<std::shared_ptr<grpc::Channel>>
connect_pinned(const RemoteTarget& target, std::chrono::milliseconds limit = k_probe_limit);

/// The second half alone, for who has the certificate already: no probe, nobody is asked yet.
/// Errors: permission_denied the certificate has not the fingerprint; invalid_argument as above.
[[nodiscard]] Result<std::shared_ptr<grpc::Channel>> channel_to(const RemoteTarget& target,
                                                                const crypto::CertificateFacts& node);

} // namespace redoubt::rpc
