// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <array>
#include <string_view>

#include "common/log/log.hpp"
#include "node-daemon/launch/confidential_plan.hpp"
#include "node-daemon/launch/vm_start.hpp"
#include "node-daemon/sandbox/connect_network.hpp"
#include "node-daemon/sandbox/container_name.hpp"
#include "node-daemon/sandbox/pod.hpp"
#include "node-daemon/sandbox/pod_json.hpp"
#include "node-daemon/sandbox/pod_member.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "node-daemon/storage/volume_store.hpp"

namespace redoubt::node::sandbox {
namespace {

constexpr std::size_t k_most_volumes = 64;
constexpr std::size_t k_most_files = 4096;
constexpr std::size_t k_most_bytes = 3U << 20U; // of a volume: it travels as one message of at most 4 MiB
constexpr std::size_t k_longest_hostname = 64;  // HOST_NAME_MAX

/// Relative, and below where it begins: "a/b".
bool is_plain_path(const std::string& path) {
    if (path.empty() || path.size() > 4096 || path.starts_with('/') || path.contains('\0')) return false;
    const auto normal = std::filesystem::path(path).lexically_normal();
    return normal.native() == path && *normal.begin() != ".." && normal != ".";
}

Status check_files(const launch::PodVolume& volume) {
    std::size_t bytes = 0;
    if (volume.files.size() > k_most_files)
        return fail(Code::invalid_argument, "volume '{}': {} files; the most is {}", volume.name,
                    volume.files.size(), k_most_files);
    for (const auto& file : volume.files) {
        if (!is_plain_path(file.path))
            return fail(Code::invalid_argument, "volume '{}': '{}' is not a relative path", volume.name,
                        file.path);
        if (file.mode > 0777)
            return fail(Code::invalid_argument, "volume '{}': mode {:o} of '{}' is beyond 777", volume.name,
                        file.mode, file.path);
        bytes += file.path.size() + file.bytes.size();
    }
    if (bytes > k_most_bytes)
        return fail(Code::invalid_argument, "volume '{}': {} bytes of files; the most is {}", volume.name,
                    bytes, k_most_bytes);
    return {};
}

Status check_volume(const launch::PodVolume& volume) {
    if (!validate_container_name(volume.name))
        return fail(Code::invalid_argument, "volume '{}': not a name", volume.name);
    if (volume.kind == launch::PodVolumeKind::files) return check_files(volume);
    const bool is_disk = volume.kind == launch::PodVolumeKind::disk;
    if (is_disk && volume.size_bytes != 0 &&
        (volume.size_bytes < storage::k_min_volume || volume.size_bytes > storage::k_max_volume))
        return fail(Code::invalid_argument, "volume '{}': {} bytes are not 16 MiB to 16 TiB", volume.name,
                    volume.size_bytes);
    return {};
}

Status check_volumes(const std::vector<launch::PodVolume>& volumes) {
    if (volumes.size() > k_most_volumes)
        return fail(Code::invalid_argument, "{} volumes; the most is {}", volumes.size(), k_most_volumes);
    for (auto volume = volumes.begin(); volume != volumes.end(); ++volume) {
        RDT_CHECK(check_volume(*volume));
        if (std::ranges::contains(volumes.begin(), volume, volume->name, &launch::PodVolume::name))
            return fail(Code::invalid_argument, "two volumes are called '{}'", volume->name);
    }
    return {};
}

bool is_pod_name_taken(const Node& node, const std::string& name) {
    return std::ranges::any_of(node.pods,
                               [&name](const auto& entry) { return entry.second->record.name == name; });
}

Result<std::string> choose_name(const Node& node, const std::string& wanted) {
    if (wanted.empty()) {
        auto name = random_container_name();
        while (is_pod_name_taken(node, name)) name = random_container_name() + "_" + random_hex(2);
        return name;
    }
    RDT_CHECK(validate_container_name(wanted));
    if (is_pod_name_taken(node, wanted))
        return fail(Code::already_exists, "the name '{}' is taken: remove that pod or choose another name",
                    wanted);
    return wanted;
}

/// A pod's name as a host's: what may not be in one becomes '-'.
Result<std::string> choose_hostname(const PodSpec& spec) {
    auto name = spec.hostname.empty() ? spec.name : spec.hostname;
    if (spec.hostname.empty()) std::ranges::replace(name, '_', '-');
    if (spec.hostname.empty() && name.size() > k_longest_hostname) name.resize(k_longest_hostname);
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.';
    };
    if (name.size() > k_longest_hostname || name.starts_with('-') || !std::ranges::all_of(name, is_allowed))
        return fail(Code::invalid_argument, "hostname '{}': letters, digits, '-' and '.', at most {}", name,
                    k_longest_hostname);
    return name;
}

/// A pod is one VM, which is confidential or is not.
Status check_runtime(const Node& node, const PodSpec& spec) {
    if (launch::is_on_host(spec.level))
        return fail(Code::unimplemented, "runtime '{}' is not implemented for pods: a pod is one VM",
                    launch::name_of(spec.level));
    RDT_CHECK(launch::check_level(spec.level, node.settings.minimum_level, node.settings.facts.confidential));
    RDT_CHECK(launch::may_be_clone(spec.annotations));
    if (spec.level != launch::IsolationLevel::confidential) return {};
    return launch::check_initdata(launch::initdata_of(spec.annotations));
}

Task<PodSpec> complete(Node& node, PodSpec spec) {
    RDT_CO_CHECK(check_runtime(node, spec));
    RDT_CO_TRY(spec.name, choose_name(node, spec.name));
    RDT_CO_TRY(spec.hostname, choose_hostname(spec));
    RDT_CO_CHECK(check_volumes(spec.volumes));
    ContainerSpec connected;
    connected.networks = spec.networks;
    connected.ports = spec.ports;
    connected.annotations = spec.annotations;
    RDT_CO_TRY(spec.networks, co_await choose_networks(node, std::move(connected)));
    co_return spec;
}

PodSummary summarize(const Node& node, const Pod& pod) {
    PodSummary summary{.id = pod.record.id,
                       .name = pod.record.name,
                       .state = state_of(node, pod),
                       .created_at = pod.record.created_at,
                       .started_at = pod.record.started_at,
                       .labels = pod.spec.labels,
                       .containers = {}};
    for (const auto& container : members_of(node, pod))
        summary.containers.push_back(summarize(node, *container));
    return summary;
}

} // namespace

