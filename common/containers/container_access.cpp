// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/containers/container_access.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <filesystem>
#include <format>
#include <utility>

#include "common/base/file.hpp"
#include "common/base/safe_open.hpp"
#include "common/oci/user_lookup.hpp"

namespace redoubt::containers {

namespace {

constexpr std::size_t k_most_transfers = 16;
/// A transfer that nobody has used for so long has lost its client, and makes room for another.
constexpr auto k_idle = std::chrono::seconds(60);
constexpr std::size_t k_page_bytes = 1UZ << 20U;
constexpr std::uint64_t k_largest_user_file = 1U << 20U;

/// The container's root folder with everything mounted in it, as its processes see it.
Result<UniqueFd> open_root(const RunningContainer& container) {
    return open_file(container.root, O_PATH | O_DIRECTORY);
}

/// The last part of a path, without slashes behind it; "." for the root.
std::string last_part(std::string path) {
    while (path.ends_with('/')) path.pop_back();
    const auto name = path.substr(path.rfind('/') + 1); // npos + 1: the whole
    return name.empty() || name == ".." ? "." : name;
}

/// Where an open place is, in the namespace it was opened in.
std::string real_path(int place) {
    std::array<char, PATH_MAX> text{};
    const auto link = std::format("/proc/self/fd/{}", place);
    const auto size = ::readlink(link.c_str(), text.data(), text.size());
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "";
}

/// Where an open place is, as the container sees it.
std::string path_inside(int root, int place, const std::string& asked) {
    const auto top = real_path(root);
    auto path = real_path(place);
    if (path.empty()) return asked;
    if (top.size() > 1 && path.starts_with(top)) path.erase(0, top.size());
    return path.empty() ? "/" : path;
}

bool is_at_or_below(const std::string& path, const std::string& folder) {
    return path == folder || path.starts_with(folder + "/");
}

/// Refuses what lies where only the container's own kernel looks.
Status check_seen(const RunningContainer& container, const std::string& inside, const std::string& asked) {
    for (const auto& folder : container.unseen)
        if (is_at_or_below(inside, folder))
            return fail(Code::failed_precondition,
                        "'{}' lies in '{}', which is the container's own kernel's: the host does not see it",
                        asked, folder);
    return {};
}

/// Why there is no such place: it may be one that only the container sees.
Error missing(const RunningContainer& container, int root, const std::string& path) {
    for (auto above = std::filesystem::path(path).parent_path(); above.has_relative_path();
         above = above.parent_path()) {
        const auto folder = open_in_root(root, above.native(), O_PATH);
        if (!folder) continue;
        if (const auto seen = check_seen(container, path_inside(root, folder->get(), above), path); !seen)
            return seen.error();
        break;
    }
    return Error{Code::not_found, std::format("no '{}' in the container", path)};
}

Result<UniqueFd> open_place(const RunningContainer& container, int root, const std::string& path) {
    if (path.find('\0') != std::string::npos) return fail(Code::invalid_argument, "a path holds a NUL byte");
    auto place = open_in_root(root, path.empty() ? "/" : path, O_PATH);
    if (!place && place.error().code == Code::not_found)
        return std::unexpected(missing(container, root, path));
    if (place) RDT_CHECK(check_seen(container, path_inside(root, place->get(), path), path));
    return place;
}

std::string read_in(int root, const std::string& path) {
    const auto file = open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file) return {};
    return read_file(std::format("/proc/self/fd/{}", file->get()), k_largest_user_file).value_or("");
}

/// Whom the container's process is, and what is copied to it shall belong to.
Result<archive::Owner> owner_of(const RunningContainer& container, int root) {
    RDT_TRY(const auto user, oci::resolve_user(container.spec.process.user, read_in(root, "etc/passwd"),
                                               read_in(root, "etc/group")));
    return archive::Owner{.uid = user.uid, .gid = user.gid};
}

/// What the runtime puts into a container is not the container's change.
std::vector<std::string> ignored_paths(const oci::Spec& spec) {
    std::vector<std::string> paths{"/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/mtab"};
    for (const auto& mount : spec.mounts) paths.push_back(mount.destination);
    for (const auto& device : spec.linux_part.devices) paths.push_back(device.path);
    return paths;
}

} // namespace

Result<std::vector<ProcessInfo>> ContainerAccess::processes(const ContainerId& id) const {
    RDT_TRY(const auto container, find_running_(id));
    return list_processes(container.init, container.cgroup);
}

