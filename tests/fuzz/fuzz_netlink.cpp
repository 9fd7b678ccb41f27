// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// No bytes may make the reader of netlink messages leave them.
#include <cstdint>
#include <string_view>

#include "common/netlink/message.hpp"

namespace {

void visit(const redoubt::netlink::Attributes& attributes, int depth) {
    for (const auto& [type, value] : attributes.all()) {
        static_cast<void>(attributes.text(type));
        static_cast<void>(attributes.number(type));
        if (depth == 0) continue;
        if (const auto nested = attributes.nested(type)) visit(*nested, depth - 1);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::netlink;
    const auto messages = split_messages({reinterpret_cast<const char*>(data), size});
    if (!messages) return 0;
    for (const auto& message : *messages) {
        if (const auto attributes = Attributes::parse(message.payload)) visit(*attributes, 4);
        static_cast<void>(read_payload<std::uint64_t>(message.payload));
    }
    return 0;
}
