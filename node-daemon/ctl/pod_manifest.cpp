// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/pod_manifest.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <format>
#include <utility>

#include "node-daemon/ctl/manifest_data.hpp"
#include "node-daemon/ctl/volume_files.hpp"
#include "node-daemon/ctl/volume_keys.hpp"

namespace redoubt::ctl {
namespace {

constexpr std::int64_t k_longest_grace = 86400;
constexpr std::uint64_t k_thousand = 1000;

struct Document {
    ManifestPlace place;
    std::string kind;
    std::string name;
};

struct Metadata {
    std::string name;
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
};

Result<Metadata> parse_metadata(ManifestFields& document) {
    RDT_TRY(const auto place, document.need("metadata"));
    RDT_TRY(auto fields, ManifestFields::open(place));
    Metadata metadata;
    RDT_TRY(const auto name, fields.need("name"));
    RDT_TRY(metadata.name, name.text());
    RDT_TRY(metadata.labels, fields.text_map("labels"));
    RDT_TRY(metadata.annotations, fields.text_map("annotations"));
    if (const auto space = fields.take("namespace")) {
        RDT_TRY(const auto text, space->text());
        if (text != "default") return space->wrong("there is only the namespace 'default'");
    }
    fields.ignore({"creationTimestamp", "uid", "resourceVersion", "generation", "managedFields"});
    RDT_CHECK(fields.finish());
    return metadata;
}

/// What it is, before the rest of it is looked at.
Result<Document> identify(const yaml::Node& node, const std::string& file) {
    const ManifestPlace place(node, file, "");
    RDT_TRY(auto fields, ManifestFields::open(place));
    RDT_TRY(const auto kind_place, fields.need("kind"));
    RDT_TRY(auto kind, kind_place.text());
    RDT_TRY(const auto version_place, fields.need("apiVersion"));
    RDT_TRY(const auto version, version_place.text());
    if (kind != "Pod" && kind != "ConfigMap" && kind != "Secret")
        return kind_place.wrong(std::format("'{}' is not Pod, ConfigMap or Secret", kind));
    if (version != "v1") return version_place.wrong(std::format("'{}' is not v1", version));
    RDT_TRY(const auto metadata_place, fields.need("metadata"));
    RDT_TRY(auto metadata, ManifestFields::open(metadata_place));
    RDT_TRY(const auto name_place, metadata.need("name"));
    RDT_TRY(auto name, name_place.text());
    return Document{place.inside(std::format("{} '{}'", kind, name)), std::move(kind), std::move(name)};
}

/// A ConfigMap or a Secret.
Status read_data(const Document& document, ManifestStore& store) {
    const bool is_secret = document.kind == "Secret";
    auto& known = is_secret ? store.secrets : store.config_maps;
    if (known.contains(document.name)) return document.place.wrong("there are two of this name");
    RDT_TRY(auto fields, ManifestFields::open(document.place));
    fields.ignore({"apiVersion", "kind", "immutable", "type"});
    RDT_CHECK(parse_metadata(fields));
    RDT_TRY(auto data, read_manifest_data(fields, is_secret));
    RDT_CHECK(fields.finish());
    known.emplace(document.name, std::move(data));
    return {};
}

Result<std::uint64_t> parse_bytes(const ManifestPlace& place) {
    RDT_TRY(const auto word, place.word());
    const auto thousandths = parse_quantity_in_thousandths(word);
    if (!thousandths) return place.wrong(thousandths.error().message);
    return (*thousandths + k_thousand - 1) / k_thousand;
}

Status read_empty_dir(ManifestFields fields, pb::PodVolume& volume) {
    RDT_TRY(const auto medium, fields.text("medium"));
    if (!medium.empty() && medium != "Memory")
        return fields.place().wrong(std::format("medium '{}' is not Memory", medium));
    volume.set_kind(medium.empty() ? pb::PodVolume::DISK : pb::PodVolume::MEMORY);
    if (const auto size = fields.take("sizeLimit")) {
        RDT_TRY(const auto bytes, parse_bytes(*size));
        if (bytes == 0) return size->wrong("nothing fits into 0 bytes");
        volume.set_size_bytes(bytes);
    }
    return fields.finish();
}

void add_files(std::vector<VolumeFile> files, pb::PodVolume& volume) {
    volume.set_kind(pb::PodVolume::FILES);
    for (auto& known : files) {
        auto* file = volume.add_files();
        file->set_path(std::move(known.path));
        file->set_mode(known.mode);
        file->set_data(std::move(known.bytes));
    }
}

/// Files of a ConfigMap or Secret, all or those of `items`.
Status read_files(ManifestFields fields, const ManifestStore& store, bool is_secret, pb::PodVolume& volume) {
    RDT_TRY(auto files, read_volume_files(std::move(fields), store, is_secret));
    add_files(std::move(files), volume);
    return {};
}

/// A volume, and how containers mount it.
Status read_volume(const ManifestPlace& place, PodContext& context, ManifestPod& pod) {
    RDT_TRY(auto fields, ManifestFields::open(place));
    RDT_TRY(const auto name_place, fields.need("name"));
    RDT_TRY(const auto name, name_place.text());
    if (context.volumes.contains(name)) return name_place.wrong("there are two of this name");
    pb::Mount mount;
    pb::PodVolume volume;
    int sources = 0;
    RDT_TRY(auto empty_dir, fields.object("emptyDir"));
    RDT_TRY(auto config_map, fields.object("configMap"));
    RDT_TRY(auto secret, fields.object("secret"));
    RDT_TRY(auto host_path, fields.object("hostPath"));
    RDT_TRY(auto claim, fields.object("persistentVolumeClaim"));
    RDT_CHECK(fields.finish());
    for (const bool is_there : {empty_dir.has_value(), config_map.has_value(), secret.has_value(),
                                host_path.has_value(), claim.has_value()})
        sources += is_there ? 1 : 0;
    if (sources != 1)
        return place.wrong(
            "one of emptyDir, configMap, secret, hostPath and persistentVolumeClaim is needed");
    if (host_path) {
        mount.set_kind(pb::Mount::BIND);
        mount.set_read_only(true);
        RDT_TRY(const auto path, host_path->need("path"));
        RDT_TRY(*mount.mutable_source(), path.text());
        host_path->ignore({"type"}); // it must be there: that is checked when the container is made
        RDT_CHECK(host_path->finish());
    } else if (claim) {
        mount.set_kind(pb::Mount::VOLUME);
        RDT_TRY(const auto claimed, claim->need("claimName"));
        RDT_TRY(*mount.mutable_source(), claimed.text());
        RDT_TRY(const bool read_only, claim->boolean("readOnly", false));
        mount.set_read_only(read_only);
        RDT_CHECK(claim->finish());
        pod.claims.push_back(mount.source());
    } else {
        mount.set_kind(pb::Mount::POD);
        mount.set_source(name);
        mount.set_read_only(!empty_dir.has_value());
        volume.set_name(name);
        if (empty_dir) RDT_CHECK(read_empty_dir(*std::move(empty_dir), volume));
        if (config_map) RDT_CHECK(read_files(*std::move(config_map), context.store, false, volume));
        if (secret) RDT_CHECK(read_files(*std::move(secret), context.store, true, volume));
        *pod.spec.add_volumes() = std::move(volume);
    }
    context.volumes.emplace(name, std::move(mount));
    return {};
}

Status read_claim_keys(const std::map<std::string, std::string>& annotations, const ManifestPlace& place,
                       ManifestPod& pod) {
    RDT_TRY(auto keys, volume_keys(annotations, place));
    for (const auto& claim : pod.claims)
        if (auto key = take_volume_key(keys, claim); !key.empty())
            pod.claim_keys.emplace(claim, std::move(key));
    return check_all_claimed(keys, place);
}

Result<pb::RestartPolicy::Kind> parse_restart(ManifestFields& spec) {
    const auto place = spec.take("restartPolicy");
    if (!place) return pb::RestartPolicy::ALWAYS;
    RDT_TRY(const auto text, place->text());
    if (text == "Always") return pb::RestartPolicy::ALWAYS;
    if (text == "OnFailure") return pb::RestartPolicy::ON_FAILURE;
    if (text == "Never") return pb::RestartPolicy::NO;
    return place->wrong(std::format("'{}' is not Always, OnFailure or Never", text));
}

Status read_containers(ManifestFields& spec, const std::string& field, const PodContext& context,
                       ManifestPod& pod) {
    RDT_TRY(const auto places, spec.list(field));
    for (const auto& place : places) {
        RDT_TRY(auto container, parse_manifest_container(place, context, pod.spec));
        const auto has_name = [&](const auto& known) { return known.spec.name() == container.spec.name(); };
        if (std::ranges::any_of(pod.containers, has_name)) return place.wrong("there are two of this name");
        pod.containers.push_back(std::move(container));
    }
    return {};
}

/// The level by its own name, or by that of the handler a cluster knows it by.
Status read_runtime(ManifestFields& spec, pb::PodSpec& pod) {
    const auto place = spec.take("runtimeClassName");
    if (!place) return {};
    RDT_TRY(const auto name, place->text());
    if (name == "vm" || name == "redoubt")
        pod.set_runtime("vm");
    else if (name == "confidential" || name == "redoubt-confidential")
        pod.set_runtime("confidential");
    else
        return place->wrong(std::format(
            "'{}' is not implemented for pods: a pod is one VM, 'redoubt' or 'redoubt-confidential'", name));
    return {};
}

/// What Kubernetes fills in by itself, and what it may say that is so here anyway.
Status refuse_other(ManifestFields& spec) {
    for (const auto* name : {"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"}) {
        RDT_TRY(const bool is_wanted, spec.boolean(name, false));
        if (is_wanted) return spec.place().wrong(std::format("{}: not done here", name));
    }
    spec.ignore({"automountServiceAccountToken", "dnsPolicy", "enableServiceLinks", "schedulerName"});
    return {};
}

Result<ManifestPod> read_pod(const Document& document, const ManifestStore& store) {
    RDT_TRY(auto fields, ManifestFields::open(document.place));
    fields.ignore({"apiVersion", "kind", "status"});
    RDT_TRY(const auto metadata, parse_metadata(fields));
    RDT_TRY(const auto spec_place, fields.need("spec"));
    RDT_CHECK(fields.finish());
    RDT_TRY(auto spec, ManifestFields::open(spec_place));
    ManifestPod pod;
    pod.spec.set_name(metadata.name);
    pod.spec.mutable_labels()->insert(metadata.labels.begin(), metadata.labels.end());
    pod.spec.mutable_annotations()->insert(metadata.annotations.begin(), metadata.annotations.end());
    RDT_TRY(*pod.spec.mutable_hostname(), spec.text("hostname"));
    PodContext context{.pod = metadata.name, .store = store, .volumes = {}, .user = {}};
    RDT_TRY(context.restart, parse_restart(spec));
    pod.spec.set_restart(context.restart);
    RDT_TRY(const auto grace, spec.integer("terminationGracePeriodSeconds", 30, 0, k_longest_grace));
    context.grace_seconds = static_cast<std::uint32_t>(grace);
    pod.spec.set_grace_seconds(context.grace_seconds);
    RDT_TRY(auto security, spec.object("securityContext"));
    if (security) {
        RDT_TRY(context.user, parse_manifest_user(*security, ""));
        RDT_CHECK(security->finish());
    }
    RDT_TRY(const auto volumes, spec.list("volumes"));
    for (const auto& volume : volumes) RDT_CHECK(read_volume(volume, context, pod));
    RDT_CHECK(read_claim_keys(metadata.annotations, spec_place, pod));
    context.is_init = true;
    RDT_CHECK(read_containers(spec, "initContainers", context, pod));
    context.is_init = false;
    RDT_CHECK(spec.need("containers"));
    RDT_CHECK(read_containers(spec, "containers", context, pod));
    RDT_CHECK(read_runtime(spec, pod.spec));
    RDT_CHECK(refuse_other(spec));
    RDT_CHECK(spec.finish());
    return pod;
}

} // namespace

Result<std::uint64_t> parse_quantity_in_thousandths(std::string_view text) {
    constexpr double k_most = 9e18;
    static const std::map<std::string_view, double> k_units = {{"", 1e3},
                                                               {"m", 1},
                                                               {"k", 1e6},
                                                               {"M", 1e9},
                                                               {"G", 1e12},
                                                               {"T", 1e15},
                                                               {"P", 1e18},
                                                               {"Ki", 1e3 * 0x1p10},
                                                               {"Mi", 1e3 * 0x1p20},
                                                               {"Gi", 1e3 * 0x1p30},
                                                               {"Ti", 1e3 * 0x1p40},
                                                               {"Pi", 1e3 * 0x1p50}};
    double number = 0;
    const auto* const last = text.data() + text.size();
    // No sign, and nothing that only looks like a number: "inf", "nan".
    const bool begins =
        !text.empty() && (text.front() == '.' || (text.front() >= '0' && text.front() <= '9'));
    const auto [end, error] = std::from_chars(text.data(), last, number);
    const auto unit = k_units.find(std::string_view(end, static_cast<std::size_t>(last - end)));
    if (!begins || error != std::errc() || unit == k_units.end() || number * unit->second > k_most)
        return fail(Code::invalid_argument, "'{}' is not a quantity such as 500m, 0.5 or 128Mi", text);
    return static_cast<std::uint64_t>(std::ceil(number * unit->second));
}

Result<std::vector<ManifestPod>> parse_manifests(const std::vector<ManifestFile>& files) {
    std::vector<std::vector<yaml::Node>> texts;
    std::vector<Document> documents;
    for (const auto& file : files) {
        RDT_TRY(auto nodes, yaml::parse(file.name, file.text));
        texts.push_back(std::move(nodes));
        for (const auto& node : texts.back()) {
            RDT_TRY(auto document, identify(node, file.name));
            documents.push_back(std::move(document));
        }
    }
    ManifestStore store;
    for (const auto& document : documents)
        if (document.kind != "Pod") RDT_CHECK(read_data(document, store));
    std::vector<ManifestPod> pods;
    for (const auto& document : documents) {
        if (document.kind != "Pod") continue;
        RDT_TRY(auto pod, read_pod(document, store));
        if (std::ranges::any_of(pods,
                                [&](const auto& other) { return other.spec.name() == pod.spec.name(); }))
            return document.place.wrong("there are two of this name");
        pods.push_back(std::move(pod));
    }
    return pods;
}

} // namespace redoubt::ctl
