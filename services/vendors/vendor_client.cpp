// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/vendors/vendor_client.hpp"

#include <algorithm>
#include <utility>

namespace redoubt::services::vendors {
namespace {

using namespace std::chrono_literals;

http::ClientOptions options_of(const FetchSettings& settings, http::ProxySettings proxies) {
    http::ClientOptions options;
    options.authorities =
        settings.authorities.empty() ? http::TlsAuthorities::system_and_given : http::TlsAuthorities::given;
    options.ca_certificates = settings.authorities;
    options.proxies = std::move(proxies);
    const auto step = std::min<Duration>(settings.timeout, 10s);
    options.deadlines = {.connect = step, .handshake = step, .idle = settings.timeout};
    options.limits.body_bytes = settings.answer_bytes;
    options.max_redirects = 0; // nobody but whom the configuration names is asked
    return options;
}

} // namespace

VendorClient::VendorClient(const FetchSettings& settings, http::ProxySettings proxies)
    : timeout_(settings.timeout), client_(options_of(settings, std::move(proxies))) {}

Task<http::Response> VendorClient::get(std::string url) {
    http::Request request;
    request.url = url;
    co_return co_await within(timeout_, std::move(url), client_.send(std::move(request)));
}

} // namespace redoubt::services::vendors
