// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// An image's passwd and group files: three parts of the input, split by NUL, are the user's name and the two
// files.
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

#include "common/oci/user_lookup.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt;
    const std::string_view input(reinterpret_cast<const char*>(data), size); // NOLINT: bytes are bytes
    const auto first = input.find('\0');
    const auto second = first == std::string_view::npos ? first : input.find('\0', first + 1);
    if (second == std::string_view::npos) return 0;
    const oci::User user{.username = std::string(input.substr(0, first))};
    const auto resolved =
        oci::resolve_user(user, input.substr(first + 1, second - first - 1), input.substr(second + 1));
    // (uid_t)-1 would leave the process what it is: root.
    constexpr auto k_keep = std::numeric_limits<std::uint32_t>::max();
    if (resolved && (resolved->uid == k_keep || resolved->gid == k_keep)) std::abort();
    return 0;
}
