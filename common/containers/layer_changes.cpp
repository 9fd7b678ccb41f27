// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/containers/layer_changes.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>

#include "common/base/file.hpp"

namespace redoubt::containers {

namespace {

constexpr std::size_t k_most_changes = 1'000'000;
constexpr std::size_t k_deepest = 512;

bool is_whiteout(const struct stat& status) {
    return S_ISCHR(status.st_mode) && status.st_rdev == 0;
}

/// The path of a layer is the agent's own; what is below it is a container's or an image's.
bool is_opaque(const std::string& folder) {
    char value = 0;
    return ::lgetxattr(folder.c_str(), "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

/// One layer's word on a path.
enum class Verdict : std::uint8_t { unknown, there, gone };

/// `status`: of what is there.
Verdict look_in(const std::string& layer, const std::string& path, struct stat& status) {
    bool hides_below = false;
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const auto place = layer + path.substr(0, end);
        if (::lstat(place.c_str(), &status) != 0) return hides_below ? Verdict::gone : Verdict::unknown;
        if (is_whiteout(status)) return Verdict::gone;
        if (end == std::string::npos) return Verdict::there;
        if (!S_ISDIR(status.st_mode)) return Verdict::gone;
        hides_below = hides_below || is_opaque(place);
    }
}

/// What the image has at a path; nothing when it has none.
std::optional<struct stat> find_below(const Layers& layers, const std::string& path) {
    struct stat status{};
    for (const auto& layer : layers.lower) {
        switch (look_in(layer, path, status)) {
        case Verdict::there: return status;
        case Verdict::gone: return std::nullopt;
        case Verdict::unknown: break;
        }
    }
    return std::nullopt;
}

bool is_same_folder(const struct stat& one, const struct stat& other) {
    return S_ISDIR(one.st_mode) && one.st_mode == other.st_mode && one.st_uid == other.st_uid &&
           one.st_gid == other.st_gid;
}

Result<std::vector<std::string>> sorted_names(const std::string& folder) {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), ::closedir);
    if (!stream) return fail_errno(errno, "read folder {}", folder);
    std::vector<std::string> names;
    while (const auto* entry =
               ::readdir(stream.get())) { // NOLINT(concurrency-mt-unsafe): a stream of our own
        const std::string_view name(static_cast<const char*>(entry->d_name));
        if (name != "." && name != "..") names.emplace_back(name);
    }
    std::ranges::sort(names);
    return names;
}

class Walk {
  public:
    Walk(const Layers& layers, const std::vector<std::string>& ignored)
        : layers_(layers), ignored_(ignored) {}

    Status enter(const std::string& path, std::size_t depth) { // NOLINT(misc-no-recursion): bounded
        if (depth > k_deepest) return {};                      // nothing below can be named anyway: PATH_MAX
        RDT_TRY(const auto names, sorted_names(layers_.upper + path));
        for (const auto& name : names) RDT_CHECK(visit(path + "/" + name, depth));
        return {};
    }
    std::vector<Change> take() { return std::move(changes_); }

  private:
    Status visit(const std::string& path, std::size_t depth) { // NOLINT(misc-no-recursion): bounded
        if (std::ranges::contains(ignored_, path)) return {};
        struct stat status{};
        if (::lstat((layers_.upper + path).c_str(), &status) != 0) return {}; // removed meanwhile
        if (changes_.size() >= k_most_changes)
            return fail(Code::resource_exhausted, "more than {} changes", k_most_changes);
        const auto before = find_below(layers_, path);
        if (is_whiteout(status)) {
            if (before) changes_.push_back({ChangeKind::deleted, path});
            return {};
        }
        changes_.push_back({before ? ChangeKind::changed : ChangeKind::added, path});
        if (!S_ISDIR(status.st_mode)) return {};
        const auto count = changes_.size();
        RDT_CHECK(enter(path, depth + 1));
        const bool is_only_copied = before && changes_.size() == count && is_same_folder(*before, status) &&
                                    !is_opaque(layers_.upper + path);
        if (is_only_copied) changes_.pop_back();
        return {};
    }

    const Layers& layers_;
    const std::vector<std::string>& ignored_;
    std::vector<Change> changes_;
};

std::optional<std::string> value_of(const std::vector<std::string>& options, std::string_view key) {
    for (const auto& option : options)
        if (option.starts_with(key)) return option.substr(key.size());
    return std::nullopt;
}

} // namespace

std::optional<Layers> layers_of(const std::vector<std::string>& mount_options) {
    const auto upper = value_of(mount_options, "upperdir=");
    auto lower = value_of(mount_options, "lowerdir=");
    if (!upper || !lower) return std::nullopt;
    Layers layers{.upper = *upper, .lower = {}};
    for (std::string_view rest = *lower; !rest.empty();) {
        const auto end = std::min(rest.find(':'), rest.size());
        layers.lower.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return layers;
}

Result<std::vector<Change>> list_changes(const Layers& layers, const std::vector<std::string>& ignored) {
    Walk walk(layers, ignored);
    RDT_CHECK(walk.enter("", 0));
    return walk.take();
}

/// Part by part: "/a/b" comes before "/a-b", though '-' is less than '/'.
bool is_behind(const std::string& path, const std::string& other) {
    const auto rank = [](char c) {
        return c == '/' ? 0 : static_cast<int>(static_cast<unsigned char>(c)) + 1;
    };
    return std::ranges::lexicographical_compare(other, path, std::ranges::less(), rank, rank);
}

} // namespace redoubt::containers
