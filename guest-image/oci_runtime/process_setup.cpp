// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/process_setup.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <string>
#include <vector>

#include "common/base/file.hpp"
#include "common/base/safe_open.hpp"
#include "common/oci/user_lookup.hpp"
#include "guest-image/oci_runtime/capabilities.hpp"
#include "guest-image/oci_runtime/executable.hpp"
#include "guest-image/oci_runtime/rlimits.hpp"
#include "guest-image/oci_runtime/seccomp.hpp"

namespace redoubt::guest::oci_runtime {

namespace {

constexpr std::uint64_t k_max_account_file = 4U << 20U;

/// An account file's text; empty when the image has none. It must be a regular file: a pipe would stop us for
/// ever.
Result<std::string> read_account_file(const std::string& path) {
    RDT_TRY(const auto root, open_file("/", O_PATH | O_DIRECTORY));
    auto fd = open_in_root(root.get(), path, O_RDONLY | O_NONBLOCK);
    if (!fd && fd.error().code == Code::not_found) return std::string();
    if (!fd) return std::unexpected(fd.error());
    struct stat status{};
    if (::fstat(fd->get(), &status) != 0 || !S_ISREG(status.st_mode))
        return fail(Code::invalid_argument, "{} of the image is not a regular file", path);
    return read_file("/" + path, k_max_account_file);
}

Result<oci::ResolvedUser> look_up(const oci::User& user) {
    RDT_TRY(const auto passwd, read_account_file("/etc/passwd"));
    RDT_TRY(const auto group, read_account_file("/etc/group"));
    return oci::resolve_user(user, passwd, group);
}

/// So that a process that is not root can open /dev/stdout again. Not all kinds of file have an owner to
/// change.
void give_streams_to(const oci::ResolvedUser& user) {
    for (int stream = 0; stream <= 2; ++stream) {
        struct stat status{};
        if (::fstat(stream, &status) != 0 || status.st_uid == user.uid) continue;
        if (S_ISCHR(status.st_mode) && ::isatty(stream) == 0) continue; // never /dev/null
        [[maybe_unused]] const int ignored = ::fchown(stream, user.uid, static_cast<gid_t>(-1));
    }
}

Status enter_working_folder(const std::string& path) {
    const std::string folder = path.empty() ? "/" : path;
    if (!folder.starts_with('/'))
        return fail(Code::invalid_argument, "working folder '{}' is not absolute", folder);
    RDT_TRY(const auto root, open_file("/", O_PATH | O_DIRECTORY));
    const auto opened = open_in_root(root.get(), folder, O_PATH);
    if (!opened) return std::unexpected(opened.error().within("working folder '" + folder + "'"));
    if (::fchdir(opened->get()) != 0) return fail_errno(errno, "enter working folder '{}'", folder);
    // The kernel says "(unreachable)" for a folder outside the root; nothing may start there.
    std::array<char, PATH_MAX> seen{};
    if (::syscall(SYS_getcwd, seen.data(), seen.size()) < 0 || seen[0] != '/')
        return fail(Code::invalid_argument, "working folder '{}' lies outside the container", folder);
    return {};
}

Status change_user(const oci::ResolvedUser& user) {
    if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return fail_errno(errno, "keep capabilities");
    // With the primary group among them, a file that denies that group cannot be reached by leaving it
    // (setgid).
    std::vector<gid_t> groups{user.gid};
    for (const auto gid : user.additional_gids)
        if (!std::ranges::contains(groups, gid)) groups.push_back(gid);
    if (::setgroups(groups.size(), groups.data()) != 0) return fail_errno(errno, "set additional groups");
    if (::setresgid(user.gid, user.gid, user.gid) != 0) return fail_errno(errno, "set group {}", user.gid);
    if (::setresuid(user.uid, user.uid, user.uid) != 0) return fail_errno(errno, "set user {}", user.uid);
    return {};
}

Status set_no_new_privileges() {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno(errno, "set no_new_privs");
    return {};
}

Status take_on_identity(const oci::Process& process, const oci::Seccomp* seccomp,
                        const oci::ResolvedUser& user) {
    const auto capabilities = parse_capabilities(process.capabilities);
    RDT_CHECK(enter_working_folder(process.cwd));
    // Nothing is opened from here on: of the limited numbers of files the agent's own may have taken all.
    RDT_CHECK(apply_rlimits(process.rlimits));
    give_streams_to(user);
    // Without no_new_privs only a privileged process may install a filter: it must come before the change of
    // user.
    if (seccomp != nullptr && !process.no_new_privileges) RDT_CHECK(apply_seccomp(*seccomp));
    RDT_CHECK(limit_bounding_set(capabilities.bounding));
    RDT_CHECK(change_user(user));
    RDT_CHECK(apply_capabilities(capabilities));
    ::umask(process.user.umask.value_or(022) & 0777U);
    if (process.no_new_privileges) RDT_CHECK(set_no_new_privileges());
    return {};
}

/// NAME=value entries, the last of each name, and HOME. Errors: invalid_argument for what is no such entry.
Result<std::vector<std::string>> environment_of(const oci::Process& process, const oci::ResolvedUser& user) {
    std::vector<std::string> environment;
    for (const auto& entry : process.env) {
        const auto name_end = entry.find('=');
        if (name_end == std::string::npos || name_end == 0 || entry.contains('\0'))
            return fail(Code::invalid_argument, "environment '{}' is not NAME=value", entry);
        const auto name = std::string_view(entry).substr(0, name_end + 1);
        std::erase_if(environment, [&](const auto& earlier) { return earlier.starts_with(name); });
        environment.push_back(entry);
    }
    const auto home =
        std::ranges::find_if(environment, [](const auto& entry) { return entry.starts_with("HOME="); });
    if (home == environment.end())
        environment.push_back("HOME=" + user.home);
    else if (*home == "HOME=")
        *home += user.home;
    return environment;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// A step's failure must not look like "no such command" or "not executable", which are exit codes of their
/// own.
Error as_setup_failure(Error error) {
    if (error.code == Code::not_found || error.code == Code::permission_denied) error.code = Code::internal;
    return error;
}

} // namespace

Status make_working_folder(int root, const std::string& path) {
    if (!path.starts_with('/')) return {}; // refused when it is entered
    const auto made = create_in_root(root, path, NodeKind::folder);
    if (!made) return std::unexpected(made.error().within("working folder '" + path + "'"));
    return {};
}

Status set_up_early(const oci::Process& process) {
    // The agent's own value, which spares it, must not be inherited.
    return write_existing("/proc/self/oom_score_adj", std::to_string(process.oom_score_adj.value_or(0)));
}

Status connect_streams(const StandardStreams& streams) {
    int number = 0;
    for (const auto* stream : {&streams.input, &streams.output, &streams.error})
        if (::dup2(stream->get(), number++) < 0) return fail_errno(errno, "connect standard streams");
    return {};
}

Error become(const oci::Process& process, const oci::Seccomp* seccomp, const ChildChannel& channel,
             int terminal) {
    const auto user = look_up(process.user);
    if (!user) return as_setup_failure(user.error());
    if (const auto done = take_on_identity(process, seccomp, *user); !done)
        return as_setup_failure(done.error());
    auto environment = environment_of(process, *user);
    if (!environment) return environment.error();
    auto arguments = process.args;
    const auto file = find_executable(arguments.empty() ? "" : arguments.front(), *environment);
    if (!file) return file.error();
    // Everything else we hold closes at exec, the channel included: that is how the agent learns of it.
    if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        return fail_errno(errno, "close descriptors").error();
    if (const auto told = channel.send_ready(terminal); !told) return told.error();
    if (!channel.wait_for_go()) ::_exit(1);
    if (seccomp != nullptr && process.no_new_privileges)
        if (const auto done = apply_seccomp(*seccomp); !done) return as_setup_failure(done.error());
    ::execve(file->c_str(), pointers_to(arguments).data(), pointers_to(*environment).data());
    const int number = errno;
    const Code code = number == ENOENT ? Code::not_found : Code::permission_denied;
    return fail(code, "exec {}: {}", *file, text_of_errno(number)).error();
}

} // namespace redoubt::guest::oci_runtime
