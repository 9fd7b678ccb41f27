// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/node_volumes.hpp"

#include <format>
#include <map>
#include <string_view>
#include <utility>

namespace redoubt::agent_policy {
namespace {

namespace bj = boost::json;

Result<std::string> source_of(const VolumeUse& use, const json::Node& settings) {
    const auto own = settings["own_volumes"];
    const bool is_document = use.kind == VolumeKind::files;
    RDT_TRY(auto source, own[is_document ? "document_folder" : "folder"].string());
    source += use.volume;
    if (use.kind == VolumeKind::empty_dir) {
        RDT_TRY(const auto inside, own["disk_folder"].string());
        source += "/" + inside;
    }
    return use.sub_path.empty() ? source : source + "/" + use.sub_path;
}

/// Volumes that containers mount, each once.
std::map<std::string, VolumeKind> used_volumes(const Workload& pod) {
    std::map<std::string, VolumeKind> used;
    for (const auto& container : pod.containers)
        for (const auto& use : container.volumes) used.emplace(use.volume, use.kind);
    return used;
}

bj::object memory_storage() {
    return {{"driver", "ephemeral"},
            {"driver_options", bj::array()},
            {"source_like", "^tmpfs$"},
            {"fstype", "tmpfs"},
            {"options", {"mode=777"}}};
}

/// With a key that nobody keeps.
Result<bj::object> disk_storage(const json::Node& settings) {
    RDT_TRY(const auto source, settings["block"]["source_like"].string());
    return bj::object{{"driver", "scsi"},
                      {"driver_options", {"encryption_key=ephemeral"}},
                      {"source_like", source},
                      {"fstype", "ext4"},
                      {"options", {"rw"}}};
}

bj::object document_value(const Document& document) {
    if (!document.files) return {{"files", nullptr}};
    bj::object files;
    for (const auto& file : *document.files)
        files[file.path] = {{"mode", file.mode}, {"digest", file.digest}};
    return {{"files", std::move(files)}};
}

} // namespace

Result<bool> brings_own_volumes(const json::Node& settings) {
    RDT_TRY(const auto folder, settings["own_volumes"]["folder"].string());
    return !folder.empty();
}

Result<bj::object> own_volume_mount(const VolumeUse& use, const json::Node& settings) {
    RDT_TRY(const auto source, source_of(use, settings));
    const bool is_read_only = use.is_read_only || use.kind == VolumeKind::files;
    return bj::object{{"destination", use.path},
                      {"type", "bind"},
                      {"options", {"bind", "nosuid", "nodev", is_read_only ? "ro" : "rw"}},
                      {"extra_options", bj::array()},
                      {"source", source}};
}

Result<bj::array> own_volume_storages(const Workload& pod, const json::Node& settings) {
    RDT_TRY(const auto folder, settings["own_volumes"]["folder"].string());
    bj::array storages;
    for (const auto& [name, kind] : used_volumes(pod)) {
        bj::object storage;
        if (kind == VolumeKind::empty_dir_memory) {
            storage = memory_storage();
        } else if (kind == VolumeKind::empty_dir) {
            RDT_TRY(storage, disk_storage(settings));
        } else {
            continue;
        }
        storage["mount_point"] = folder + name;
        storage["shared"] = false;
        storages.push_back(std::move(storage));
    }
    return storages;
}

Result<KeptVolume> kept_volume(const VolumeUse& use, const json::Node& settings) {
    const auto wrong = [&use](std::string_view why) {
        return fail(Code::invalid_argument, "volume '{}': {}", use.volume, why);
    };
    RDT_TRY(const bool is_own, brings_own_volumes(settings));
    if (!is_own)
        return wrong("a key of the broker's opens volumes on nodes of Redoubt alone (--node redoubt)");
    if (!use.sub_path.empty()) return wrong("subPath: what a key opens is mounted whole");
    RDT_TRY(const auto inside, settings["own_volumes"]["disk_folder"].string());
    RDT_TRY(auto storage, disk_storage(settings));
    const char* const access = use.is_read_only ? "ro" : "rw";
    storage["place"] = "volume";
    storage["driver_options"] = bj::array{"encryption_key=" + use.key_uri};
    storage["options"] = bj::array{access};
    storage["shared"] = false;
    storage["most"] = 1;
    KeptVolume kept{.storage_name = "volume " + use.volume, .storage = std::move(storage), .mount = {}};
    kept.mount = {{"destination", use.path},
                  {"type", "bind"},
                  {"options", {"bind", "nosuid", "nodev", access}},
                  {"extra_options", {"X-redoubt.copy-up"}},
                  {"source_storage", kept.storage_name},
                  {"inside", "/" + inside}};
    return kept;
}

Status check_volume_keys(const Workload& pod) {
    std::map<std::string, std::string> volumes; // by key
    for (const auto& container : pod.containers)
        for (const auto& use : container.volumes) {
            if (use.kind != VolumeKind::kept) continue;
            const auto& known = volumes.emplace(use.key_uri, use.volume).first->second;
            if (known != use.volume)
                return fail(
                    Code::invalid_argument,
                    "volumes '{}' and '{}': {} opens both, so that the host could exchange them: each "
                    "needs a key of its own",
                    known, use.volume, use.key_uri);
        }
    return {};
}

bj::object own_documents(const Workload& pod, std::vector<std::string>& warnings) {
    bj::object documents;
    for (const auto& [name, kind] : used_volumes(pod)) {
        if (kind != VolumeKind::files) continue;
        const auto known = pod.documents.find(name);
        const auto document = known == pod.documents.end() ? Document() : known->second;
        if (!document.files)
            warnings.push_back(std::format("volume '{}': its ConfigMap or Secret is not in these manifests: "
                                           "what files the host brings there is not for this policy to say",
                                           name));
        documents[name] = document_value(document);
    }
    return documents;
}

} // namespace redoubt::agent_policy
