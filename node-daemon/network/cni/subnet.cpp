// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/subnet.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <format>

namespace redoubt::node::network::cni {
namespace {

constexpr unsigned k_bits_of_byte = 8;

bool bit_of(const Subnet& subnet, unsigned number) {
    const unsigned byte = subnet.bytes.at(number / k_bits_of_byte);
    return ((byte >> (k_bits_of_byte - 1 - number % k_bits_of_byte)) & 1U) != 0;
}

} // namespace

Result<Subnet> parse_subnet(const std::string& text) {
    const auto wrong = [&text] {
        return fail(Code::invalid_argument, "'{}' is not a subnet such as 10.90.0.0/24", text);
    };
    const auto slash = text.find('/');
    if (slash == std::string::npos) return wrong();
    const auto address = text.substr(0, slash);
    Subnet subnet;
    subnet.is_v6 = address.contains(':');
    if (::inet_pton(subnet.is_v6 ? AF_INET6 : AF_INET, address.c_str(), subnet.bytes.data()) != 1)
        return wrong();
    const auto* const end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data() + slash + 1, end, subnet.prefix);
    const unsigned bits = subnet.is_v6 ? 128 : 32;
    if (error != std::errc() || last != end || subnet.prefix == 0 || subnet.prefix > bits - 2) return wrong();
    for (unsigned i = subnet.prefix; i < bits; ++i)
        if (bit_of(subnet, i))
            return fail(Code::invalid_argument, "'{}': the address has bits behind its prefix", text);
    return subnet;
}

bool overlap(const Subnet& one, const Subnet& other) {
    if (one.is_v6 != other.is_v6) return false;
    for (unsigned i = 0; i < std::min(one.prefix, other.prefix); ++i)
        if (bit_of(one, i) != bit_of(other, i)) return false;
    return true;
}

Result<std::string> find_free_subnet(const std::vector<Subnet>& taken) {
    for (unsigned second = 89; second < 256; ++second) {
        auto text = std::format("10.{}.0.0/24", second);
        RDT_TRY(const auto candidate, parse_subnet(text));
        if (std::ranges::none_of(taken, [&](const auto& known) { return overlap(known, candidate); }))
            return text;
    }
    return fail(Code::resource_exhausted, "no subnet from 10.89.0.0/24 to 10.255.0.0/24 is free: name one");
}

} // namespace redoubt::node::network::cni
