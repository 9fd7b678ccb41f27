// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <format>
#include <string_view>
#include <utility>

#include "common/base/file.hpp"
#include "common/base/safe_open.hpp"
#include "common/containers/copy_up.hpp"
#include "guest-image/agent/mount/layered_rootfs.hpp"
#include "guest-image/agent/mount/option_words.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"
#include "guest-image/image/pull_request.hpp"
#include "guest-image/oci_runtime/device_filter.hpp"
#include "guest-image/oci_runtime/rootfs.hpp"

namespace redoubt::guest::sandbox {

namespace {

constexpr std::size_t k_max_containers = 1024;

/// Kata's shim leaves the PID namespace out of the specification and means: its own, or the sandbox's.
void add_pid_namespace(oci::Spec& spec) {
    auto& namespaces = spec.linux_part.namespaces;
    if (!std::ranges::contains(namespaces, "pid", &oci::Namespace::type)) namespaces.push_back({"pid", ""});
}

bool wants(const oci::Spec& spec, int flag) {
    return std::ranges::any_of(spec.linux_part.namespaces, [&](const oci::Namespace& wanted) {
        return oci_runtime::namespace_flag(wanted.type) == flag;
    });
}

} // namespace

Task<void> Sandbox::create_container(ContainerRequest request) {
    RDT_CO_CHECK(check_id("container id", request.id.str()));
    // These are folders of the sandbox's own beside the containers' bundles.
    if (request.id.str() == "sandbox" || request.id.str() == "shared")
        co_return fail(Code::invalid_argument, "container id '{}' is reserved", request.id);
    if (!request_) co_return fail(Code::failed_precondition, "there is no sandbox yet");
    if (containers_.contains(request.id))
        co_return fail(Code::already_exists, "container '{}' exists", request.id);
    if (containers_.size() >= k_max_containers)
        co_return fail(Code::resource_exhausted, "there are {} containers already", k_max_containers);
    auto container = std::make_shared<Container>();
    container->id = request.id;
    containers_.emplace(request.id, container);
    auto built = co_await build(container, std::move(request));
    if (built) {
        container->state = Container::State::created;
        co_return Status{};
    }
    kill(*container);
    co_await settle(container);
    auto ignored = tear_down(*container);
    containers_.erase(container->id);
    co_return std::unexpected(built.error());
}

Task<void> Sandbox::build(std::shared_ptr<Container> container, ContainerRequest request) {
    container->spec = std::move(request.spec);
    auto& spec = container->spec;
    RDT_CO_CHECK(mounter_.inside_base(spec.root_path).transform_error(context("root path")));
    add_pid_namespace(spec);
    RDT_CO_CHECK(oci_runtime::namespace_flags(spec.linux_part.namespaces));
    RDT_CO_CHECK(co_await add_devices(container, std::move(request.devices)));
    RDT_CO_CHECK(co_await acquire_storages(container, std::move(request.storages)));
    RDT_CO_CHECK(co_await fill_volumes(container));
    RDT_CO_CHECK(co_await add_shared_mounts(container, std::move(request.shared_mounts)));
    RDT_CO_CHECK(make_cgroup(*container));
    co_return co_await launch_init(container, request.pids);
}

Task<void> Sandbox::acquire_storages(std::shared_ptr<Container> container,
                                     std::vector<mount::Storage> storages) {
    const auto folder = options_.base / container->id.str() / "multi-layer";
    RDT_CO_TRY(auto expanded, mount::expand_layers(std::move(storages), folder.native()));
    for (auto& storage : expanded) {
        if (storage.driver == image::k_pull_driver) {
            RDT_CO_CHECK(co_await pull_image(container, std::move(storage)));
            continue;
        }
        const auto mount_point = storage.mount_point;
        if (auto layers = containers::layers_of(storage.options)) container->layers = std::move(layers);
        const bool is_shared = storage.is_shared;
        if (auto uri = mount::key_of_volume(storage)) {
            RDT_CO_CHECK(co_await open_volume(std::move(storage), *std::move(uri)));
        } else {
            RDT_CO_CHECK(co_await mounter_.acquire(std::move(storage)));
        }
        if (!is_shared) container->mount_points.push_back(mount_point);
    }
    co_return Status{};
}

/// A volume that is kept with a key of the broker's. It is one container's own: what is shared would be
/// written to by others than the policy has said.
Task<void> Sandbox::open_volume(mount::Storage storage, std::string uri) {
    const auto in_front = context("volume at {}", storage.mount_point.substr(0, 256));
    RDT_CO_CHECK(mount::check_storage(storage));
    if (storage.is_shared)
        co_return fail(Code::invalid_argument, "volume at {}: what has a key of its own is not shared",
                       storage.mount_point.substr(0, 256));
    if (options_.keyed_work == nullptr)
        co_return fail(Code::unimplemented,
                       "volume at {}: {} is for the agent of confidential guests to ask for",
                       storage.mount_point.substr(0, 256), uri.substr(0, 200));
    const auto key = (co_await options_.keyed_work->volume_key(std::move(uri))).transform_error(in_front);
    if (!key) co_return std::unexpected(key.error());
    co_return co_await mounter_.acquire_kept(std::move(storage), **key);
}

/// An empty volume gets what the image has at its place, as with podman.
Task<void> Sandbox::fill_volumes(std::shared_ptr<Container> container) {
    auto& spec = container->spec;
    for (auto& wanted : spec.mounts) {
        if (!mount::take_word(wanted.options, containers::k_copy_up)) continue;
        const auto in_front = context("fill the volume at {}", wanted.destination.substr(0, 256));
        auto root = mounter_.open_inside(spec.root_path, O_PATH | O_DIRECTORY).transform_error(in_front);
        if (!root) co_return std::unexpected(root.error());
        auto from = open_in_root(root->get(), wanted.destination, O_RDONLY | O_DIRECTORY);
        if (!from && from.error().code == Code::not_found) continue; // the place is made, and empty
        auto to = mounter_.open_inside(wanted.source, O_RDONLY | O_DIRECTORY);
        if (!from || !to) co_return std::unexpected(in_front(from ? to.error() : from.error()));
        auto copied = co_await containers::copy_up(std::move(*from), std::move(*to));
        if (!copied) co_return std::unexpected(in_front(copied.error()));
    }
    co_return Status{};
}

Status Sandbox::make_cgroup(Container& container) {
    if (!options_.cgroups) return {};
    const auto& linux_part = container.spec.linux_part;
    // The path that the host names says nothing inside the guest: a container sees its own group as the root.
    RDT_TRY(auto cgroup,
            oci_runtime::Cgroup::create(*options_.cgroups, container.id.str(), linux_part.resources));
    container.cgroup = std::move(cgroup);
    RDT_TRY(const auto filter,
            oci_runtime::compile_device_filter(linux_part.devices, linux_part.resources.devices));
    RDT_CHECK(oci_runtime::attach_device_filter(container.cgroup->folder(), filter));
    return oom_watcher_.add(container.id, *container.cgroup);
}

/// Opens what the host wants bound, below base() and through no link.
Result<std::vector<UniqueFd>> Sandbox::open_bind_sources(const oci::Spec& spec) const {
    std::vector<UniqueFd> sources(spec.mounts.size());
    RDT_TRY(const auto base, open_file(mounter_.base(), O_PATH | O_DIRECTORY));
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const auto& mount = spec.mounts[i];
        if (!oci_runtime::is_bind(mount)) continue;
        auto source =
            mounter_.inside_base(mount.source)
                .and_then([&](const std::string& inside) { return open_beneath(base.get(), inside, O_PATH); })
                .and_then(
                    [&](const UniqueFd& place) { return oci_runtime::open_bind_source(place.get(), mount); });
        if (!source) return std::unexpected(source.error().within("mount at " + mount.destination));
        sources[i] = std::move(*source);
    }
    return sources;
}

