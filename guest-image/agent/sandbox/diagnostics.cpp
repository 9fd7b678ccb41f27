// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/base/file.hpp"
#include "common/base/mount.hpp"
#include "common/base/safe_open.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::sandbox {

namespace {

// Source: kubelet's annotation of a container, and Kubernetes' bound of a termination message.
constexpr const char* k_path_annotation = "io.kubernetes.container.terminationMessagePath";
constexpr std::size_t k_max_message = 4096;

/// The last bytes of a regular file; what is none, a container may have put there to stop us.
Result<std::string> tail_of(const UniqueFd& place) {
    struct stat status{};
    if (::fstat(place.get(), &status) != 0) return fail_errno(errno, "look at the termination message");
    if (!S_ISREG(status.st_mode))
        return fail(Code::failed_precondition, "the termination message is not in a regular file");
    RDT_TRY(const auto file, open_file(path_of(place.get()), O_RDONLY));
    std::string text(k_max_message, '\0');
    const auto size = ::pread(file.get(), text.data(), text.size(),
                              std::max<off_t>(0, status.st_size - static_cast<off_t>(k_max_message)));
    if (size < 0) return fail_errno(errno, "read the termination message");
    text.resize(static_cast<std::size_t>(size));
    return text;
}

} // namespace

Result<std::string> Sandbox::termination_message(const ContainerId& id) const {
    RDT_TRY(const auto container, find(id));
    const auto& spec = container->spec;
    const auto path = spec.annotations.find(k_path_annotation);
    if (path == spec.annotations.end())
        return fail(Code::failed_precondition, "container '{}' has no annotation {}", id, k_path_annotation);
    const auto mount = std::ranges::find(spec.mounts, path->second, &oci::Mount::destination);
    if (mount != spec.mounts.end() && mount->type == "bind") {
        RDT_TRY(const auto file, mounter_.open_inside(mount->source, O_PATH));
        return tail_of(file);
    }
    RDT_TRY(const auto root, mounter_.open_inside(spec.root_path, O_PATH | O_DIRECTORY));
    RDT_TRY(const auto file, open_in_root(root.get(), path->second, O_PATH));
    return tail_of(file);
}

} // namespace redoubt::guest::sandbox
