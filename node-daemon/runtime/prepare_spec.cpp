// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/prepare_spec.hpp"

#include <fcntl.h>

#include <algorithm>
#include <format>
#include <system_error>
#include <utility>

#include "common/base/file.hpp"
#include "common/base/safe_open.hpp"
#include "common/containers/copy_up.hpp"
#include "common/oci/user_lookup.hpp"

namespace redoubt::node::runtime {
namespace {

constexpr std::uint64_t k_largest_user_file = 1U << 20U;

/// Empty when there is no such file, or it is none: the image's files are hostile.
std::string read_in(int root, const char* path) {
    const auto file = open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file) return {};
    return read_file(std::format("/proc/self/fd/{}", file->get()), k_largest_user_file).value_or("");
}

void set_home(std::vector<std::string>& environment, const std::string& home) {
    const auto known =
        std::ranges::find_if(environment, [](const auto& entry) { return entry.starts_with("HOME="); });
    if (known == environment.end())
        environment.push_back("HOME=" + home);
    else if (*known == "HOME=")
        *known += home;
}

Status add_file(oci::Spec& spec, const std::filesystem::path& folder, const std::string& name,
                const std::string& content) {
    const auto destination = "/etc/" + name;
    if (std::ranges::contains(spec.mounts, destination, &oci::Mount::destination)) return {};
    RDT_CHECK(write_file(folder / name, content));
    spec.mounts.push_back(
        {destination, (folder / name).native(), "bind", {"bind", "nosuid", "nodev", "noexec"}});
    return {};
}

std::string render_resolver(const std::vector<std::string>& dns) {
    std::string text;
    for (const auto& line : dns) text += (line.contains(' ') ? line : "nameserver " + line) + "\n";
    return text;
}

Task<void> fill_volume(int root, std::string source, std::string destination) {
    auto from = open_in_root(root, destination, O_RDONLY | O_DIRECTORY);
    if (!from && from.error().code == Code::not_found) co_return Status{}; // the place is made, and empty
    if (!from) co_return std::unexpected(std::move(from).error());
    RDT_CO_TRY(auto to, open_file(source, O_RDONLY | O_DIRECTORY));
    co_return co_await containers::copy_up(std::move(*from), std::move(to));
}

} // namespace

Status resolve_process(oci::Process& process, const std::string& rootfs) {
    RDT_TRY(const auto root, open_file(rootfs, O_PATH | O_DIRECTORY));
    RDT_TRY(auto user, oci::resolve_user(process.user, read_in(root.get(), "etc/passwd"),
                                         read_in(root.get(), "etc/group")));
    process.user = {.uid = user.uid,
                    .gid = user.gid,
                    .additional_gids = std::move(user.additional_gids),
                    .username = {},
                    .umask = process.user.umask};
    set_home(process.env, user.home);
    return {};
}

Status make_working_folder(const oci::Process& process, const std::string& rootfs) {
    RDT_TRY(const auto root, open_file(rootfs, O_PATH | O_DIRECTORY));
    if (open_in_root(root.get(), process.cwd, O_PATH)) return {};
    return create_in_root(root.get(), process.cwd, NodeKind::folder)
        .transform([](const UniqueFd&) {})
        .transform_error(context("working directory {}", process.cwd));
}

Status add_host_files(oci::Spec& spec, const HostFiles& files, const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail_errno(error.value(), "make folder {}", folder.native());
    const auto& name = files.hostname;
    if (!files.dns.empty()) RDT_CHECK(add_file(spec, folder, "resolv.conf", render_resolver(files.dns)));
    if (!name.empty()) RDT_CHECK(add_file(spec, folder, "hostname", name + "\n"));
    return add_file(spec, folder, "hosts",
                    std::format("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
                                "127.0.1.1\t{}\n",
                                name.empty() ? "container" : name));
}

Task<void> fill_volumes(oci::Spec& spec) {
    RDT_CO_TRY(const auto root, open_file(spec.root_path, O_PATH | O_DIRECTORY));
    for (auto& mount : spec.mounts) {
        if (std::erase(mount.options, containers::k_copy_up) == 0) continue;
        // The volume's own folder, which a new volume does not have.
        std::error_code error;
        std::filesystem::create_directory(mount.source, error);
        auto filled = co_await fill_volume(root.get(), mount.source, mount.destination);
        if (!filled)
            co_return std::unexpected(filled.error().within("fill the volume at " + mount.destination));
    }
    co_return Status{};
}

Status keep_tmp_visible(oci::Spec& spec) {
    const auto place = spec.root_path + "/tmp";
    std::error_code error;
    const bool is_folder =
        std::filesystem::symlink_status(place, error).type() == std::filesystem::file_type::directory;
    if (!is_folder || std::ranges::contains(spec.mounts, "/tmp", &oci::Mount::destination)) return {};
    spec.mounts.push_back({"/tmp", place, "bind", {"bind", "rw"}});
    return {};
}

std::vector<std::string> list_unseen_places(const oci::Spec& spec) {
    std::vector<std::string> places;
    for (const auto& mount : spec.mounts)
        if (mount.type != "bind") places.push_back(mount.destination);
    return places;
}

} // namespace redoubt::node::runtime
