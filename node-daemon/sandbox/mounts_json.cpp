// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/mounts_json.hpp"

#include <array>
#include <string>
#include <string_view>

namespace redoubt::node::sandbox {
namespace {

using launch::ContainerMount;
using launch::MountKind;

std::string_view name_of_kind(MountKind kind) {
    switch (kind) {
    case MountKind::volume: return "volume";
    case MountKind::tmpfs: return "tmpfs";
    case MountKind::bind: return "bind";
    case MountKind::pod: return "pod";
    }
    return "volume";
}

Result<MountKind> parse_kind(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    for (const auto kind : {MountKind::volume, MountKind::tmpfs, MountKind::bind, MountKind::pod})
        if (text == name_of_kind(kind)) return kind;
    return node.wrong("not a kind of mount");
}

Result<ContainerMount> parse_mount(const json::Node& node) {
    ContainerMount mount;
    RDT_TRY(mount.kind, parse_kind(node["kind"]));
    RDT_TRY(mount.source, node["source"].string());
    RDT_TRY(mount.target, node["target"].string());
    RDT_TRY(mount.read_only, node["read_only"].boolean());
    RDT_TRY(mount.tmpfs_bytes, node["tmpfs_bytes"].unsigned_integer());
    RDT_TRY(const auto mode, node["tmpfs_mode"].unsigned_integer());
    mount.tmpfs_mode = static_cast<std::uint32_t>(mode);
    RDT_TRY(mount.options, node["options"].strings());
    RDT_TRY(mount.without_copy, node["without_copy"].boolean());
    RDT_TRY(mount.sub_path, node["sub_path"].string_or());
    return mount;
}

/// JSON's numbers end at 2^63 for most readers; "no limit" lies beyond.
Result<std::uint64_t> parse_limit(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    std::uint64_t value = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return node.wrong("not a number");
        value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return value;
}

} // namespace

boost::json::array render_mounts(const std::vector<ContainerMount>& mounts) {
    boost::json::array out;
    for (const auto& mount : mounts) {
        boost::json::array options;
        for (const auto& word : mount.options) options.emplace_back(word);
        out.emplace_back(boost::json::object{{"kind", name_of_kind(mount.kind)},
                                             {"source", mount.source},
                                             {"target", mount.target},
                                             {"read_only", mount.read_only},
                                             {"tmpfs_bytes", mount.tmpfs_bytes},
                                             {"tmpfs_mode", mount.tmpfs_mode},
                                             {"options", std::move(options)},
                                             {"without_copy", mount.without_copy},
                                             {"sub_path", mount.sub_path}});
    }
    return out;
}

boost::json::array render_limits(const std::vector<oci::Rlimit>& limits) {
    boost::json::array out;
    for (const auto& limit : limits)
        out.emplace_back(boost::json::object{{"name", limit.type},
                                             {"soft", std::to_string(limit.soft)},
                                             {"hard", std::to_string(limit.hard)}});
    return out;
}

boost::json::object render_restart(const RestartPolicy& policy) {
    return {{"policy", name_of(policy.kind)}, {"most_retries", policy.most_retries}};
}

Result<std::vector<ContainerMount>> parse_mounts(const json::Node& node) {
    RDT_TRY(const auto places, node.array_or_empty());
    std::vector<ContainerMount> mounts;
    for (const auto& place : places) {
        RDT_TRY(auto mount, parse_mount(place));
        mounts.push_back(std::move(mount));
    }
    return mounts;
}

Result<std::vector<oci::Rlimit>> parse_limits(const json::Node& node) {
    RDT_TRY(const auto places, node.array_or_empty());
    std::vector<oci::Rlimit> limits;
    for (const auto& place : places) {
        oci::Rlimit limit;
        RDT_TRY(limit.type, place["name"].string());
        RDT_TRY(limit.soft, parse_limit(place["soft"]));
        RDT_TRY(limit.hard, parse_limit(place["hard"]));
        limits.push_back(std::move(limit));
    }
    return limits;
}

Result<RestartPolicy> parse_restart(const json::Node& node) {
    RestartPolicy policy;
    if (!node.is_present()) return policy;
    RDT_TRY(const auto name, node["policy"].string());
    RDT_TRY(const auto retries, node["most_retries"].unsigned_integer());
    policy.most_retries = static_cast<std::uint32_t>(retries);
    using enum RestartPolicy::Kind;
    for (const auto kind : {no, on_failure, always, unless_stopped}) {
        if (name != name_of(kind)) continue;
        policy.kind = kind;
        return policy;
    }
    return node["policy"].wrong("not a restart policy");
}

} // namespace redoubt::node::sandbox
