// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/grpc/caller.hpp"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include <tuple>

#include "common/http/peer.hpp"
#include "common/http/url.hpp"

namespace redoubt::services::rpc {
namespace {

constexpr const char* k_tenant_key = "redoubt-tenant";

std::string text_of(const ::grpc::string_ref& reference) {
    return {reference.data(), reference.size()};
}

} // namespace

void read_peer(std::string_view name, http::Peer& peer) {
    peer.address = peer.group = std::string(name);
    if (!name.starts_with("ipv4:") && !name.starts_with("ipv6:")) return;
    const auto place = http::decode_percent(name.substr(5));
    const auto colon = place.rfind(':');
    if (colon == std::string::npos) return;
    auto host = place.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    boost::system::error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (!error) http::name_peer(address, peer);
}

Caller caller_of(const ::grpc::CallbackServerContext& context) {
    Caller caller;
    auto& peer = caller.request.peer;
    read_peer(context.peer(), peer);
    if (const auto shown = context.auth_context(); shown != nullptr && shown->IsPeerAuthenticated()) {
        const auto certificates = shown->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
        // One that cannot be read is as none: then he is nobody.
        if (certificates.size() == 1)
            std::ignore = http::name_certificate(text_of(certificates.front()), peer);
    }
    const auto& metadata = context.client_metadata();
    const auto tokens = metadata.equal_range("authorization");
    for (auto at = tokens.first; at != tokens.second; ++at)
        caller.request.headers.add("Authorization", text_of(at->second));
    const auto tenants = metadata.equal_range(k_tenant_key);
    for (auto at = tenants.first; at != tenants.second; ++at) {
        caller.is_ambiguous = at != tenants.first;
        caller.tenant = text_of(at->second);
    }
    return caller;
}

} // namespace redoubt::services::rpc
