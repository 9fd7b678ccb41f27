// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/layer_tar.hpp"

#include <algorithm>
#include <array>

namespace redoubt::oci {
namespace {

constexpr std::size_t k_max_path = 4096;
constexpr std::size_t k_max_component = 255;
constexpr std::size_t k_max_symlink = 4095; // PATH_MAX with its NUL
constexpr std::size_t k_max_xattr_value = 32768;
constexpr std::size_t k_max_xattr_total = 65536;
constexpr std::int64_t k_max_id = 0xffff'fffe;        // (uid_t)-1 means "no change"
constexpr std::int64_t k_max_mtime = 253'402'300'799; // end of the year 9999

constexpr std::string_view k_whiteout_prefix = ".wh.";
constexpr std::string_view k_opaque_name = ".wh..wh..opq";

// What every runtime puts into a container's /dev by itself.
constexpr std::array<std::string_view, 8> k_provided_devices{
    "dev/null", "dev/zero", "dev/full", "dev/random", "dev/urandom", "dev/tty", "dev/console", "dev/ptmx"};

template <class... Args>
std::unexpected<Error> refuse(std::format_string<Args...> format, Args&&... args) {
    return fail(Code::invalid_argument, format, std::forward<Args>(args)...);
}

std::string parent_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? "." : std::string(path.substr(0, slash));
}

std::string_view name_in(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_device(EntryKind kind) {
    return kind == EntryKind::character_device || kind == EntryKind::block_device;
}

bool is_provided_device(EntryKind kind, std::string_view path) {
    return is_device(kind) && std::ranges::contains(k_provided_devices, path);
}

bool is_kept_xattr(std::string_view name) {
    return name.starts_with("user.") || name == "security.capability" || name == "system.posix_acl_access" ||
           name == "system.posix_acl_default";
}

Status check_xattrs(const LayerEntry& entry) {
    std::size_t total = 0;
    for (const auto& [name, value] : entry.xattrs) {
        if (name.starts_with("trusted.overlay.") || name.starts_with("user.overlay."))
            return refuse("extended attribute '{}' would forge overlay metadata", name);
        if (!is_kept_xattr(name)) continue;
        if (name.size() > k_max_component || name == "user." || std::ranges::any_of(name, [](char c) {
                return static_cast<unsigned char>(c) < 0x21 || c == '=';
            }))
            return refuse("extended attribute with a malformed name");
        total += name.size() + value.size();
        if (value.size() > k_max_xattr_value || total > k_max_xattr_total)
            return refuse("extended attribute '{}' is too large ({} bytes)", name, value.size());
    }
    return {};
}

Status check_device(const LayerEntry& entry, std::string_view path) {
    if (!is_device(entry.kind)) return {};
    if (entry.device_major == 0 && entry.device_minor == 0)
        return refuse("device 0:0 would forge an overlay whiteout");
    if (is_provided_device(entry.kind, path)) return {};
    return refuse("device nodes are not allowed ({} {}:{})",
                  entry.kind == EntryKind::block_device ? "block" : "character", entry.device_major,
                  entry.device_minor);
}

Status check_attributes(const LayerEntry& entry, std::string_view path) {
    if (entry.kind == EntryKind::other) return refuse("not a kind of file that a layer can have");
    if (entry.is_sparse) return refuse("sparse files are not supported (size {} bytes)", entry.size);
    RDT_CHECK(check_device(entry, path));
    if (entry.uid < 0 || entry.uid > k_max_id || entry.gid < 0 || entry.gid > k_max_id)
        return refuse("owner {}:{} is out of range", entry.uid, entry.gid);
    if (entry.kind == EntryKind::symlink) {
        if (entry.link.empty()) return refuse("symbolic link without a target");
        if (entry.link.size() > k_max_symlink)
            return refuse("symbolic link target of {} bytes", entry.link.size());
        if (entry.link.contains('\0')) return refuse("symbolic link target contains a NUL character");
    }
    return check_xattrs(entry);
}

/// For messages: a name may be long, and may contain anything.
std::string shown(std::string_view path) {
    std::string text;
    for (const char c : path.substr(0, 200)) {
        const auto value = static_cast<unsigned char>(c);
        text += value < 0x20 || value == 0x7f ? std::format("\\x{:02x}", value) : std::string(1, c);
    }
    return path.size() > 200 ? text + "..." : text;
}

} // namespace

Result<std::string> normalise_layer_path(std::string_view path) {
    if (path.empty()) return refuse("empty name");
    if (path.contains('\0')) return refuse("name contains a NUL character");
    if (path.size() > k_max_path)
        return refuse("name of {} bytes, at most {} are allowed", path.size(), k_max_path);
    if (path.starts_with('/')) return refuse("absolute path");
    std::string clean;
    while (!path.empty()) {
        const auto component = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(component.size() + 1, path.size()));
        if (component.empty() || component == ".") continue;
        if (component == "..") return refuse("contains '..'");
        if (component.size() > k_max_component)
            return refuse("a component of {} bytes, at most {} are allowed", component.size(),
                          k_max_component);
        if (!clean.empty()) clean += '/';
        clean += component;
    }
    return clean.empty() ? "." : clean;
}

