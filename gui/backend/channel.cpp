// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/channel.hpp"

#include <grpcpp/grpcpp.h>

namespace redoubt::gui {
namespace {

constexpr int k_most_message = 64 << 20;

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

} // namespace

Result<std::shared_ptr<grpc::Channel>> open_channel(const Profile& profile) {
    RDT_CHECK(check_profile(profile));
    RDT_TRY(const auto address, parse_address(profile.address));
    if (const auto* socket = std::get_if<SocketAddress>(&address))
        return grpc::CreateCustomChannel("unix:" + socket->path, grpc::InsecureChannelCredentials(),
                                         arguments());
    return fail(Code::unimplemented, "connect to {}: nodes elsewhere are not implemented", profile.address);
}

} // namespace redoubt::gui
