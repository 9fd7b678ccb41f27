// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/mount_flags.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <format>
#include <string_view>
#include <vector>

#include "common/config/quantity.hpp"

namespace redoubt::ctl {
namespace {

using redoubt::node::v1::Mount;

constexpr auto k_no_sharing =
    "a micro-VM shares no folder with its host: say 'ro' for a snapshot of it, or use a named volume for "
    "what the container writes";

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

struct Word {
    std::string key;
    std::string value;
    bool has_value = false;
};

Word part(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return {text, "", false};
    return {text.substr(0, equals), text.substr(equals + 1), true};
}

Status check_target(const std::string& target) {
    if (target.starts_with('/')) return {};
    return fail(Code::invalid_argument, "'{}' is not an absolute path in the container", target);
}

bool is_path(const std::string& source) {
    return source.starts_with('/') || source.starts_with('.');
}

/// A path of the host, as the daemon will find it.
Result<std::string> absolute(const std::string& path) {
    std::error_code error;
    const auto whole = std::filesystem::absolute(path, error).lexically_normal();
    if (error) return fail_errno(error.value(), "'{}'", path);
    return whole.native();
}

Status set_source(Mount& mount, const std::string& source) {
    if (!is_path(source)) {
        mount.set_source(source);
        return {};
    }
    RDT_TRY(const auto path, absolute(source));
    mount.set_kind(Mount::BIND);
    mount.set_source(path);
    mount.set_read_only(true); // unless it says otherwise, which is refused
    return {};
}

bool is_mount_word(const std::string& word) {
    constexpr std::array k_words{"exec", "noexec", "suid", "nosuid", "dev", "nodev"};
    return std::ranges::contains(k_words, word);
}

Status set_access(Mount& mount, bool read_only) {
    if (!read_only && mount.kind() == Mount::BIND) return fail(Code::invalid_argument, "{}", k_no_sharing);
    mount.set_read_only(read_only);
    return {};
}

Status set_volume_word(Mount& mount, const std::string& word) {
    if (word == "ro" || word == "rw") return set_access(mount, word == "ro");
    if (word == "nocopy" || word == "copy") {
        mount.set_without_copy(word == "nocopy");
        return {};
    }
    if (word == "z" || word == "Z" || word.empty()) return {}; // labels: each VM has a kernel of its own
    if (!is_mount_word(word))
        return fail(Code::invalid_argument,
                    "option '{}' is not ro, rw, copy, nocopy, exec, noexec, suid, nosuid, dev or nodev",
                    word);
    mount.add_options(word);
    return {};
}

Result<Mount> parse_volume(const std::string& text) {
    const auto parts = split(text, ':');
    if (parts.size() > 3) return fail(Code::invalid_argument, "not [NAME|PATH:]TARGET[:OPTIONS]");
    Mount mount;
    mount.set_kind(Mount::VOLUME);
    mount.set_target(parts.size() == 1 ? parts[0] : parts[1]);
    if (parts.size() > 1) {
        if (parts[0].empty()) return fail(Code::invalid_argument, "a volume's name or a path is needed");
        RDT_CHECK(set_source(mount, parts[0]));
    }
    RDT_CHECK(check_target(mount.target()));
    if (parts.size() == 3)
        for (const auto& word : split(parts[2], ',')) RDT_CHECK(set_volume_word(mount, word));
    return mount;
}

Status set_mode(Mount& mount, const std::string& text) {
    std::uint32_t mode = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
    if (error != std::errc() || end != text.data() + text.size() || mode > 07777)
        return fail(Code::invalid_argument, "mode '{}' is not octal, such as 1777", text);
    mount.set_tmpfs_mode(mode);
    return {};
}

Status set_size(Mount& mount, const std::string& text) {
    RDT_TRY(const auto bytes, config::parse_size(text));
    if (bytes == 0) return fail(Code::invalid_argument, "a size of 0");
    mount.set_tmpfs_bytes(bytes);
    return {};
}

Status set_tmpfs_word(Mount& mount, const std::string& text) {
    const auto word = part(text);
    if (word.key == "size" && word.has_value) return set_size(mount, word.value);
    if (word.key == "mode" && word.has_value) return set_mode(mount, word.value);
    if (text == "ro" || text == "rw") return set_access(mount, text == "ro");
    if (text.empty() || text == "notmpcopyup") return {};
    if (!is_mount_word(text))
        return fail(
            Code::invalid_argument,
            "option '{}' is not size=SIZE, mode=MODE, ro, rw, exec, noexec, suid, nosuid, dev or nodev",
            text);
    mount.add_options(text);
    return {};
}

Result<Mount> parse_tmpfs(const std::string& text) {
    const auto colon = text.find(':');
    Mount mount;
    mount.set_kind(Mount::TMPFS);
    mount.set_target(text.substr(0, colon));
    RDT_CHECK(check_target(mount.target()));
    if (colon == std::string::npos) return mount;
    for (const auto& word : split(std::string_view(text).substr(colon + 1), ','))
        RDT_CHECK(set_tmpfs_word(mount, word));
    return mount;
}

Result<Mount::Kind> parse_kind(const std::string& text) {
    if (text == "volume") return Mount::VOLUME;
    if (text == "tmpfs") return Mount::TMPFS;
    if (text == "bind") return Mount::BIND;
    return fail(Code::invalid_argument, "type '{}' is not volume, tmpfs or bind", text);
}

Result<bool> parse_flag(const Word& word) {
    if (!word.has_value || word.value == "true" || word.value == "1") return true;
    if (word.value == "false" || word.value == "0") return false;
    return fail(Code::invalid_argument, "{} is '{}', not true or false", word.key, word.value);
}

Status set_source_of_kind(Mount& mount, const std::string& source) {
    if (mount.kind() == Mount::TMPFS) return fail(Code::invalid_argument, "a tmpfs has no source");
    if (mount.kind() == Mount::VOLUME) {
        if (is_path(source))
            return fail(Code::invalid_argument, "'{}' is a path: say type=bind for a snapshot of it", source);
        mount.set_source(source);
        return {};
    }
    RDT_TRY(const auto path, absolute(source));
    mount.set_source(path);
    return {};
}

/// Everything but the type, which says what the rest means.
Status set_mount_word(Mount& mount, const Word& word) {
    const auto& key = word.key;
    if (key == "source" || key == "src") return set_source_of_kind(mount, word.value);
    if (key == "target" || key == "destination" || key == "dst") {
        mount.set_target(word.value);
        return {};
    }
    if (key == "ro" || key == "readonly") {
        RDT_TRY(const bool read_only, parse_flag(word));
        return set_access(mount, read_only);
    }
    if (key == "rw") {
        RDT_TRY(const bool writable, parse_flag(word));
        return set_access(mount, !writable);
    }
    const bool is_tmpfs = mount.kind() == Mount::TMPFS;
    if (is_tmpfs && (key == "tmpfs-size" || key == "size")) return set_size(mount, word.value);
    if (is_tmpfs && (key == "tmpfs-mode" || key == "mode")) return set_mode(mount, word.value);
    if (mount.kind() == Mount::VOLUME && (key == "volume-nocopy" || key == "nocopy")) {
        RDT_TRY(const bool without_copy, parse_flag(word));
        mount.set_without_copy(without_copy);
        return {};
    }
    if (!word.has_value && is_mount_word(key)) {
        mount.add_options(key);
        return {};
    }
    return fail(Code::invalid_argument, "'{}' is not known with this type", key);
}

Result<Mount> parse_mount(const std::string& text) {
    Mount mount;
    mount.set_kind(Mount::VOLUME);
    const auto words = split(text, ',');
    for (const auto& word : words)
        if (word.starts_with("type=")) {
            RDT_TRY(const auto kind, parse_kind(word.substr(5)));
            mount.set_kind(kind);
        }
    if (mount.kind() == Mount::BIND) mount.set_read_only(true);
    for (const auto& word : words)
        if (!word.starts_with("type=")) RDT_CHECK(set_mount_word(mount, part(word)));
    if (mount.target().empty()) return fail(Code::invalid_argument, "target=PATH is needed");
    RDT_CHECK(check_target(mount.target()));
    if (mount.kind() == Mount::BIND && mount.source().empty())
        return fail(Code::invalid_argument, "source=PATH is needed with type=bind");
    return mount;
}

} // namespace

Result<Mount> parse_volume_flag(const std::string& text) {
    return parse_volume(text).transform_error(context("--volume '{}'", text));
}

Result<Mount> parse_mount_flag(const std::string& text) {
    return parse_mount(text).transform_error(context("--mount '{}'", text));
}

Result<Mount> parse_tmpfs_flag(const std::string& text) {
    return parse_tmpfs(text).transform_error(context("--tmpfs '{}'", text));
}

Result<std::string> mount_flag_text(const Mount& mount) {
    for (const auto* name : {&mount.source(), &mount.target()})
        if (name->find_first_of(",\n\r") != std::string::npos)
            return fail(Code::invalid_argument, "--mount cannot say '{}': a comma or a line break is in it",
                        *name);
    std::string text = mount.kind() == Mount::TMPFS  ? "type=tmpfs"
                       : mount.kind() == Mount::BIND ? "type=bind"
                                                     : "type=volume";
    if (!mount.source().empty()) text += ",source=" + mount.source();
    text += ",target=" + mount.target();
    if (mount.read_only()) text += ",ro";
    if (mount.tmpfs_bytes() > 0) text += std::format(",tmpfs-size={}", mount.tmpfs_bytes());
    if (mount.has_tmpfs_mode()) text += std::format(",tmpfs-mode={:o}", mount.tmpfs_mode());
    if (mount.without_copy()) text += ",nocopy";
    for (const auto& option : mount.options()) text += "," + option;
    return text;
}

} // namespace redoubt::ctl
