// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "node-daemon/image/registry_login.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {

Task<void> check_login(Node& node, LoginRequest request) {
    image::PullOptions options;
    options.credentials = std::move(request.credentials);
    options.is_insecure =
        request.is_insecure || std::ranges::contains(node.settings.insecure_registries, request.registry);
    options.ca_certificates = std::move(request.ca_certificates);
    co_return co_await image::check_login(std::move(request.registry), std::move(options));
}

} // namespace redoubt::node::sandbox
