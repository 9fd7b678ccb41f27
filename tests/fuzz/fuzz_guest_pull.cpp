// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What a host says of an image that the guest is to unpack: two lines, the reference and the driver's option.
// Nothing but a failure may come of it, and what is taken is within its limits.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "guest-image/image/pull_request.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::guest::image;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto line = text.find('\n');
    const std::string source(text.substr(0, line));
    const std::string option(line == std::string_view::npos ? std::string_view() : text.substr(line + 1));
    const auto request = parse_pull_request(source, {option});
    if (!request) return 0;
    if (request->layer_disks.size() > k_max_pulled_layers || request->manifest_size == 0) std::abort();
    if (request->manifest_digest && !source.contains(request->manifest_digest->str())) std::abort();
    if (!request->signatures_disk.empty() && request->signatures_size == 0) std::abort();
    return 0;
}