void Sandbox::add_shared_files(oci::Spec& spec) const {
    const auto folder = options_.base / "sandbox";
    for (const std::string name : {"resolv.conf", "hosts", "hostname"}) {
        const std::string destination = "/etc/" + name;
        if (name == "resolv.conf" && request_->dns.empty()) continue;
        if (name == "hostname" && request_->hostname.empty()) continue;
        if (std::ranges::contains(spec.mounts, destination, &oci::Mount::destination)) continue;
        spec.mounts.push_back(
            {destination, (folder / name).native(), "bind", {"bind", "nosuid", "nodev", "noexec"}});
    }
}

Task<void> Sandbox::launch_init(std::shared_ptr<Container> container, PidSharing pids) {
    auto spec = container->spec;
    add_shared_files(spec);
    RDT_CO_TRY(auto bind_sources, open_bind_sources(spec));
    for (auto& [mount, source] : container->views) {
        spec.mounts.push_back(std::move(mount));
        bind_sources.push_back(std::move(source));
    }
    container->views.clear();
    RDT_CO_TRY(auto streams, process::make_streams(options_.pipe_bytes));
    oci_runtime::InitPlan plan{.spec = spec,
                               .rootfs = spec.root_path,
                               .joined = {},
                               .bind_sources = std::move(bind_sources),
                               .cgroup = container->cgroup ? container->cgroup->folder() : -1,
                               .streams = {std::move(streams.process.input),
                                           std::move(streams.process.output),
                                           std::move(streams.process.error)}};
    for (const auto& shared : shared_)
        if (wants(spec, shared.flag)) plan.joined.push_back(&shared);
    const bool shares_pids = pids == PidSharing::shared || request_->pids == PidSharing::shared;
    if (shares_pids && shared_pids_) plan.joined.push_back(&*shared_pids_);
    RDT_CO_TRY(auto launch, oci_runtime::launch_init(std::move(plan)));
    container->init =
        adopt(launch, std::move(streams.agent), [this, id = container->id] { oom_watcher_.look(id); });
    container->channel = std::make_unique<oci_runtime::ParentChannel>(executor_, std::move(launch.channel));
    RDT_CO_TRY(auto terminal, co_await container->channel->await_ready());
    if (terminal) RDT_CO_CHECK(container->init->attach_terminal(std::move(terminal)));
    if (shares_pids && !shared_pids_) {
        RDT_CO_TRY(shared_pids_, oci_runtime::open_pid_namespace(container->init->pid()));
    }
    co_return Status{};
}

} // namespace redoubt::guest::sandbox
