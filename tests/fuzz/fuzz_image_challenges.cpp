// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What a registry may write into WWW-Authenticate: the parser ends, and what it gives makes a URL or an
// error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node-daemon/image/registry_auth.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto& challenge : redoubt::node::image::parse_challenges(text)) {
        const auto url = redoubt::node::image::token_url(challenge, "team/app");
        if (url && !url->starts_with("http")) std::abort();
    }
    return 0;
}
