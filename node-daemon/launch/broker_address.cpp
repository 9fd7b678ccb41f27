// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/broker_address.hpp"

#include <charconv>
#include <cstdint>

namespace redoubt::node::launch {
namespace {

bool is_port(const std::string& text) {
    std::uint16_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && last == end && number != 0;
}

} // namespace

Result<BrokerAddress> BrokerAddress::parse(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return fail(Code::invalid_argument, "'{}' is not HOST:PORT", text);
    BrokerAddress address{.host = text.substr(0, colon), .port = text.substr(colon + 1)};
    const bool has_brackets = address.host.starts_with('[') && address.host.ends_with(']');
    if (has_brackets) address.host = address.host.substr(1, address.host.size() - 2);
    if (address.host.empty() || address.host.contains(':') != has_brackets ||
        address.host.find_first_of(" /@[]") != std::string::npos || !is_port(address.port))
        return fail(Code::invalid_argument, "'{}' is not HOST:PORT", text);
    return address;
}

std::string BrokerAddress::str() const {
    if (host.empty()) return {};
    return host.contains(':') ? "[" + host + "]:" + port : host + ":" + port;
}

} // namespace redoubt::node::launch
