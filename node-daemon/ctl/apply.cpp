// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// `redoubtctl apply` and `down`: the pods of Kubernetes manifests. Flags follow podman-kube-play(1) and
/// podman-kube-down(1).

#include <algorithm>
#include <iostream>
#include <iterator>

#include "common/base/file.hpp"
#include "node-daemon/ctl/container_spec.hpp"
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/image_fetch.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/pod_manifest.hpp"
#include "node-daemon/ctl/pod_output.hpp"
#include "node-daemon/ctl/port_mapping.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

constexpr std::uint64_t k_most_bytes = 4U << 20U;

Result<ManifestFile> read_manifest(const std::string& path) {
    if (path != "-") {
        RDT_TRY(auto text, read_file(path, k_most_bytes));
        return ManifestFile{path, std::move(text)};
    }
    std::string text;
    for (std::istreambuf_iterator<char> byte(std::cin), end; byte != end && text.size() <= k_most_bytes;
         ++byte)
        text += *byte;
    return ManifestFile{"standard input", std::move(text)};
}

Result<std::vector<ManifestPod>> read_pods(const std::vector<std::string>& paths) {
    std::vector<ManifestFile> files;
    for (const auto& path : paths) {
        RDT_TRY(auto file, read_manifest(path));
        files.push_back(std::move(file));
    }
    return parse_manifests(files);
}

Status pull(Context& context, const ApplyOptions& options, const std::string& image) {
    RegistryOptions registry;
    registry.verify_tls = options.verify_tls;
    registry.is_quiet = options.is_quiet;
    RDT_TRY(const auto request, make_pull_request(image, registry));
    const auto style = progress_style(options.is_quiet ? Quiet::yes : Quiet::no);
    RDT_CHECK(pull_with_progress(context.client, request, style));
    return {};
}

Status make_container(Context& context, const ApplyOptions& options, const ManifestContainer& container) {
    if (container.pull == PullPolicy::always) RDT_CHECK(pull(context, options, container.spec.image()));
    auto made = context.client.create_container(container.spec);
    if (!made && made.error().code == Code::not_found && container.pull == PullPolicy::missing) {
        RDT_CHECK(pull(context, options, container.spec.image()));
        made = context.client.create_container(container.spec);
    }
    if (!made) return std::unexpected(made.error().within("container '" + container.spec.name() + "'"));
    return {};
}

Status fill_pod(Context& context, const ApplyOptions& options, ManifestPod& pod, const std::string& id) {
    for (auto& container : pod.containers) {
        container.spec.set_pod(id);
        container.spec.set_runtime(pod.spec.runtime());
        RDT_CHECK(make_container(context, options, container));
    }
    if (!options.start) return {};
    return context.client.start_pod(id);
}

/// All of it, or nothing.
/// Claims with a key, which a volume made on first use would not have. As such a one they stay when the pod
/// goes.
Status make_keyed_volumes(Context& context, const ManifestPod& pod) {
    for (const auto& [claim, key] : pod.claim_keys) {
        pb::CreateVolumeRequest request;
        request.set_name(claim);
        request.set_key(key);
        request.set_accept_existing(true);
        RDT_CHECK(context.client.create_volume(request));
    }
    return {};
}

Status apply_pod(Context& context, const ApplyOptions& options, ManifestPod& pod) {
    if (options.replace) {
        const auto removed = context.client.remove_pod(pod.spec.name(), /*force=*/true);
        if (!removed && removed.error().code != Code::not_found) return removed;
    }
    for (const auto& network : options.networks) pod.spec.add_networks(network);
    for (const auto& port : options.ports) {
        RDT_TRY(*pod.spec.add_ports(), parse_port_mapping(port));
    }
    RDT_CHECK(make_keyed_volumes(context, pod));
    RDT_TRY(const auto id, context.client.create_pod(pod.spec));
    auto filled = fill_pod(context, options, pod, id);
    if (filled) return {};
    if (const auto removed = context.client.remove_pod(id, /*force=*/true); !removed)
        print_error(removed.error());
    return filled.transform_error(redoubt::context("pod '{}'", pod.spec.name()));
}

Result<int> report_pods(Context context, const std::vector<std::string>& pods, int code) {
    std::string text;
    for (const auto& pod : pods) text += pod + "\n";
    RDT_CHECK(print(context.json ? touched_pods_json(pods) : text));
    return code;
}

} // namespace

Result<int> apply(Context context, const ApplyOptions& options) {
    RDT_TRY(auto pods, read_pods(options.files));
    if (pods.empty()) return fail(Code::invalid_argument, "there is no Pod in it");
    std::vector<std::string> done;
    for (auto& pod : pods) {
        if (const auto applied = apply_pod(context, options, pod); !applied) {
            RDT_CHECK(report_pods(context, done, 0));
            return std::unexpected(applied.error());
        }
        done.push_back(pod.spec.name());
    }
    return report_pods(context, done, 0);
}

Result<int> down(Context context, const DownOptions& options) {
    if (options.files.empty() == options.pods.empty())
        return fail(Code::invalid_argument, "name a manifest with -f or pods, one of the two");
    auto names = options.pods;
    std::vector<std::string> claims;
    if (!options.files.empty()) {
        RDT_TRY(const auto pods, read_pods(options.files));
        for (const auto& pod : pods) {
            names.push_back(pod.spec.name());
            claims.insert(claims.end(), pod.claims.begin(), pod.claims.end());
        }
    }
    const bool is_manifest = options.pods.empty();
    const auto remove_one = [&](const std::string& name) -> Status {
        auto stopped = context.client.stop_pod(name, options.timeout_seconds);
        if (!stopped && is_manifest && stopped.error().code == Code::not_found) return {};
        RDT_CHECK(stopped);
        return context.client.remove_pod(name, /*force=*/true);
    };
    const auto outcome = for_each_name(names, remove_one, exit_code_of);
    if (options.force)
        for (const auto& claim : claims) {
            const auto removed = context.client.remove_volume(claim, /*force=*/false);
            if (!removed && removed.error().code != Code::not_found) print_error(removed.error());
        }
    return report_pods(context, outcome.done, outcome.exit_code);
}

} // namespace redoubt::ctl