LayerTarPolicy::LayerTarPolicy(LayerTarLimits limits) : limits_(limits) {
    plan_.nodes_.emplace(".", LayerPlan::Node());
}

Status LayerTarPolicy::add(const LayerEntry& entry) {
    auto judged = [&]() -> Status {
        RDT_CHECK(count(entry));
        RDT_TRY(const auto path, normalise_layer_path(entry.path));
        RDT_CHECK(check_attributes(entry, path));
        return add_at(entry, path);
    }();
    ++entries_;
    return judged.transform_error(context("entry '{}'", shown(entry.path)));
}

Status LayerTarPolicy::count(const LayerEntry& entry) {
    if (entries_ >= limits_.max_entries)
        return fail(Code::resource_exhausted, "the layer has more than {} entries", limits_.max_entries);
    // The paths of implied parents are added where they are made: a deep path stands for many.
    path_bytes_ += entry.path.size();
    if (path_bytes_ > limits_.max_path_bytes)
        return fail(Code::resource_exhausted, "the layer's names exceed {} bytes", limits_.max_path_bytes);
    if (entry.kind != EntryKind::file) return {};
    if (entry.size > limits_.max_bytes - bytes_)
        return fail(Code::resource_exhausted, "{} bytes, the layer would exceed its limit of {} bytes",
                    entry.size, limits_.max_bytes);
    bytes_ += entry.size;
    return {};
}

Status LayerTarPolicy::add_at(const LayerEntry& entry, const std::string& path) {
    RDT_CHECK(add_parents(path));
    const auto name = name_in(path);
    if (name.starts_with(k_whiteout_prefix))
        return add_whiteout(entry, parent_of(path), name.substr(k_whiteout_prefix.size()));
    if (is_provided_device(entry.kind, path)) return {};
    if (entry.kind == EntryKind::hard_link) RDT_CHECK(check_link_target(entry, path));
    return place(path, entry.kind == EntryKind::hard_link ? EntryKind::file : entry.kind);
}

Status LayerTarPolicy::add_parents(const std::string& path) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const auto parent = path.substr(0, slash);
        if (name_in(parent).starts_with(k_whiteout_prefix)) return refuse("is inside of a whiteout");
        const auto [place, is_new] = plan_.nodes_.try_emplace(parent);
        if (is_new) {
            path_bytes_ += parent.size();
        } else if (place->second.kind == EntryKind::symlink) {
            return refuse("passes through the symbolic link '{}' of the same layer", shown(parent));
        } else if (place->second.kind != EntryKind::directory) {
            return refuse("is inside of '{}', which is not a directory", shown(parent));
        }
    }
    return {};
}

Status LayerTarPolicy::add_whiteout(const LayerEntry& entry, const std::string& parent,
                                    std::string_view hidden) {
    if (entry.kind != EntryKind::file && entry.kind != EntryKind::hard_link)
        return refuse("malformed whiteout: not a regular file");
    if (name_in(k_opaque_name).substr(k_whiteout_prefix.size()) == hidden) {
        plan_.nodes_.find(parent)->second.is_opaque = true;
        return {};
    }
    if (hidden.empty() || hidden == "." || hidden == ".." || hidden.starts_with(k_whiteout_prefix))
        return refuse("malformed whiteout: it hides no possible name");
    plan_.whiteouts_.insert(parent == "." ? std::string(hidden) : parent + "/" + std::string(hidden));
    return {};
}

