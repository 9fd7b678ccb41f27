// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// No bytes of a guest may make the reader of its requests leave them, and what is read is written the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/tee/simtee_link/messages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::tee::simtee_link;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    (void)parse_request_header(bytes);
    (void)answer_body_size(bytes);
    if (const auto request = parse_request(bytes))
        if (encode(*request) != bytes) std::abort();
    if (const auto answer = parse_answer(bytes))
        if (encode(*answer) != bytes) std::abort();
    return 0;
}
