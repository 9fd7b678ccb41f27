// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/registry_logins.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <format>
#include <system_error>

#include "common/base/file.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::ctl {
namespace {

namespace fs = std::filesystem;

/// The file that somebody has named; empty when nobody has.
fs::path named_file(const std::string& flag, const EnvironmentLookup& lookup) {
    return flag.empty() ? lookup("REGISTRY_AUTH_FILE").value_or("") : flag;
}

/// Makes what is missing of the folders, for their owner alone from the beginning.
Status make_private_folder(const fs::path& folder) {
    fs::path made;
    for (const auto& part : folder) {
        made /= part;
        if (::mkdir(made.c_str(), 0700) != 0 && errno != EEXIST)
            return fail_errno(errno, "make {}", made.native());
    }
    return {};
}

} // namespace

fs::path auth_file_to_write(const std::string& flag, const EnvironmentLookup& lookup) {
    if (auto named = named_file(flag, lookup); !named.empty()) return named;
    const auto runtime = lookup("XDG_RUNTIME_DIR").value_or("");
    const auto folder =
        runtime.empty() ? std::format("/run/containers/{}", ::getuid()) : runtime + "/containers";
    return fs::path(folder) / "auth.json";
}

std::vector<fs::path> auth_files_to_read(const std::string& flag, const EnvironmentLookup& lookup) {
    std::vector<fs::path> files{auth_file_to_write(flag, lookup)};
    if (!named_file(flag, lookup).empty()) return files;
    const auto home = lookup("HOME").value_or("");
    const auto config = lookup("XDG_CONFIG_HOME").value_or("");
    if (!config.empty())
        files.push_back(fs::path(config) / "containers/auth.json");
    else if (!home.empty())
        files.push_back(fs::path(home) / ".config/containers/auth.json");
    if (!home.empty()) files.push_back(fs::path(home) / ".docker/config.json");
    return files;
}

Result<oci::AuthFile> read_auth_file(const fs::path& file) {
    const auto text = read_file(file, oci::k_max_auth_file_bytes);
    if (!text && text.error().code == Code::not_found) return oci::AuthFile();
    if (!text) return std::unexpected(text.error());
    return oci::AuthFile::parse(file.native(), *text);
}

namespace {

/// Of the files that are read, the first one's that has what is looked for.
template <class Find>
Result<std::optional<oci::RegistryLogin>> first_login(const std::string& flag,
                                                      const EnvironmentLookup& lookup, const Find& find) {
    for (const auto& file : auth_files_to_read(flag, lookup)) {
        RDT_TRY(const auto logins, read_auth_file(file));
        RDT_TRY(auto login, find(logins));
        if (login) return login;
    }
    return std::nullopt;
}

} // namespace

Status write_auth_file(const fs::path& file, const oci::AuthFile& logins) {
    RDT_CHECK(make_private_folder(file.parent_path()));
    // A name that nobody knows beforehand: the folder may be one where others may make files.
    std::string ready = file.native() + ".XXXXXX";
    const UniqueFd fd(::mkostemp(ready.data(), O_CLOEXEC)); // with mode 0600
    if (!fd) return fail_errno(errno, "write {}", file.native());
    auto written = write_all(fd.get(), logins.render()).transform_error(context("{}", file.native()));
    if (written && std::rename(ready.c_str(), file.c_str()) != 0)
        written = fail_errno(errno, "replace {}", file.native());
    if (!written) ::unlink(ready.c_str());
    return written;
}

Result<std::optional<oci::RegistryLogin>> find_login(const std::string& image, const std::string& flag,
                                                     const EnvironmentLookup& lookup) {
    std::error_code error;
    if (!flag.empty() && !fs::exists(flag, error))
        return fail(Code::not_found, "--authfile {}: no such file", flag);
    const auto reference = oci::parse_reference(image);
    if (!reference || !reference->is_qualified()) return std::nullopt; // who pulls it says what is wrong
    return first_login(flag, lookup, [&](const oci::AuthFile& logins) { return logins.find(*reference); });
}

Result<std::optional<oci::RegistryLogin>> find_login_at(const std::string& place, const std::string& flag,
                                                        const EnvironmentLookup& lookup) {
    return first_login(flag, lookup, [&](const oci::AuthFile& logins) { return logins.find_at(place); });
}

} // namespace redoubt::ctl
