// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// No bytes may make the reader of the launcher's packets leave them, and what it reads it writes the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node-daemon/launcher/protocol/messages.hpp"
#include "node-daemon/launcher/protocol/validate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::node::launcher;
    const std::string_view packet(reinterpret_cast<const char*>(data), size);
    if (const auto request = decode_request(packet)) {
        static_cast<void>(validate(*request, descriptors_of(*request)));
        if (encode(*request) != packet) std::abort();
    }
    if (const auto answer = decode_answer(packet))
        if (encode(*answer) != packet) std::abort();
    return 0;
}
