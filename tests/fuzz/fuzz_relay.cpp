// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// No bytes of a guest may make the reader of relay frames leave them or hold more than one frame; what is
// read is written the same, in whatever pieces it came.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/relay/frame.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::relay;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    FrameReader whole;
    if (const auto frames = whole.feed(bytes)) {
        std::string again;
        for (const auto& frame : *frames) again += encode(frame);
        if (!bytes.starts_with(again)) std::abort();
        FrameReader bytewise;
        std::size_t count = 0;
        for (const char& byte : bytes) {
            const auto some = bytewise.feed({&byte, 1});
            if (!some) std::abort();
            count += some->size();
        }
        if (count != frames->size()) std::abort();
    }
    return 0;
}