Task<PodId> create_pod(Node& node, PodSpec spec) {
    RDT_CO_TRY(spec, co_await complete(node, std::move(spec)));
    // Another may have taken the name while the networks were asked for.
    RDT_CO_TRY(spec.name, choose_name(node, spec.name));
    store::PodRecord record;
    record.id = PodId(random_hex(32));
    record.name = spec.name;
    record.spec = render_pod_spec(spec);
    record.created_at = unix_now();
    const auto id = record.id;
    const auto pod = std::make_shared<Pod>(node.executor, std::move(record), std::move(spec));
    node.pods.emplace(id, pod);
    if (auto saved = co_await save(node, pod); !saved) {
        node.pods.erase(id);
        co_return std::unexpected(saved.error());
    }
    publish(node, *pod, "create");
    log::info("pod created", {{"POD_ID", id.str()}});
    co_return id;
}

Task<void> remove_pod(Node& node, std::string pod, RemoveMode mode) {
    RDT_CO_TRY(const auto found, find_pod(node, pod));
    const auto id = found->record.id;
    const auto members = members_of(node, *found);
    const bool is_busy = std::ranges::any_of(
        members, [](const auto& container) { return is_active(*container) || container->is_restarting; });
    if (is_busy && mode != RemoveMode::force)
        co_return fail(Code::failed_precondition, "pod '{}' is {}: stop it first, or remove it with force",
                       found->record.name, name_of(state_of(node, *found)));
    found->is_being_removed = true;
    auto removed = co_await stop_pod(node, id.str(), std::chrono::seconds(0));
    for (const auto& container : members) {
        if (!removed) break;
        auto gone = co_await remove_container(node, container->record.id.str(), RemoveMode::force,
                                              OwnVolumes::removed);
        if (!gone && gone.error().code != Code::not_found) removed = std::move(gone);
    }
    if (removed) removed = co_await node.store.remove(id);
    if (!removed) {
        found->is_being_removed = false;
        co_return std::unexpected(removed.error().within("remove pod '" + found->record.name + "'"));
    }
    node.pods.erase(id);
    publish(node, *found, "remove");
    co_return Status{};
}

std::vector<PodSummary> list_pods(const Node& node) {
    std::vector<PodSummary> pods;
    pods.reserve(node.pods.size());
    for (const auto& [id, pod] : node.pods) pods.push_back(summarize(node, *pod));
    std::ranges::sort(pods, std::ranges::greater(), &PodSummary::created_at);
    return pods;
}

Result<PodDetails> inspect_pod(const Node& node, const std::string& pod) {
    RDT_TRY(const auto found, find_pod(node, pod));
    PodDetails details{.summary = summarize(node, *found), .spec = found->spec, .sandbox = {}};
    if (const auto& sandbox = found->sandbox) {
        details.sandbox = sandbox->facts.info;
        details.sandbox.id = sandbox->id;
        if (sandbox->vm && !sandbox->is_gone) details.sandbox.vmm_pid = sandbox->vm->record().pid;
    }
    return details;
}

} // namespace redoubt::node::sandbox
