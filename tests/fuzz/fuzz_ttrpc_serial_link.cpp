// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Whatever came before, the link carries data after a reset; and events do not depend on how the bytes are
// cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/ttrpc/serial_link.hpp"

using namespace redoubt::ttrpc;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

/// The events as text, with neighbouring data joined.
std::string render(const std::vector<LinkEvent>& events) {
    std::string out;
    for (const LinkEvent& event : events) {
        if (const auto* started = std::get_if<LinkStarted>(&event))
            out.append("~S").append(started->nonce.data(), started->nonce.size());
        else if (const auto* ended = std::get_if<LinkEnded>(&event))
            out.append("~E").append(ended->reason.message);
        else
            out += render_link_data(std::get<LinkData>(event).bytes);
    }
    return out;
}

void check(const LinkDecoder& fresh, std::string_view bytes, std::size_t step, const LinkNonce& nonce,
           bool is_agent) {
    auto whole = fresh;
    auto cut = fresh;
    std::string seen;
    for (std::size_t at = 0; at < bytes.size(); at += step) seen += render(cut.feed(bytes.substr(at, step)));
    require(seen == render(whole.feed(bytes)));

    const auto events =
        whole.feed((is_agent ? render_reset(nonce) : render_reset_ack(nonce)) + render_link_data(bytes));
    const std::size_t first = !events.empty() && std::holds_alternative<LinkEnded>(events.front()) ? 1 : 0;
    require(events.size() == first + (bytes.empty() ? 1 : 2));
    require(events[first] == LinkEvent(LinkStarted{nonce}));
    require(bytes.empty() || events.back() == LinkEvent(LinkData{std::string(bytes)}));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t step = std::size_t{data[0]} + 1;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const LinkNonce nonce{'n', '\x7e', 'n', '\x7d'};
    check(LinkDecoder::agent(), bytes, step, nonce, true);
    check(LinkDecoder::host(nonce), bytes, step, nonce, false);
    return 0;
}
