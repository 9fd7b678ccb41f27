// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/base/mount.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace redoubt {

namespace {

struct AttributeWord {
    std::string_view word;
    std::uint64_t set;
    std::uint64_t clear;
};

// Source: OCI runtime-spec 1.1.0 config.md, "Linux mount options".
constexpr std::array<AttributeWord, 18> k_attributes = {{
    {"ro", MOUNT_ATTR_RDONLY, 0},
    {"rw", 0, MOUNT_ATTR_RDONLY},
    {"nosuid", MOUNT_ATTR_NOSUID, 0},
    {"suid", 0, MOUNT_ATTR_NOSUID},
    {"nodev", MOUNT_ATTR_NODEV, 0},
    {"dev", 0, MOUNT_ATTR_NODEV},
    {"noexec", MOUNT_ATTR_NOEXEC, 0},
    {"exec", 0, MOUNT_ATTR_NOEXEC},
    {"nodiratime", MOUNT_ATTR_NODIRATIME, 0},
    {"diratime", 0, MOUNT_ATTR_NODIRATIME},
    {"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW},
    // The access-time values are one field, not bits: it is cleared as a whole before one is set.
    {"noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    {"atime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"norelatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"nostrictatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
}};

struct PropagationWord {
    std::string_view word;
    unsigned long flags;
};

constexpr std::array<PropagationWord, 8> k_propagations = {{
    {"private", MS_PRIVATE},
    {"rprivate", MS_PRIVATE | MS_REC},
    {"slave", MS_SLAVE},
    {"rslave", MS_SLAVE | MS_REC},
    {"shared", MS_SHARED},
    {"rshared", MS_SHARED | MS_REC},
    {"unbindable", MS_UNBINDABLE},
    {"runbindable", MS_UNBINDABLE | MS_REC},
}};

bool apply_attribute(std::uint64_t& set, std::uint64_t& clear, std::string_view word) {
    for (const auto& known : k_attributes) {
        if (known.word != word) continue;
        set = (set & ~known.clear) | known.set;
        clear = (clear & ~known.set) | known.clear;
        return true;
    }
    return false;
}

/// Every attribute has a form for whole trees, with an "r" in front.
bool apply_attribute(MountOptions& options, std::string_view word) {
    return apply_attribute(options.set, options.clear, word) ||
           (word.starts_with('r') &&
            apply_attribute(options.set_in_tree, options.clear_in_tree, word.substr(1)));
}

bool apply_propagation(MountOptions& options, std::string_view word) {
    for (const auto& known : k_propagations) {
        if (known.word != word) continue;
        options.propagation = known.flags;
        return true;
    }
    return false;
}

/// What the filesystem said to the context, as "; "-joined lines without their "e " level marks.
std::string words_of_context(int context) {
    std::string words;
    std::array<char, 1024> line{};
    for (;;) {
        const auto size = ::read(context, line.data(), line.size());
        if (size <= 2) return words;
        words +=
            (words.empty() ? " (" : "; ") + std::string(line.data() + 2, static_cast<std::size_t>(size) - 2);
        if (words.ends_with('\n')) words.pop_back();
    }
}

std::unexpected<Error> fail_context(int context, int number, const std::string& what) {
    auto words = words_of_context(context);
    if (!words.empty()) words += ')';
    return fail_errno(number, "{}{}", what, words);
}

Status configure(int context, const std::string& type, const std::string& option) {
    const auto equals = option.find('=');
    const std::string key = option.substr(0, equals);
    const int set =
        equals == std::string::npos
            ? ::fsconfig(context, FSCONFIG_SET_FLAG, key.c_str(), nullptr, 0)
            : ::fsconfig(context, FSCONFIG_SET_STRING, key.c_str(), option.c_str() + equals + 1, 0);
    if (set != 0) return fail_context(context, errno, type + " option '" + option + "'");
    return {};
}

Status set_attributes(int mount, std::uint64_t set, std::uint64_t clear, unsigned flags) {
    mount_attr attributes{};
    attributes.attr_set = set;
    attributes.attr_clr = clear;
    if ((set | clear) != 0 &&
        ::mount_setattr(mount, "", AT_EMPTY_PATH | flags, &attributes, sizeof attributes) != 0)
        return fail_errno(errno, "set bind attributes");
    return {};
}

} // namespace

MountOptions parse_mount_options(std::span<const std::string> words) {
    MountOptions options;
    for (const auto& word : words) {
        if (word == "bind")
            options.bind = BindKind::single;
        else if (word == "rbind")
            options.bind = BindKind::recursive;
        else if (word.empty() || word == "defaults")
            continue;
        else if (!apply_attribute(options, word) && !apply_propagation(options, word))
            options.data.push_back(word);
    }
    return options;
}

Result<UniqueFd> make_filesystem(const std::string& type, const std::string& source,
                                 const MountOptions& options) {
    const UniqueFd context(::fsopen(type.c_str(), FSOPEN_CLOEXEC));
    if (!context) return fail_errno(errno, "open filesystem type {}", type);
    if (::fsconfig(context.get(), FSCONFIG_SET_STRING, "source", source.empty() ? "none" : source.c_str(),
                   0) != 0)
        return fail_context(context.get(), errno, type + " source '" + source + "'");
    // A block device must not even be opened for writing when it is to be read only.
    if ((options.set & MOUNT_ATTR_RDONLY) != 0 && source.starts_with("/dev/"))
        RDT_CHECK(configure(context.get(), type, "ro"));
    for (const auto& option : options.data) RDT_CHECK(configure(context.get(), type, option));
    if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
        return fail_context(context.get(), errno, "make " + type + " of '" + source + "'");
    const auto attributes = (options.set & ~options.clear_in_tree) | options.set_in_tree;
    UniqueFd mount(::fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)));
    if (!mount) return fail_context(context.get(), errno, "mount " + type);
    return mount;
}

Result<UniqueFd> clone_mount(int place, const MountOptions& options) {
    const unsigned recursive = options.bind == BindKind::recursive ? AT_RECURSIVE : 0U;
    UniqueFd mount(::open_tree(place, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive));
    if (!mount) return fail_errno(errno, "bind");
    RDT_CHECK(set_attributes(mount.get(), options.set, options.clear, 0));
    RDT_CHECK(set_attributes(mount.get(), options.set_in_tree, options.clear_in_tree, AT_RECURSIVE));
    return mount;
}

Status attach_mount(int mount, int target) {
    if (::move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
        return fail_errno(errno, "attach mount");
    return {};
}

Status make_read_only(int mount) {
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_RDONLY;
    if (::mount_setattr(mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes) != 0)
        return fail_errno(errno, "make read-only");
    return {};
}

std::string path_of(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

} // namespace redoubt
