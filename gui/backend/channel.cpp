// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/channel.hpp"

#include <grpcpp/grpcpp.h>

#include "common/base/file.hpp"
#include "common/crypto/certificate.hpp"
#include "common/remote/own_identity.hpp"
#include "common/rpc/pinned_channel.hpp"

namespace redoubt::gui {
namespace {

constexpr int k_most_message = 64 << 20;
constexpr std::size_t k_most_pem = 64U << 10U;
constexpr std::chrono::seconds k_probe_limit{5};

/// Who decides when to try again is NodeConnection: the channel itself is quick about it.
grpc::ChannelArguments arguments() {
    grpc::ChannelArguments out;
    out.SetMaxReceiveMessageSize(k_most_message);
    out.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
    out.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 200);
    out.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
    out.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return out;
}

Result<std::shared_ptr<grpc::Channel>> reach(const Profile& profile) {
    RDT_TRY(auto fingerprint, crypto::parse_fingerprint(profile.node_fingerprint));
    rpc::RemoteTarget target{.address = profile.address,
                             .fingerprint = std::move(fingerprint),
                             .client_certificate = {},
                             .client_key = {}};
    if (profile.certificate.empty()) {
        RDT_TRY(const auto identity, remote::own_identity());
        target.client_certificate = identity.certificate;
        target.client_key = identity.key.view();
    } else {
        RDT_TRY(
            target.client_certificate,
            read_file(profile.certificate, k_most_pem).transform_error(context("the client's certificate")));
        RDT_TRY(target.client_key,
                read_file(profile.key, k_most_pem).transform_error(context("the client's key")));
    }
    return rpc::connect_pinned(target, k_probe_limit);
}

} // namespace

Result<std::shared_ptr<grpc::Channel>> open_channel(const Profile& profile) {
    RDT_CHECK(check_profile(profile));
    RDT_TRY(const auto address, parse_address(profile.address));
    if (const auto* socket = std::get_if<SocketAddress>(&address))
        return grpc::CreateCustomChannel("unix:" + socket->path, grpc::InsecureChannelCredentials(),
                                         arguments());
    return reach(profile);
}

} // namespace redoubt::gui
