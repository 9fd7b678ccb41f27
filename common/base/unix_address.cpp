// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/base/unix_address.hpp"

#include <sys/socket.h>

#include <cstring>

namespace redoubt {

Result<sockaddr_un> unix_address(const std::filesystem::path& path) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    if (path.native().size() >= sizeof address.sun_path)
        return fail(Code::invalid_argument, "{} is too long for a socket", path.native());
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    return address;
}

} // namespace redoubt