Status LayerTarPolicy::check_link_target(const LayerEntry& entry, const std::string& path) {
    auto target = normalise_layer_path(entry.link);
    if (!target) return refuse("hard link to '{}': {}", shown(entry.link), target.error().message);
    const auto found = plan_.nodes_.find(*target);
    if (*target == path) return refuse("hard link to itself");
    if (found == plan_.nodes_.end())
        return refuse("hard link to '{}', which is not in the layer before it", shown(entry.link));
    if (found->second.kind != EntryKind::file && found->second.kind != EntryKind::fifo)
        return refuse("hard link to '{}', which is not a regular file", shown(entry.link));
    found->second.is_link_target = true;
    return {};
}

Status LayerTarPolicy::place(const std::string& path, EntryKind kind) {
    if (path == "." && kind != EntryKind::directory) return refuse("the root has to be a directory");
    auto [place, is_new] = plan_.nodes_.try_emplace(path);
    auto& node = place->second;
    if (!is_new) {
        if ((node.kind == EntryKind::directory) != (kind == EntryKind::directory))
            return refuse("is given twice, once as a directory and once not");
        if (node.is_link_target) return refuse("replaces a file that a hard link points to");
    }
    node.kind = kind;
    node.ordinal = entries_;
    return {};
}

LayerPlan LayerTarPolicy::finish() {
    // A whiteout hides what lower layers have. Where this layer has the name itself, a file covers it anyway,
    // and a directory must not be merged with the lower one.
    for (auto place = plan_.whiteouts_.begin(); place != plan_.whiteouts_.end();) {
        const auto found = plan_.nodes_.find(*place);
        if (found == plan_.nodes_.end()) {
            plan_.nodes_.find(parent_of(*place))->second.has_whiteouts = true;
            ++place;
            continue;
        }
        if (found->second.kind == EntryKind::directory) found->second.is_opaque = true;
        place = plan_.whiteouts_.erase(place);
    }
    return std::move(plan_);
}

LayerEntry LayerPlan::with_overlay_attributes(LayerEntry entry, const Node& node) const {
    if (node.kind != EntryKind::directory) return entry;
    if (node.is_opaque) entry.xattrs["trusted.overlay.opaque"] = "y";
    // An empty origin makes overlayfs look for whiteouts even where the directory is in one layer only (Linux
    // b79e05aaa166).
    if (node.has_whiteouts) entry.xattrs["trusted.overlay.origin"] = "";
    return entry;
}

std::vector<LayerEntry> LayerPlan::implied_directories() const {
    std::vector<LayerEntry> directories;
    for (const auto& [path, node] : nodes_) {
        if (node.ordinal) continue;
        LayerEntry entry{.path = path, .kind = EntryKind::directory, .mode = 0755};
        directories.push_back(with_overlay_attributes(std::move(entry), node));
    }
    // "." must come first: some bytes sort before it.
    std::ranges::stable_partition(directories, [](const LayerEntry& entry) { return entry.path == "."; });
    return directories;
}

std::optional<LayerEntry> LayerPlan::normalise(LayerEntry entry, std::uint64_t ordinal) const {
    auto path = normalise_layer_path(entry.path);
    if (!path) return std::nullopt;
    const auto found = nodes_.find(*path);
    if (found == nodes_.end() || found->second.ordinal != ordinal) return std::nullopt;
    entry.path = *std::move(path);
    if (entry.kind == EntryKind::hard_link) {
        entry.link = normalise_layer_path(entry.link).value_or(std::string());
        entry.size = 0;
        entry.xattrs.clear(); // a link has the attributes of its file
    }
    std::erase_if(entry.xattrs, [](const auto& attribute) { return !is_kept_xattr(attribute.first); });
    entry.mode &= 07777U;
    if (entry.kind == EntryKind::symlink) entry.mode = 0777;
    if (entry.kind != EntryKind::file) entry.size = 0;
    if (entry.mtime_seconds < 0 || entry.mtime_seconds > k_max_mtime) {
        entry.mtime_seconds = std::clamp<std::int64_t>(entry.mtime_seconds, 0, k_max_mtime);
        entry.mtime_nanoseconds = 0;
    }
    return with_overlay_attributes(std::move(entry), found->second);
}

std::vector<LayerEntry> LayerPlan::whiteouts() const {
    std::vector<LayerEntry> entries;
    entries.reserve(whiteouts_.size());
    for (const auto& path : whiteouts_)
        entries.push_back({.path = path, .kind = EntryKind::character_device});
    return entries;
}

} // namespace redoubt::oci