Result<std::vector<Change>> ContainerAccess::changes(const ContainerId& id, const std::string& after) const {
    RDT_TRY(const auto container, find_running_(id));
    if (!container.layers)
        return fail(Code::failed_precondition, "container '{}' has no layer of its own to look at", id);
    RDT_TRY(auto all, list_changes(*container.layers, ignored_paths(container.spec)));
    std::vector<Change> page;
    std::size_t bytes = 0;
    for (auto& change : all) {
        if (!after.empty() && !is_behind(change.path, after)) continue;
        bytes += change.path.size() + 16;
        if (bytes > k_page_bytes) break;
        page.push_back(std::move(change));
    }
    return page;
}

Result<PathStatus> ContainerAccess::stat_path(const ContainerId& id, const std::string& path) const {
    RDT_TRY(const auto container, find_running_(id));
    RDT_TRY(const auto root, open_root(container));
    RDT_TRY(const auto place, open_place(container, root.get(), path));
    struct stat status{};
    if (::fstat(place.get(), &status) != 0) return fail_errno(errno, "look at {}", path);
    return PathStatus{.mode = status.st_mode,
                      .size_bytes = static_cast<std::uint64_t>(status.st_size),
                      .path = path_inside(root.get(), place.get(), path)};
}

Result<std::uint64_t> ContainerAccess::open_archive(const ContainerId& id, const std::string& path,
                                                    std::string name) {
    RDT_TRY(const auto container, find_running_(id));
    RDT_TRY(const auto root, open_root(container));
    RDT_TRY(auto place, open_place(container, root.get(), path));
    if (name.empty()) name = last_part(path);
    Transfer transfer;
    transfer.packer = std::make_unique<archive::TreePacker>(std::move(place), std::move(name));
    return add(std::move(transfer));
}

Result<std::string> ContainerAccess::read_archive(std::uint64_t number) {
    RDT_TRY(auto* const transfer, find(number));
    if (!transfer->packer) return fail(Code::invalid_argument, "transfer {} unpacks", number);
    auto bytes = transfer->packer->next();
    if (!bytes || bytes->empty()) transfers_.erase(number);
    return bytes;
}

Result<std::uint64_t> ContainerAccess::open_unpacking(const UnpackRequest& request) {
    RDT_TRY(const auto container, find_running_(request.container));
    RDT_TRY(auto root, open_root(container));
    RDT_TRY(const auto place, open_place(container, root.get(), request.folder));
    struct stat status{};
    if (::fstat(place.get(), &status) != 0) return fail_errno(errno, "look at {}", request.folder);
    if (!S_ISDIR(status.st_mode))
        return fail(Code::invalid_argument, "'{}' in the container is no folder", request.folder);
    archive::UnpackRules rules{.links = archive::LinkRule::follow_inside,
                               .keeps_owners = request.keeps_owners,
                               .allows_overwrite = request.allows_overwrite,
                               .allows_devices = true};
    RDT_TRY(rules.owner, owner_of(container, root.get()));
    Transfer transfer;
    transfer.unpacker = std::make_unique<archive::TreeUnpacker>(std::move(root), request.folder, rules);
    return add(std::move(transfer));
}

Status ContainerAccess::write_archive(std::uint64_t number, std::string_view bytes) {
    RDT_TRY(auto* const transfer, find(number));
    if (!transfer->unpacker) return fail(Code::invalid_argument, "transfer {} packs", number);
    auto written = transfer->unpacker->feed(bytes);
    if (!written) transfers_.erase(number);
    return written;
}

Result<std::uint64_t> ContainerAccess::finish_unpacking(std::uint64_t number) {
    RDT_TRY(auto* const transfer, find(number));
    if (!transfer->unpacker) return fail(Code::invalid_argument, "transfer {} packs", number);
    auto entries = transfer->unpacker->finish();
    transfers_.erase(number);
    return entries;
}

void ContainerAccess::close(std::uint64_t transfer) {
    transfers_.erase(transfer);
}

Result<std::uint64_t> ContainerAccess::add(Transfer transfer) {
    const auto now = Clock::now();
    std::erase_if(transfers_, [now](const auto& entry) { return now - entry.second.used > k_idle; });
    if (transfers_.size() >= k_most_transfers)
        return fail(Code::resource_exhausted, "{} files are being copied already: the most at once",
                    k_most_transfers);
    transfer.used = now;
    transfers_.emplace(++last_, std::move(transfer));
    return last_;
}

Result<ContainerAccess::Transfer*> ContainerAccess::find(std::uint64_t number) {
    const auto found = transfers_.find(number);
    if (found == transfers_.end()) return fail(Code::not_found, "no transfer {}", number);
    found->second.used = Clock::now();
    return &found->second;
}

} // namespace redoubt::containers
