// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/http/url.hpp"

namespace redoubt::http {

/// Which proxy leads to which host, by the conventions of http_proxy, https_proxy and no_proxy.
/// localhost and loopback addresses never go through a proxy.
struct ProxySettings {
    std::optional<Url> for_http;
    std::optional<Url> for_https;
    std::vector<std::string> exceptions; ///< "*", "host", ".domain", "host:port", "10.0.0.0/8"

    /// The proxy to use for `url`; nothing for a direct connection.
    [[nodiscard]] std::optional<Url> choose(const Url& url) const;
};

/// Looks a variable up; empty when it is not set.
using EnvironmentFn = std::function<std::string(const char* name)>;

/// Reads the variables, lower-case spelling first. Errors: invalid_argument naming a variable that is no
/// proxy URL; unimplemented for a proxy that is itself reached over TLS or SOCKS.
[[nodiscard]] Result<ProxySettings> proxies_from(const EnvironmentFn& environment);
/// The same from the process's environment.
[[nodiscard]] Result<ProxySettings> proxies_from_environment();

} // namespace redoubt::http
