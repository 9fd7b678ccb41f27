// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What a host or a broker may send to the guest's client, and what initdata may name as one: the first byte
// chooses the parser.
#include <cstdint>
#include <string>

#include "common/rcar/rcar_messages.hpp"
#include "common/rcar/resource_uri.hpp"
#include "guest-image/key_release/broker_settings.hpp"
#include "guest-image/key_release/tls_channel.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt;
    using namespace redoubt::guest::key_release;
    using namespace redoubt::rcar;
    if (size == 0) return 0;
    const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto line = bytes.find('\n');
    http::Response answer{
        .status = 401, .headers = {}, .body = bytes.substr(line == std::string::npos ? 0 : line + 1)};
    answer.headers.add("Set-Cookie", bytes.substr(0, line));
    switch (data[0] % 5) {
    case 0: std::ignore = parse_broker_settings(bytes); break;
    case 1: std::ignore = resource_path(bytes); break;
    case 2: std::ignore = read_challenge(answer); break;
    case 3:
        std::ignore = read_token(answer);
        std::ignore = refusal_of(answer);
        break;
    default: std::ignore = PinnedTrust::make(bytes); break;
    }
    return 0;
}
