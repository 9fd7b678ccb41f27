// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rpc/pinned_channel.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

namespace redoubt::rpc {
namespace {

constexpr int k_ping_every_ms = 30'000;
constexpr int k_ping_answer_ms = 10'000;
constexpr int k_most_message = 64 << 20;   ///< lists of a node with much in it
constexpr int k_longest_pause_ms = 10'000; ///< between attempts to connect again

Status check_fingerprint(const RemoteTarget& target, const crypto::CertificateFacts& node) {
    if (node.fingerprint == target.fingerprint) return {};
    return fail(Code::permission_denied,
                "{}: its fingerprint is {}, not {}\nit is another node, or somebody stands in between; "
                "nothing was sent to it",
                target.address, node.fingerprint.str(), target.fingerprint.str());
}

grpc::ChannelArguments arguments_for(const crypto::CertificateFacts& node) {
    grpc::ChannelArguments arguments;
    // The certificate is pinned: which name it is reached by means nothing.
    arguments.SetSslTargetNameOverride(node.common_name);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetMaxReceiveMessageSize(k_most_message);
    // A node that was unplugged is noticed by streams that only wait.
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, k_ping_every_ms);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, k_ping_answer_ms);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, k_longest_pause_ms);
    // Another profile of the same program may show the node another certificate.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return arguments;
}

} // namespace

Result<std::shared_ptr<grpc::Channel>> channel_to(const RemoteTarget& target,
                                                  const crypto::CertificateFacts& node) {
    RDT_CHECK(parse_address(target.address));
    RDT_CHECK(check_fingerprint(target, node));
    if (node.common_name.empty())
        return fail(Code::invalid_argument, "{}: its certificate names nobody", target.address);
    RDT_CHECK(crypto::check_pair(target.client_certificate, target.client_key)
                  .transform_error(context("our certificate for {}", target.address)));
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = node.pem;
    options.pem_cert_chain = target.client_certificate;
    options.pem_private_key = target.client_key;
    return grpc::CreateCustomChannel("dns:///" + target.address, grpc::SslCredentials(options),
                                     arguments_for(node));
}

Result<std::shared_ptr<grpc::Channel>> connect_pinned(const RemoteTarget& target,
                                                      std::chrono::milliseconds limit) {
    RDT_TRY(const auto node, probe_certificate(target.address, limit));
    return channel_to(target, node);
}

} // namespace redoubt::rpc
