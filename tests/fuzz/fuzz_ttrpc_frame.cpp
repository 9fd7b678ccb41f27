// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Frames come out the same however the bytes are cut, and the envelopes in them parse or fail in words.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/ttrpc/envelope.hpp"
#include "common/ttrpc/frame.hpp"

using namespace redoubt::ttrpc;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void parse_envelope(const Frame& frame) {
    if (auto request = parse_request(frame.data)) {
        const auto again = parse_request(render_request(*request));
        require(again && again->payload == request->payload && again->timeout == request->timeout);
    }
    const auto response = parse_response(frame.data);
    require(response || !response.error().message.empty() ||
            response.error().code != redoubt::Code::data_loss);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t step = std::size_t{data[0]} + 1;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

    FrameDecoder whole;
    const auto expected = whole.feed(bytes);
    FrameDecoder cut;
    std::vector<FrameEvent> events;
    for (std::size_t at = 0; at < bytes.size(); at += step)
        std::ranges::move(cut.feed(bytes.substr(at, step)), std::back_inserter(events));
    require(events == expected && cut.is_between_frames() == whole.is_between_frames());

    for (const FrameEvent& event : expected) {
        const auto* frame = std::get_if<Frame>(&event);
        if (frame == nullptr) continue;
        parse_envelope(*frame);
        FrameDecoder decoder;
        require(decoder.feed(*encode_frame(*frame)) == std::vector<FrameEvent>{*frame});
    }
    return 0;
}
