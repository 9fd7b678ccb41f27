// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/remote_host.hpp"

#include "common/remote/own_identity.hpp"
#include "common/rpc/pinned_channel.hpp"

namespace redoubt::ctl {

bool is_local_host(const std::string& host) {
    return host.starts_with('/') || host.starts_with("unix:") || host.contains("://");
}

Result<std::shared_ptr<grpc::Channel>> connect_to_profile(const std::string& host) {
    RDT_TRY(const auto profiles, remote::own_profiles());
    RDT_TRY(const auto profile, profiles.find(host));
    RDT_TRY(const auto identity, remote::own_identity());
    return rpc::connect_pinned({.address = profile.address,
                                .fingerprint = profile.fingerprint,
                                .client_certificate = identity.certificate,
                                .client_key = std::string(identity.key.view())});
}

} // namespace redoubt::ctl
