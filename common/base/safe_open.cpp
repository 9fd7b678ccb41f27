// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/base/safe_open.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <vector>

namespace redoubt {

namespace {

/// As in the kernel's own path walk.
constexpr int k_max_links = 40;

Result<UniqueFd> open_resolved(int root, const std::string& path, int flags, mode_t mode,
                               std::uint64_t resolve) {
    open_how how{};
    how.flags = static_cast<unsigned>(flags) | static_cast<unsigned>(O_CLOEXEC);
    how.mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? mode : 0;
    how.resolve = resolve;
    for (;;) {
        const auto fd = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
        if (fd >= 0) return UniqueFd(static_cast<int>(fd));
        if (errno == EAGAIN || errno == EINTR) continue; // a rename raced with a ".."
        if (errno == EXDEV) return fail(Code::invalid_argument, "open {}: leads out of its folder", path);
        return fail_errno(errno, "open {}", path);
    }
}

void prepend_parts(std::deque<std::string>& pending, std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        const auto end = path.find('/');
        parts.emplace_back(path.substr(0, end));
        path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    }
    pending.insert(pending.begin(), parts.begin(), parts.end());
}

Result<std::string> target_of_link(int link) {
    std::array<char, PATH_MAX> target{};
    const auto size = ::readlinkat(link, "", target.data(), target.size());
    if (size < 0) return fail_errno(errno, "read link");
    return std::string(target.data(), static_cast<std::size_t>(size));
}

/// Opens one part without following it; makes it when it is missing.
Result<UniqueFd> open_part(int parent, const std::string& name, NodeKind kind) {
    for (int attempt = 0; attempt < 2; ++attempt) {
        UniqueFd fd(::openat(parent, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        if (fd) return fd;
        if (errno != ENOENT) return fail_errno(errno, "open {}", name);
        const int made = kind == NodeKind::folder ? ::mkdirat(parent, name.c_str(), 0755)
                                                  : ::mknodat(parent, name.c_str(), S_IFREG | 0644, 0);
        if (made != 0 && errno != EEXIST) return fail_errno(errno, "create {}", name);
    }
    return fail(Code::aborted, "create {}: it vanished again", name);
}

} // namespace

Result<UniqueFd> open_beneath(int root, std::string_view path, int flags, mode_t mode) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    return open_resolved(root, path.empty() ? "." : std::string(path), flags, mode,
                         RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

Result<UniqueFd> open_in_root(int root, std::string_view path, int flags, mode_t mode) {
    return open_resolved(root, path.empty() ? "." : std::string(path), flags, mode,
                         RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

Result<UniqueFd> create_in_root(int root, std::string_view path, NodeKind kind) {
    if (auto existing = open_in_root(root, path, O_PATH);
        existing || existing.error().code != Code::not_found)
        return existing;
    // Each step opens one name below a folder already held, so nothing can lead outside while we create.
    std::vector<UniqueFd> way;
    way.emplace_back(::fcntl(root, F_DUPFD_CLOEXEC, 0));
    std::deque<std::string> pending;
    prepend_parts(pending, path);
    int links = 0;
    while (!pending.empty()) {
        const std::string name = std::move(pending.front());
        pending.pop_front();
        if (name.empty() || name == ".") continue;
        if (name == "..") {
            if (way.size() > 1) way.pop_back();
            continue;
        }
        RDT_TRY(auto fd, open_part(way.back().get(), name, pending.empty() ? kind : NodeKind::folder));
        struct stat status{};
        if (::fstat(fd.get(), &status) != 0) return fail_errno(errno, "stat {}", name);
        if (!S_ISLNK(status.st_mode)) {
            way.push_back(std::move(fd));
            continue;
        }
        if (++links > k_max_links) return fail_errno(ELOOP, "open {}", path);
        RDT_TRY(const auto target, target_of_link(fd.get()));
        if (target.starts_with('/')) way.resize(1);
        prepend_parts(pending, target);
    }
    return std::move(way.back());
}

} // namespace redoubt
