// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/result.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <format>

#include "common/encoding/json.hpp"

namespace redoubt::node::network::cni {
namespace {

constexpr json::Limits k_limits{.max_bytes = 1U << 20U, .max_depth = 24};
constexpr std::size_t k_most = 256; // interfaces, addresses, name servers
constexpr std::size_t k_longest_words = 400;

bool is_address(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return ::inet_pton(text.contains(':') ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) == 1;
}

bool is_prefixed_address(const std::string& text) {
    const auto slash = text.find('/');
    if (slash == std::string::npos || !is_address(text.substr(0, slash))) return false;
    unsigned prefix = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, prefix);
    return error == std::errc() && stop == end && prefix <= (text.contains(':') ? 128U : 32U);
}

/// A word of a resolv.conf: nothing that could begin another line.
bool is_word(const std::string& text) {
    return !text.empty() && text.size() <= 255 &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
}

Result<std::vector<json::Node>> bounded(const json::Node& list) {
    RDT_TRY(auto nodes, list.array_or_empty());
    if (nodes.size() > k_most)
        return list.wrong(std::format("{} of them; the most is {}", nodes.size(), k_most));
    return nodes;
}

Result<ResultInterface> parse_interface(const json::Node& node) {
    ResultInterface interface;
    RDT_TRY(interface.name, node["name"].string());
    RDT_TRY(interface.mac, node["mac"].string_or());
    RDT_TRY(interface.sandbox, node["sandbox"].string_or());
    return interface;
}

Result<ResultAddress> parse_address(const json::Node& node, std::size_t interfaces) {
    ResultAddress address;
    RDT_TRY(address.address, node["address"].string());
    if (!is_prefixed_address(address.address))
        return node["address"].wrong(std::format("'{}' is not ADDRESS/PREFIX", address.address));
    RDT_TRY(address.gateway, node["gateway"].string_or());
    if (!address.gateway.empty() && !is_address(address.gateway))
        return node["gateway"].wrong(std::format("'{}' is not an address", address.gateway));
    RDT_TRY(const auto index, node["interface"].integer_or(-1));
    if (index < -1 || index >= static_cast<std::int64_t>(interfaces))
        return node["interface"].wrong("no such interface");
    address.interface = static_cast<int>(index);
    return address;
}

Result<std::vector<std::string>> words_of(const json::Node& list) {
    RDT_TRY(auto words, list.strings_or_empty());
    if (words.size() > k_most) return list.wrong("too many");
    for (const auto& word : words)
        if (!is_word(word)) return list.wrong("not a word of a resolv.conf");
    return words;
}

std::string join(std::string line, const std::vector<std::string>& words) {
    for (const auto& word : words) line += " " + word;
    return line;
}

Result<std::vector<std::string>> parse_dns(const json::Node& dns) {
    RDT_TRY(const auto servers, words_of(dns["nameservers"]));
    RDT_TRY(const auto search, words_of(dns["search"]));
    RDT_TRY(const auto options, words_of(dns["options"]));
    RDT_TRY(const auto domain, dns["domain"].string_or());
    if (!domain.empty() && !is_word(domain)) return dns["domain"].wrong("not a domain");
    std::vector<std::string> lines;
    for (const auto& server : servers) {
        if (!is_address(server))
            return dns["nameservers"].wrong(std::format("'{}' is not an address", server));
        lines.push_back("nameserver " + server);
    }
    if (!domain.empty()) lines.push_back("domain " + domain);
    if (!search.empty()) lines.push_back(join("search", search));
    if (!options.empty()) lines.push_back(join("options", options));
    return lines;
}

/// Source: CNI specification, "Error": codes below 100 are the specification's own.
Code code_of(std::int64_t number) {
    switch (number) {
    case 1: return Code::unimplemented;    // version not spoken
    case 2:                                // field not supported
    case 4:                                // environment
    case 6:                                // cannot be decoded
    case 7: return Code::invalid_argument; // configuration
    case 3: return Code::not_found;        // container not known
    case 5:                                // input or output
    case 11: return Code::unavailable;     // try again later
    default: return Code::failed_precondition;
    }
}

std::string shorten(std::string_view words) {
    while (!words.empty() && words.back() <= ' ') words.remove_suffix(1);
    if (words.size() > k_longest_words) words.remove_prefix(words.size() - k_longest_words);
    std::string line(words);
    std::ranges::replace_if(line, [](char c) { return c >= 0 && c < ' '; }, ' ');
    return line;
}

} // namespace

Result<CniResult> parse_result(std::string_view text) {
    RDT_TRY(const auto document, json::parse("result", text, k_limits));
    const auto root = document.root();
    RDT_CHECK(root.expect_object());
    CniResult result;
    RDT_TRY(result.version, root["cniVersion"].string());
    constexpr std::array<std::string_view, 4> versions{"0.3.0", "0.3.1", "0.4.0", "1.0.0"};
    if (!std::ranges::contains(versions, result.version))
        return fail(Code::unimplemented, "result of version '{}'; 0.3.0 to 1.0.0 are understood",
                    result.version);
    RDT_TRY(const auto interfaces, bounded(root["interfaces"]));
    for (const auto& node : interfaces) {
        RDT_TRY(auto interface, parse_interface(node));
        result.interfaces.push_back(std::move(interface));
    }
    RDT_TRY(const auto addresses, bounded(root["ips"]));
    for (const auto& node : addresses) {
        RDT_TRY(auto address, parse_address(node, result.interfaces.size()));
        result.addresses.push_back(std::move(address));
    }
    RDT_TRY(result.dns, parse_dns(root["dns"]));
    result.raw = root.value()->get_object();
    return result;
}

Error parse_error(std::string_view plugin, std::string_view text, std::string_view last_words) {
    const auto unexplained = [&] {
        const auto words = shorten(last_words.empty() ? text : last_words);
        return Error{Code::failed_precondition,
                     std::format("{}: failed{}{}", plugin, words.empty() ? " without a word" : ": ", words)};
    };
    const auto document = json::parse("error", text, k_limits);
    if (!document) return unexplained();
    const auto message = document->root()["msg"].string();
    const auto number = document->root()["code"].integer();
    if (!message || !number) return unexplained();
    const auto details = document->root()["details"].string_or();
    const auto more = details && !details->empty() ? "; " + shorten(*details) : std::string();
    return {code_of(*number), std::format("{}: {}{}", plugin, shorten(*message), more)};
}

Result<std::vector<std::string>> parse_versions(std::string_view text) {
    RDT_TRY(const auto document, json::parse("versions", text, k_limits));
    return document.root()["supportedVersions"].strings();
}

} // namespace redoubt::node::network::cni
