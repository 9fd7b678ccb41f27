// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/executable.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace redoubt::guest::oci_runtime {

namespace {

std::string_view path_of_environment(const std::vector<std::string>& environment) {
    constexpr std::string_view k_prefix = "PATH=";
    for (const auto& entry : environment)
        if (entry.starts_with(k_prefix)) return std::string_view(entry).substr(k_prefix.size());
    return {};
}

Status check_executable(const std::string& name, const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
        const int number = errno;
        const Code code = number == ENOENT || number == ENOTDIR ? Code::not_found : Code::permission_denied;
        return fail(code, "exec: \"{}\": stat {}: {}", name, path, text_of_errno(number));
    }
    if (S_ISDIR(status.st_mode)) return fail(Code::permission_denied, "exec: \"{}\": is a directory", name);
    // The effective ids count: the process may be about to run as somebody else than its real user.
    if (::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) != 0)
        return fail(Code::permission_denied, "exec: \"{}\": permission denied", name);
    return {};
}

} // namespace

Result<std::string> find_executable(const std::string& name, const std::vector<std::string>& environment) {
    if (name.empty()) return fail(Code::invalid_argument, "exec: no command given");
    if (name.contains('/')) {
        RDT_CHECK(check_executable(name, name));
        return name;
    }
    std::string_view path = path_of_environment(environment);
    Status denied;
    while (!path.empty()) {
        const auto end = path.find(':');
        const std::string_view folder = path.substr(0, end);
        path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
        std::string candidate = std::string(folder.empty() ? "." : folder) + "/" + name;
        auto checked = check_executable(name, candidate);
        // What lies in the working folder is run by a path or not at all: who wrote it is anybody's guess.
        if (checked && !candidate.starts_with('/'))
            return fail(Code::permission_denied,
                        "exec: \"{}\": cannot run executable found relative to current directory", name);
        if (checked) return candidate;
        if (denied && checked.error().code == Code::permission_denied) denied = std::move(checked);
    }
    if (!denied) return std::unexpected(denied.error());
    return fail(Code::not_found, "exec: \"{}\": executable file not found in $PATH", name);
}

} // namespace redoubt::guest::oci_runtime
