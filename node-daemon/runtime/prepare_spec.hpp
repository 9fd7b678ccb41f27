// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a specification made for a guest's agent lacks for a runtime on the host: users by number, files that
/// every container has, volumes filled from the image. The root filesystem is mounted by then. Blocking.

#include <filesystem>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::node::runtime {

/// What the files in /etc say of the host that a container is.
struct HostFiles {
    std::string hostname;
    std::vector<std::string> dns; ///< lines of resolv.conf; none: the image's file stays
};

/// The user by number, as the image's own passwd and group files have it, and HOME. Errors: invalid_argument
/// an unknown user.
[[nodiscard]] Status resolve_process(oci::Process& process, const std::string& rootfs);

/// Makes the process's working folder where the image has none. Errors: by errno.
[[nodiscard]] Status make_working_folder(const oci::Process& process, const std::string& rootfs);

/// Writes resolv.conf, hosts and hostname to `folder` and binds them, but where the caller has put something.
[[nodiscard]] Status add_host_files(oci::Spec& spec, const HostFiles& files,
                                    const std::filesystem::path& folder);

/// Empty volumes get what the image has at their places; the word that asks for it goes.
Task<void> fill_volumes(oci::Spec& spec);

/// gVisor would put a file system of its own over an empty /tmp, where nobody outside sees what is copied.
[[nodiscard]] Status keep_tmp_visible(oci::Spec& spec);

/// The places of a container that its own kernel has and the host does not: mounts that are no binds.
[[nodiscard]] std::vector<std::string> list_unseen_places(const oci::Spec& spec);

} // namespace redoubt::node::runtime
