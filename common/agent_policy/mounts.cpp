// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/mounts.hpp"

#include <algorithm>
#include <format>

#include "common/agent_policy/node_volumes.hpp"
#include "common/agent_policy/pattern.hpp"

namespace redoubt::agent_policy {
namespace {

namespace bj = boost::json;

constexpr std::string_view k_disk = "emptyDir";

std::string last_step(const std::string& path) {
    const auto end = path.find_last_not_of('/');
    if (end == std::string::npos) return "";
    const auto begin = path.find_last_of('/', end);
    return path.substr(begin + 1, end - begin);
}

/// A file or folder the host passes on, which it names after where it goes.
Result<std::string> shared_source(const json::Node& settings, const std::string& name) {
    RDT_TRY(auto prefix, settings["shared_file_like"].string());
    return prefix + quote_pattern(name) + "$";
}

bj::object bind_mount(const std::string& path, bj::array options) {
    return {{"destination", path},
            {"type", "bind"},
            {"options", std::move(options)},
            {"extra_options", bj::array()}};
}

bj::array access_options(const std::string& propagation, bool read_only) {
    return {"rbind", propagation.c_str(), read_only ? "ro" : "rw"};
}

std::string propagation_of(const VolumeUse& use) {
    if (use.propagation == "Bidirectional") return "rshared";
    return use.propagation == "HostToContainer" ? "rslave" : "rprivate";
}

/// One of the kind, or one more of it.
void add_storage(bj::object& storages, std::string_view kind, const bj::object& storage) {
    auto* known = storages.if_contains(kind);
    if (known == nullptr) {
        storages[kind] = storage;
        storages[kind].as_object()["most"] = 1;
    } else {
        auto& most = known->as_object()["most"];
        most = most.as_int64() + 1;
    }
}

Result<bj::object> disk_storage(const Workload& pod, const json::Node& settings, const std::string& driver) {
    RDT_TRY(const auto folder, settings["storage_folder"].string());
    RDT_TRY(const auto source, settings["block"]["source_like"].string());
    bj::object storage = settings["empty_dir"].value()->as_object();
    storage["place"] = "by source";
    storage["driver"] = driver;
    storage["source_like"] = source;
    storage["mount_point"] = folder;
    if (pod.fs_group) storage["fs_group"] = *pod.fs_group;
    return storage;
}

/// One storage, however often the container mounts it.
Status add_kept(const VolumeUse& use, const json::Node& settings, SlotMounts& out) {
    RDT_TRY(auto kept, kept_volume(use, settings));
    const auto* known = out.storages.if_contains(kept.storage_name);
    if (known == nullptr || !use.is_read_only) out.storages[kept.storage_name] = std::move(kept.storage);
    out.mounts.push_back(std::move(kept.mount));
    return {};
}

Status add_volume(const Workload& pod, const VolumeUse& use, const json::Node& settings, SlotMounts& out) {
    if (use.kind == VolumeKind::kept) return add_kept(use, settings, out);
    RDT_TRY(const bool is_own, brings_own_volumes(settings));
    if (is_own && use.kind != VolumeKind::host_path && use.kind != VolumeKind::device) {
        RDT_TRY(auto mount, own_volume_mount(use, settings));
        out.mounts.push_back(std::move(mount));
        return {};
    }
    switch (use.kind) {
    case VolumeKind::empty_dir: {
        // Propagation leads nowhere: nothing is mounted below by others in the guest.
        auto mount = bind_mount(use.path, access_options("rprivate", use.is_read_only));
        RDT_TRY(const auto drivers, settings["block"]["drivers"].strings());
        bj::array kinds;
        for (const auto& driver : drivers) {
            RDT_TRY(const auto storage, disk_storage(pod, settings, driver));
            const auto kind = std::format("{} by {}", k_disk, driver);
            add_storage(out.storages, kind, storage);
            auto of_kind = mount;
            of_kind["source_storage"] = kind;
            out.mounts.push_back(of_kind);
        }
        return {};
    }
    case VolumeKind::empty_dir_memory: {
        RDT_TRY(const auto folder, settings["memory_folder"].string());
        bj::object storage = {{"place", "named"},
                              {"driver", "ephemeral"},
                              {"driver_options", bj::array()},
                              {"source_like", "^tmpfs$"},
                              {"fstype", "tmpfs"},
                              {"options", bj::array()},
                              {"shared", settings["empty_dir"]["shared"].boolean().value_or(true)},
                              {"mount_point", folder + use.volume}};
        if (pod.fs_group) storage["fs_group"] = *pod.fs_group;
        const auto kind = std::format("{} {}", k_disk, use.volume);
        add_storage(out.storages, kind, storage);
        auto mount = bind_mount(use.path, access_options("rprivate", use.is_read_only));
        mount["source"] = folder + use.volume;
        out.mounts.push_back(std::move(mount));
        return {};
    }
    case VolumeKind::files:
    case VolumeKind::host_path: {
        const bool read_only = use.is_read_only || use.kind == VolumeKind::files;
        auto mount = bind_mount(use.path, access_options(propagation_of(use), read_only));
        RDT_TRY(const auto source, shared_source(settings, last_step(use.path)));
        mount["source_like"] = source;
        out.mounts.push_back(std::move(mount));
        return {};
    }
    case VolumeKind::kept:
    case VolumeKind::device: break; // the first is done above; no mount: see devices
    }
    return {};
}

Status add_shared(const std::string& path, bj::array required, bj::array extra, const json::Node& settings,
                  SlotMounts& out) {
    auto mount = bind_mount(path, std::move(required));
    mount["extra_options"] = std::move(extra);
    RDT_TRY(const auto source, shared_source(settings, last_step(path)));
    mount["source_like"] = source;
    out.mounts.push_back(std::move(mount));
    return {};
}

bool is_mounted(const SlotMounts& out, std::string_view path) {
    return std::ranges::any_of(
        out.mounts, [&](const auto& mount) { return mount.at("destination").as_string() == path; });
}

/// What the pod mounts somewhere is there, whatever is usual at the place.
void make_way(bj::array& mounts, const std::string& path) {
    bj::array kept;
    for (auto& mount : mounts)
        if (mount.at("destination").as_string() != std::string_view(path)) kept.push_back(std::move(mount));
    mounts = std::move(kept);
}

} // namespace

Result<bj::array> usual_mounts(const json::Node& section, const json::Node& settings, bool privileged) {
    bj::array out;
    RDT_TRY(const auto mounts, section["mounts"].array());
    for (const auto& node : mounts) {
        RDT_TRY(const auto destination, node["destination"].string());
        RDT_TRY(const auto type, node["type"].string());
        RDT_TRY(auto options, node["options"].strings());
        RDT_TRY(const auto extra, node["extra_options"].strings_or_empty());
        RDT_TRY(const auto source, node["source"].string_or());
        RDT_TRY(const auto file, node["file"].string_or());
        if (source.empty() == file.empty()) return node.wrong("one of source and file is needed");
        if (privileged && (type == "sysfs" || type == "cgroup")) std::ranges::replace(options, "ro", "rw");
        bj::object mount = {{"destination", destination},
                            {"type", type},
                            {"options", bj::value_from(options)},
                            {"extra_options", bj::value_from(extra)}};
        if (file.empty()) {
            mount["source"] = source;
        } else {
            RDT_TRY(const auto like, shared_source(settings, file));
            mount["source_like"] = like;
        }
        out.push_back(std::move(mount));
    }
    return out;
}

Result<SlotMounts> make_mounts(const Workload& pod, const Container& container, const ImageFacts& image,
                               const json::Node& settings) {
    constexpr const char* k_account = "/var/run/secrets/kubernetes.io/serviceaccount";
    SlotMounts out;
    RDT_TRY(out.mounts, usual_mounts(settings["container"], settings, container.privileged));
    for (const auto& use : container.volumes) make_way(out.mounts, use.path);
    for (const auto& use : container.volumes) RDT_CHECK(add_volume(pod, use, settings, out));
    if (!is_mounted(out, container.termination_message_path))
        RDT_CHECK(
            add_shared(container.termination_message_path, {"rbind", "rprivate"}, {"rw"}, settings, out));
    if (pod.service_account_token && !is_mounted(out, k_account))
        RDT_CHECK(add_shared(k_account, {"rbind", "rprivate", "ro"}, {}, settings, out));
    for (const auto& path : image.config.volumes)
        if (!is_mounted(out, path))
            RDT_CHECK(add_shared(path, {"rbind", "rprivate", "rw"}, {}, settings, out));
    return out;
}

Status add_root_storages(const ImageFacts& image, const std::string& kind, const json::Node& settings,
                         bj::object& storages, bj::array& layers) {
    if (kind == "guest_pull") {
        storages["root"] = {{"place", "root"}, {"most", 1}};
        return {};
    }
    if (image.layers.empty())
        return fail(Code::invalid_argument, "the verity roots of its image's layers are not known");
    storages["root"] = {{"place", "overlay"}, {"most", 1}};
    storages["scratch"] = {{"place", "scratch"},
                           {"driver", "ephemeral"},
                           {"driver_options", bj::array()},
                           {"source_like", "^tmpfs$"},
                           {"fstype", "tmpfs"},
                           {"options", bj::array()},
                           {"shared", false},
                           {"most", 1}};
    RDT_TRY(const auto source, settings["block"]["source_like"].string());
    storages["encrypted scratch"] = {
        {"place", "scratch"},    {"driver", "scsi"}, {"driver_options", {"encryption_key=ephemeral"}},
        {"source_like", source}, {"fstype", "ext4"}, {"options", {"rw"}},
        {"shared", false},       {"most", 1}};
    for (const auto& layer : image.layers) {
        const auto name = std::format("layer {}", layer.root_hash);
        add_storage(storages, name,
                    {{"place", "layer"},
                     {"root_hash", layer.root_hash},
                     {"salt", layer.salt},
                     {"data_blocks", std::to_string(layer.data_blocks)}});
        layers.insert(layers.begin(), bj::value(name));
    }
    return {};
}

} // namespace redoubt::agent_policy
