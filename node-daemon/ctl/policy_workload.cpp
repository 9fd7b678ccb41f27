// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/policy_workload.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <optional>

#include "common/agent_policy/pattern.hpp"
#include "common/crypto/digest.hpp"
#include "node-daemon/ctl/volume_files.hpp"
#include "node-daemon/ctl/volume_keys.hpp"

namespace redoubt::ctl {

namespace ap = agent_policy;

namespace {

constexpr std::int64_t k_highest_id = 4294967294;
constexpr std::size_t k_longest_prefix = 58; ///< the API server cuts what it makes a name from

/// Kubernetes' names: what stands for a pod in rules, sources and comments.
Result<std::string> parse_name(const ManifestPlace& place) {
    constexpr std::size_t k_longest = 253;
    RDT_TRY(auto name, place.text());
    const auto is_good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    if (name.empty() || name.size() > k_longest || !std::ranges::all_of(name, is_good))
        return place.wrong("not a name of lower-case letters, digits, '-' and '.'");
    return name;
}

struct Metadata {
    std::optional<std::string> name;
    std::optional<std::string> generate_name;
    std::string name_space;
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
};

Result<Metadata> parse_metadata(ManifestFields& document) {
    Metadata metadata;
    RDT_TRY(auto fields, document.object("metadata"));
    if (!fields) return metadata;
    if (const auto place = fields->take("name")) {
        RDT_TRY(metadata.name, parse_name(*place));
    }
    if (const auto place = fields->take("generateName")) {
        RDT_TRY(metadata.generate_name, parse_name(*place));
    }
    if (const auto place = fields->take("namespace")) {
        RDT_TRY(metadata.name_space, parse_name(*place));
    }
    RDT_TRY(metadata.labels, fields->text_map("labels"));
    RDT_TRY(metadata.annotations, fields->text_map("annotations"));
    fields->ignore({"creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers",
                    "generation", "managedFields", "ownerReferences", "resourceVersion", "selfLink", "uid"});
    RDT_CHECK(fields->finish());
    return metadata;
}

/// What a volume is. Errors: none or several sources, or one that has no meaning here.
Result<ap::VolumeKind> parse_volume_kind(ManifestFields& fields) {
    constexpr std::array k_files = {"configMap", "secret", "projected", "downwardAPI"};
    constexpr std::array k_host = {"hostPath", "persistentVolumeClaim", "ephemeral"};
    std::optional<ap::VolumeKind> kind;
    int sources = 0;
    RDT_TRY(auto empty_dir, fields.object("emptyDir"));
    if (empty_dir) {
        RDT_TRY(const auto medium, empty_dir->text("medium"));
        kind = medium.empty() ? ap::VolumeKind::empty_dir : ap::VolumeKind::empty_dir_memory;
        ++sources;
    }
    for (const auto* name : k_files)
        if (fields.take(name)) {
            kind = ap::VolumeKind::files;
            ++sources;
        }
    for (const auto* name : k_host)
        if (fields.take(name)) {
            kind = ap::VolumeKind::host_path;
            ++sources;
        }
    RDT_CHECK(fields.finish());
    if (sources == 1) return *kind;
    return fields.place().wrong("one of emptyDir, configMap, secret, projected, downwardAPI, hostPath, "
                                "persistentVolumeClaim and ephemeral is needed");
}

/// The files of a volume whose ConfigMap or Secret is in these manifests. `volume`: its fields.
Result<ap::Document> read_document(ManifestFields volume, const ManifestStore& store) {
    RDT_TRY(const auto config_map, volume.object("configMap"));
    RDT_TRY(const auto secret, volume.object("secret"));
    if (!config_map && !secret) return ap::Document();
    const bool is_secret = secret.has_value();
    const auto& source = is_secret ? *secret : *config_map;
    auto named = source;
    RDT_TRY(const auto name, named.text(is_secret ? "secretName" : "name"));
    if (!(is_secret ? store.secrets : store.config_maps).contains(name)) return ap::Document();
    RDT_TRY(const auto files, read_volume_files(source, store, is_secret));
    ap::Document document{.files = std::vector<ap::DocumentFile>()};
    for (const auto& file : files) {
        RDT_TRY(const auto digest, crypto::digest_of(file.bytes));
        document.files->push_back({.path = file.path, .mode = file.mode, .digest = digest.str()});
    }
    return document;
}

/// The key that the pod's annotations give to the claim that this volume is; empty for any other. `volume`:
/// its fields.
Result<std::string> key_of_claim(ManifestFields volume, VolumeKeys& keys) {
    RDT_TRY(auto claim, volume.object("persistentVolumeClaim"));
    if (!claim) return std::string();
    RDT_TRY(const auto name, claim->text("claimName"));
    return take_volume_key(keys, name);
}

Status read_volumes(ManifestFields& spec, PolicyContext& context, ap::Workload& out) {
    RDT_TRY(auto keys, volume_keys(context.annotations, spec.place()));
    RDT_TRY(const auto volumes, spec.list("volumes"));
    for (const auto& place : volumes) {
        RDT_TRY(auto fields, ManifestFields::open(place));
        RDT_TRY(const auto name_place, fields.need("name"));
        RDT_TRY(const auto name, parse_name(name_place));
        RDT_TRY(auto document, read_document(fields, context.store));
        RDT_TRY(auto key, key_of_claim(fields, keys));
        RDT_TRY(auto kind, parse_volume_kind(fields));
        if (!key.empty()) kind = ap::VolumeKind::kept;
        if (document.files) out.documents.emplace(name, std::move(document));
        if (!context.volumes.emplace(name, PolicyVolume{kind, std::move(key)}).second)
            return name_place.wrong("there are two of this name");
    }
    return check_all_claimed(keys, spec.place());
}

Status read_groups(ManifestFields& security, ap::Workload& out) {
    RDT_TRY(const auto groups, security.list("supplementalGroups"));
    for (const auto& place : groups) {
        RDT_TRY(const auto gid, place.integer(0, k_highest_id));
        out.supplemental_groups.push_back(static_cast<std::uint32_t>(gid));
    }
    RDT_TRY(const auto policy, security.text("supplementalGroupsPolicy", "Merge"));
    out.only_named_groups = policy == "Strict";
    if (const auto place = security.take("fsGroup")) {
        RDT_TRY(const auto gid, place->integer(0, k_highest_id));
        out.fs_group = static_cast<std::uint32_t>(gid);
    }
    return {};
}

Status read_security(ManifestFields& spec, ap::Workload& out) {
    RDT_TRY(auto security, spec.object("securityContext"));
    if (!security) return {};
    RDT_TRY(out.user, parse_user_wish(*security));
    RDT_CHECK(read_groups(*security, out));
    RDT_TRY(const auto sysctls, security->list("sysctls"));
    for (const auto& place : sysctls) {
        RDT_TRY(auto fields, ManifestFields::open(place));
        RDT_TRY(const auto name, fields.need("name"));
        RDT_TRY(const auto key, name.text());
        RDT_TRY(const auto value, fields.need("value"));
        RDT_TRY(out.sysctls[key], value.text());
        RDT_CHECK(fields.finish());
    }
    security->ignore({"appArmorProfile", "fsGroupChangePolicy", "runAsNonRoot", "seLinuxChangePolicy",
                      "seLinuxOptions", "seccompProfile", "windowsOptions"});
    return security->finish();
}

Status refuse_host_namespaces(ManifestFields& spec) {
    for (const auto* name : {"hostNetwork", "hostPID", "hostIPC"}) {
        RDT_TRY(const bool is_wanted, spec.boolean(name, false));
        if (is_wanted) return spec.place().wrong(std::format("{}: a guest has nothing of the host's", name));
    }
    return {};
}

void ignore_other(ManifestFields& spec) {
    spec.ignore({"activeDeadlineSeconds",
                 "affinity",
                 "dnsConfig",
                 "dnsPolicy",
                 "enableServiceLinks",
                 "hostAliases",
                 "hostUsers",
                 "hostname",
                 "hostnameOverride",
                 "imagePullSecrets",
                 "nodeName",
                 "nodeSelector",
                 "os",
                 "overhead",
                 "preemptionPolicy",
                 "priority",
                 "priorityClassName",
                 "readinessGates",
                 "resourceClaims",
                 "resources",
                 "restartPolicy",
                 "runtimeClassName",
                 "schedulerName",
                 "schedulingGates",
                 "setHostnameAsFQDN",
                 "subdomain",
                 "terminationGracePeriodSeconds",
                 "tolerations",
                 "topologySpreadConstraints"});
}

Status read_containers(ManifestFields& spec, const char* field, const PolicyContext& context,
                       ap::Workload& out) {
    RDT_TRY(const auto places, spec.list(field));
    for (const auto& place : places) {
        RDT_TRY(auto container, parse_policy_container(place, context));
        if (std::ranges::contains(out.containers, container.name, &ap::Container::name))
            return place.wrong("there are two of this name");
        out.containers.push_back(std::move(container));
    }
    return {};
}

Status read_pod_spec(const ManifestPlace& place, PolicyContext& context, ap::Workload& out) {
    RDT_TRY(auto spec, ManifestFields::open(place));
    RDT_TRY(const auto account, spec.text("serviceAccount", context.service_account));
    RDT_TRY(context.service_account, spec.text("serviceAccountName", account));
    RDT_TRY(out.service_account_token, spec.boolean("automountServiceAccountToken", true));
    RDT_TRY(out.share_pid_namespace, spec.boolean("shareProcessNamespace", false));
    RDT_CHECK(refuse_host_namespaces(spec));
    RDT_CHECK(read_security(spec, out));
    RDT_CHECK(read_volumes(spec, context, out));
    ignore_other(spec);
    RDT_CHECK(read_containers(spec, "initContainers", context, out));
    RDT_CHECK(read_containers(spec, "containers", context, out));
    RDT_CHECK(spec.finish());
    if (out.containers.empty()) return place.wrong("there is no container");
    return {};
}

/// The template of a controller's pods: {metadata, spec}.
Result<ManifestPlace> find_template(ManifestFields& document, const std::string& kind) {
    RDT_TRY(const auto spec_place, document.need("spec"));
    RDT_TRY(auto spec, ManifestFields::open(spec_place));
    if (kind != "CronJob") return spec.need("template");
    RDT_TRY(const auto job_place, spec.need("jobTemplate"));
    RDT_TRY(auto job, ManifestFields::open(job_place));
    RDT_TRY(const auto job_spec_place, job.need("spec"));
    RDT_TRY(auto job_spec, ManifestFields::open(job_spec_place));
    return job_spec.need("template");
}

/// Volumes that a StatefulSet's claims bring.
Status read_claims(ManifestFields& document, PolicyContext& context) {
    RDT_TRY(const auto spec_place, document.need("spec"));
    RDT_TRY(auto spec, ManifestFields::open(spec_place));
    RDT_TRY(const auto claims, spec.list("volumeClaimTemplates"));
    for (const auto& place : claims) {
        RDT_TRY(auto fields, ManifestFields::open(place));
        RDT_TRY(const auto metadata, parse_metadata(fields));
        if (metadata.name)
            context.volumes.emplace(*metadata.name, PolicyVolume{ap::VolumeKind::host_path, {}});
    }
    return {};
}

/// What pods of a controller are called. Of most only the cluster knows: it cuts long names.
std::string pod_name_of(const std::string& kind, const Metadata& metadata) {
    constexpr const char* k_any = "[a-z0-9][-a-z0-9.]*";
    if (kind == "StatefulSet" && metadata.name) return ap::quote_pattern(*metadata.name) + "-[0-9]+";
    if (kind != "Pod") return k_any;
    if (metadata.name) return ap::quote_pattern(*metadata.name);
    return ap::quote_pattern(metadata.generate_name->substr(0, k_longest_prefix)) + "[-a-z0-9.]*";
}

Result<ap::Workload> read_workload(const ManifestPlace& place, const std::string& kind,
                                   const ManifestStore& store, const std::vector<std::string>& gpus) {
    RDT_TRY(auto document, ManifestFields::open(place));
    RDT_TRY(const auto metadata, parse_metadata(document));
    if (!metadata.name && !metadata.generate_name) return place.wrong("metadata.name: missing");
    ap::Workload out;
    out.kind = kind;
    out.name = metadata.name ? *metadata.name : *metadata.generate_name;
    out.pod_name_like = pod_name_of(kind, metadata);
    out.name_space = metadata.name_space;
    PolicyContext context{.store = store, .gpu_resources = gpus};
    if (kind == "Pod") {
        context.labels = metadata.labels;
        context.annotations = metadata.annotations;
        RDT_TRY(const auto spec, document.need("spec"));
        RDT_CHECK(read_pod_spec(spec, context, out));
    } else {
        if (kind == "StatefulSet") RDT_CHECK(read_claims(document, context));
        RDT_TRY(const auto pod_place, find_template(document, kind));
        RDT_TRY(auto pod, ManifestFields::open(pod_place));
        RDT_TRY(const auto pod_metadata, parse_metadata(pod));
        context.labels = pod_metadata.labels;
        context.annotations = pod_metadata.annotations;
        RDT_TRY(const auto spec, pod.need("spec"));
        RDT_CHECK(read_pod_spec(spec, context, out));
    }
    out.annotations = context.annotations;
    return out;
}

struct Found {
    ManifestPlace place;
    std::string kind;
};

/// The document, or the items of a List.
Status find_documents(const ManifestPlace& place, std::vector<Found>& found) {
    RDT_TRY(auto fields, ManifestFields::open(place));
    RDT_TRY(const auto kind_place, fields.need("kind"));
    RDT_TRY(const auto kind, kind_place.text());
    if (kind == "List") {
        RDT_TRY(const auto items, fields.list("items"));
        for (const auto& item : items) RDT_CHECK(find_documents(item, found));
        return {};
    }
    RDT_TRY(const auto metadata, fields.object("metadata"));
    std::string name;
    if (metadata) {
        auto named = *metadata;
        RDT_TRY(name, named.text("name"));
    }
    found.push_back({place.inside(std::format("{} '{}'", kind, name)), kind});
    return {};
}

Status store_data(const Found& document, ManifestStore& store) {
    const bool is_secret = document.kind == "Secret";
    RDT_TRY(auto fields, ManifestFields::open(document.place));
    RDT_TRY(const auto metadata, parse_metadata(fields));
    if (!metadata.name) return document.place.wrong("metadata.name: missing");
    RDT_TRY(auto data, read_manifest_data(fields, is_secret));
    auto& known = is_secret ? store.secrets : store.config_maps;
    if (known.emplace(*metadata.name, std::move(data)).second) return {};
    return document.place.wrong("there are two of this name");
}

} // namespace

Result<std::vector<ap::Workload>> parse_policy_workloads(const std::vector<ManifestFile>& files,
                                                         const std::vector<std::string>& gpu_resources) {
    constexpr std::array k_kinds = {"Pod",        "Deployment",  "DaemonSet",
                                    "ReplicaSet", "StatefulSet", "ReplicationController",
                                    "Job",        "CronJob"};
    std::vector<std::vector<yaml::Node>> texts;
    texts.reserve(files.size());
    std::vector<Found> documents;
    for (const auto& file : files) {
        RDT_TRY(auto nodes, yaml::parse(file.name, file.text));
        texts.push_back(std::move(nodes));
        for (const auto& node : texts.back())
            RDT_CHECK(find_documents(ManifestPlace(node, file.name, ""), documents));
    }
    ManifestStore store;
    for (const auto& document : documents)
        if (document.kind == "ConfigMap" || document.kind == "Secret") RDT_CHECK(store_data(document, store));
    std::vector<ap::Workload> workloads;
    for (const auto& document : documents) {
        if (!std::ranges::contains(k_kinds, document.kind)) continue;
        RDT_TRY(auto workload, read_workload(document.place, document.kind, store, gpu_resources));
        workloads.push_back(std::move(workload));
    }
    return workloads;
}

} // namespace redoubt::ctl
