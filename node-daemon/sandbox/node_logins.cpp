// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/node_logins.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "common/base/file.hpp"
#include "common/encoding/json.hpp"
#include "common/oci/auth_file.hpp"

namespace redoubt::node::sandbox {

Result<std::optional<image::Credentials>> find_node_login(const std::filesystem::path& file,
                                                          const std::string& image) {
    const auto reference = oci::parse_reference(image);
    if (file.empty() || !reference || !reference->is_qualified()) return std::nullopt;
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) {
        if (errno == ENOENT) return std::nullopt;
        return fail_errno(errno, "read {}", file.native());
    }
    if ((status.st_mode & S_IRWXO) != 0)
        return fail(Code::failed_precondition, "{} holds passwords, and everybody may read it: chmod o= {}",
                    file.native(), file.native());
    RDT_TRY(const auto text, read_file(file, oci::k_max_auth_file_bytes));
    RDT_TRY(const auto logins, oci::AuthFile::parse(file.native(), text));
    RDT_TRY(const auto document, json::parse(file.native(), text));
    RDT_TRY(const auto why_not, document.root()["unavailable"].string_or());
    if (!why_not.empty()) return fail(Code::unavailable, "the node's logins are not there: {}", why_not);
    RDT_TRY(auto login, logins.find(*reference));
    if (!login) return std::nullopt;
    return image::Credentials{std::move(login->username), std::move(login->password)};
}

} // namespace redoubt::node::sandbox
