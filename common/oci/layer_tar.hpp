// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a layer's tar may contain, and what tree it means. Pure: entries go in as values, decisions come out.
///
/// Two passes over the same entries in the same order. The first, LayerTarPolicy, refuses hostile and broken
/// layers and finds out which entry decides each path. The second, LayerPlan, turns the entries into a normal
/// form: every path once, parents before children, whiteouts as overlayfs knows them. Source: OCI
/// image-spec 1.1, layer.md; docs/formats/redoubt-erofs-1.md.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::oci {

enum class EntryKind : std::uint8_t {
    file,
    directory,
    symlink,
    hard_link,
    fifo,
    character_device,
    block_device,
    other
};

/// An entry of a layer's tar, as read and not judged yet.
struct LayerEntry {
    std::string path;
    EntryKind kind = EntryKind::other;
    std::string link;       ///< of symbolic and hard links
    std::uint64_t size = 0; ///< bytes of a file
    std::uint32_t mode = 0; ///< permissions, set-id and sticky bits
    std::int64_t uid = 0;
    std::int64_t gid = 0;
    std::int64_t mtime_seconds = 0;
    std::uint32_t mtime_nanoseconds = 0;
    std::uint64_t device_major = 0;
    std::uint64_t device_minor = 0;
    bool is_sparse = false;
    std::map<std::string, std::string> xattrs;

    [[nodiscard]] bool operator==(const LayerEntry&) const = default;
};

struct LayerTarLimits {
    std::uint64_t max_bytes = 32ULL << 30U; ///< sum of the files' sizes
    std::uint64_t max_entries = 4'000'000;
    std::uint64_t max_path_bytes = 512ULL
                                   << 20U; ///< sum of the paths' lengths: what the plan keeps in memory
};

/// The tree that a layer means. Made by LayerTarPolicy::finish().
class LayerPlan {
  public:
    /// Directories that no entry describes, the root (".") among them: mode 0755, owner 0:0, time 0. To be
    /// written first.
    [[nodiscard]] std::vector<LayerEntry> implied_directories() const;
    /// The normal form of entry number `ordinal`, or nothing when another entry decides its path, when it is
    /// a whiteout or when the runtime provides it. Takes what LayerTarPolicy::add accepted under that number.
    [[nodiscard]] std::optional<LayerEntry> normalise(LayerEntry entry, std::uint64_t ordinal) const;
    /// Character devices 0:0 for what this layer hides. To be written last.
    [[nodiscard]] std::vector<LayerEntry> whiteouts() const;

  private:
    friend class LayerTarPolicy;
    struct Node {
        EntryKind kind = EntryKind::directory;
        std::optional<std::uint64_t> ordinal; ///< of the entry that decides; none: implied
        bool is_link_target = false;
        bool is_opaque = false;
        bool has_whiteouts = false;
    };
    [[nodiscard]] LayerEntry with_overlay_attributes(LayerEntry entry, const Node& node) const;

    std::map<std::string, Node, std::less<>> nodes_; ///< by normalised path; the root is "."
    std::set<std::string> whiteouts_;
};

/// The first pass.
/// Errors of add(): invalid_argument, or resource_exhausted beyond a limit, always naming the entry:
/// "entry 'a/../b': contains '..'".
class LayerTarPolicy {
  public:
    explicit LayerTarPolicy(LayerTarLimits limits = {});

    /// Judges the next entry.
    Status add(const LayerEntry& entry);
    /// The plan for the entries added; the policy is used up.
    [[nodiscard]] LayerPlan finish();

  private:
    Status count(const LayerEntry& entry);
    Status add_at(const LayerEntry& entry, const std::string& path);
    Status add_parents(const std::string& path);
    Status add_whiteout(const LayerEntry& entry, const std::string& parent, std::string_view hidden);
    Status check_link_target(const LayerEntry& entry, const std::string& path);
    Status place(const std::string& path, EntryKind kind);

    LayerTarLimits limits_;
    LayerPlan plan_;
    std::uint64_t entries_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t path_bytes_ = 0;
};

/// The path without "./", doubled and trailing slashes; "." for the root.
/// Errors: invalid_argument: empty, absolute, "..", NUL, longer than 4096 bytes, a component longer than 255.
[[nodiscard]] Result<std::string> normalise_layer_path(std::string_view path);

} // namespace redoubt::oci
