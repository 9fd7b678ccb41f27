// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/remote_gate.hpp"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include <boost/asio/post.hpp>

#include "node-daemon/api/method_needs.hpp"
#include "node-daemon/api/request_object.hpp"

namespace redoubt::node::api {
namespace {

/// "ipv6:%5B::1%5D:4711" is for programs.
std::string readable(std::string peer) {
    for (const auto& [from, to] : {std::pair("%5B", "["), std::pair("%5D", "]"), std::pair("%25", "%")})
        if (const auto place = peer.find(from); place != std::string::npos) peer.replace(place, 3, to);
    if (peer.starts_with("ipv4:") || peer.starts_with("ipv6:")) return peer.substr(5);
    return peer;
}

} // namespace

std::string certificate_of(const grpc::AuthContext& shown) {
    const auto values = shown.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
    if (values.size() != 1) return {};
    return {values.front().data(), values.front().size()};
}

Result<Admission> RemoteGate::admit(const grpc::CallbackServerContext& context,
                                    const google::protobuf::Message& request) {
    access::Peer peer{.address = readable(context.peer()), .certificate = {}};
    if (const auto shown = context.auth_context(); shown != nullptr)
        peer.certificate = certificate_of(*shown);
    // A method that is not in the table is nobody's.
    const auto known = need_of(*request.GetDescriptor()).value_or(MethodNeed{"unknown", access::Need::local});
    access::Operation operation{known.method, known.need, object_of(request)};
    RDT_TRY(auto caller, access_.admit(peer, operation));
    return Admission(caller, [this, caller, operation](const grpc::Status& status, std::string object) {
        access::Outcome outcome{std::string(name_of(static_cast<Code>(status.error_code()))),
                                status.error_message()};
        if (status.ok()) outcome.code = "OK";
        auto ended = operation;
        if (!object.empty()) ended.object = std::move(object);
        asio::post(pool_, [&access = access_, caller, ended = std::move(ended),
                           outcome = std::move(outcome)] { access.note_end(caller, ended, outcome); });
    });
}

} // namespace redoubt::node::api
