// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/proxy.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <cstdlib>
#include <string_view>

#include "common/http/loopback.hpp"

namespace redoubt::http {
namespace {

namespace ip = boost::asio::ip;

std::optional<ip::address> parse_address(const std::string& host) {
    boost::system::error_code error;
    auto address = ip::make_address(host, error);
    if (error) return std::nullopt;
    return address;
}

bool is_here(const std::string& host) {
    return host.ends_with(".localhost") || is_loopback(host);
}

bool is_in_network(const ip::address& address, const std::string& text) {
    boost::system::error_code error;
    if (address.is_v4()) {
        const auto network = ip::make_network_v4(text, error);
        if (error) return false;
        return ip::make_network_v4(address.to_v4(), network.prefix_length()).canonical() ==
               network.canonical();
    }
    const auto network = ip::make_network_v6(text, error);
    if (error) return false;
    return ip::make_network_v6(address.to_v6(), network.prefix_length()).canonical() == network.canonical();
}

bool is_match(const Url& url, std::string_view exception) {
    if (exception == "*") return true;
    if (exception.find('/') != std::string_view::npos) {
        const auto address = parse_address(url.host);
        return address && is_in_network(*address, std::string(exception));
    }
    if (url.endpoint() == exception || url.host == exception) return true;
    if (exception.starts_with("*.")) exception.remove_prefix(1);
    if (exception.starts_with('.')) return url.host.ends_with(exception) || url.host == exception.substr(1);
    return !exception.empty() && url.host.ends_with("." + std::string(exception));
}

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> items;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        auto end = text.find(',', begin);
        if (end == std::string::npos) end = text.size();
        auto item = text.substr(begin, end - begin);
        item.erase(0, item.find_first_not_of(" \t"));
        item.erase(item.find_last_not_of(" \t") + 1);
        if (!item.empty()) items.push_back(std::move(item));
        begin = end + 1;
    }
    return items;
}

std::string look_up(const EnvironmentFn& environment, const char* lower, const char* upper) {
    auto value = environment(lower);
    return value.empty() ? environment(upper) : value;
}

Result<std::optional<Url>> parse_proxy(const char* name, const std::string& value) {
    if (value.empty()) return std::nullopt;
    const bool has_scheme = value.find("://") != std::string::npos;
    if (has_scheme && !value.starts_with("http://"))
        return fail(Code::unimplemented, "{}: only proxies that start with http:// are supported", name);
    auto url = parse_url(has_scheme ? value : "http://" + value);
    if (!url) return std::unexpected(url.error().within(name));
    return *std::move(url);
}

} // namespace

std::optional<Url> ProxySettings::choose(const Url& url) const {
    const auto& proxy = url.is_tls() ? for_https : for_http;
    if (!proxy || is_here(url.host)) return std::nullopt;
    for (const auto& exception : exceptions) {
        if (is_match(url, exception)) return std::nullopt;
    }
    return proxy;
}

Result<ProxySettings> proxies_from(const EnvironmentFn& environment) {
    ProxySettings settings;
    RDT_TRY(settings.for_http, parse_proxy("http_proxy", look_up(environment, "http_proxy", "HTTP_PROXY")));
    RDT_TRY(settings.for_https,
            parse_proxy("https_proxy", look_up(environment, "https_proxy", "HTTPS_PROXY")));
    settings.exceptions = split_list(look_up(environment, "no_proxy", "NO_PROXY"));
    return settings;
}

Result<ProxySettings> proxies_from_environment() {
    return proxies_from([](const char* name) {
        const char* value =
            std::getenv(name); // NOLINT(concurrency-mt-unsafe): nothing here sets the environment
        return std::string(value == nullptr ? "" : value);
    });
}

} // namespace redoubt::http
