// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What a broken plugin may print: no input may crash the parsers, and no line of a resolv.conf is two lines.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node-daemon/network/cni/resolver.hpp"
#include "node-daemon/network/cni/result.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::node::network::cni;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    auto lines = parse_resolver(text);
    if (const auto result = parse_result(text)) {
        lines.insert(lines.end(), result->dns.begin(), result->dns.end());
        for (const auto& address : result->addresses)
            if (address.interface >= static_cast<int>(result->interfaces.size())) std::abort();
    }
    for (const auto& line : lines)
        if (line.contains('\n')) std::abort();
    if (parse_error("plugin", text, {}).message.contains('\n')) std::abort();
    static_cast<void>(parse_versions(text));
    return 0;
}
