// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Where a person's logins at registries are, as podman and skopeo have it: they share them.
/// Source: containers-auth.json(5), podman-login(1).

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/oci/auth_file.hpp"
#include "node-daemon/ctl/container_spec.hpp"

namespace redoubt::ctl {

/// The file that is written: `flag` (--authfile), else $REGISTRY_AUTH_FILE, else containers/auth.json in
/// $XDG_RUNTIME_DIR, else /run/containers/UID/auth.json.
[[nodiscard]] std::filesystem::path auth_file_to_write(const std::string& flag,
                                                       const EnvironmentLookup& lookup);
/// The files that are read, the first one with a login decides: that one alone where it was named, else it,
/// ~/.config/containers/auth.json and ~/.docker/config.json.
[[nodiscard]] std::vector<std::filesystem::path> auth_files_to_read(const std::string& flag,
                                                                    const EnvironmentLookup& lookup);

/// What is in the file; nothing when it is not there. Errors: by errno; what is wrong in it.
[[nodiscard]] Result<oci::AuthFile> read_auth_file(const std::filesystem::path& file);
/// Replaces it in one step, readable by its owner alone; makes the folder. Errors: by errno.
[[nodiscard]] Status write_auth_file(const std::filesystem::path& file, const oci::AuthFile& logins);

/// The login for an image of the files that are read; none for a name that does not say which registry.
/// Errors: not_found a file that was named by the flag; those of read_auth_file().
[[nodiscard]] Result<std::optional<oci::RegistryLogin>>
find_login(const std::string& image, const std::string& flag, const EnvironmentLookup& lookup);
/// The login that is kept by the name of a registry, namespace or repository. Errors: those of
/// read_auth_file().
[[nodiscard]] Result<std::optional<oci::RegistryLogin>>
find_login_at(const std::string& place, const std::string& flag, const EnvironmentLookup& lookup);

} // namespace redoubt::ctl
