// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/sandbox/sandbox.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <format>
#include <system_error>
#include <utility>

#include "common/base/file.hpp"
#include "guest-image/agent/mount/layered_rootfs.hpp"

namespace redoubt::guest::sandbox {

Result<std::unique_ptr<Sandbox>> Sandbox::open(const asio::any_io_executor& executor, SandboxOptions options,
                                               process::ChildReaper& reaper) {
    RDT_TRY(auto mounter, mount::StorageMounter::open(options.base, options.hotplug_timeout));
    RDT_TRY(auto oom_watcher, OomWatcher::open(executor));
    return std::unique_ptr<Sandbox>(
        new Sandbox(executor, std::move(options), reaper, std::move(mounter), std::move(oom_watcher)));
}

Sandbox::Sandbox(asio::any_io_executor executor, SandboxOptions options, process::ChildReaper& reaper,
                 mount::StorageMounter mounter, OomWatcher oom_watcher)
    : executor_(std::move(executor)), options_(std::move(options)), reaper_(reaper),
      mounter_(std::move(mounter)), oom_watcher_(std::move(oom_watcher)) {}

Result<std::shared_ptr<Container>> Sandbox::find(const ContainerId& id) const {
    RDT_CHECK(check_id("container id", id.str()));
    const auto found = containers_.find(id);
    if (found == containers_.end()) return fail(Code::not_found, "no container '{}'", id);
    return found->second;
}

Result<std::shared_ptr<Process>> Sandbox::find_process(const ContainerId& id, const ExecId& exec) const {
    RDT_TRY(const auto container, find(id));
    if (exec.empty() || exec.str() == id.str()) {
        if (!container->init) return fail(Code::not_found, "container '{}' has no process yet", id);
        return container->init;
    }
    const auto found = container->execs.find(exec);
    if (found == container->execs.end())
        return fail(Code::not_found, "no process '{}' in container '{}'", exec, id);
    return found->second;
}

Result<containers::RunningContainer> Sandbox::running_container(const ContainerId& id) const {
    RDT_TRY(const auto container, find(id));
    if (container->state != Container::State::running || !container->is_alive())
        return fail(Code::failed_precondition, "container '{}' is not running", id);
    const pid_t init = container->init->pid();
    containers::RunningContainer view{.id = id,
                                      .init = init,
                                      .root = std::format("/proc/{}/root", init),
                                      .layers = container->layers,
                                      .spec = container->spec};
    if (container->cgroup) view.cgroup = container->cgroup->path();
    return view;
}

Result<const oci_runtime::Cgroup*> Sandbox::cgroup_of(const ContainerId& id) const {
    RDT_TRY(const auto container, find(id));
    if (!container->cgroup) return fail(Code::failed_precondition, "container '{}' has no cgroup", id);
    return &*container->cgroup;
}

std::shared_ptr<Process> Sandbox::adopt(oci_runtime::Launch& launch, process::StreamEnds streams,
                                        std::move_only_function<void()> on_end) {
    auto made = std::make_shared<Process>(executor_, launch.pid, std::move(launch.pidfd), std::move(streams));
    reaper_.watch(launch.pid, [made, on_end = std::move(on_end)](int status) mutable {
        if (on_end) on_end();
        made->end(status);
    });
    return made;
}

Task<void> Sandbox::create(SandboxRequest request) {
    if (request_) co_return fail(Code::already_exists, "the sandbox exists already");
    RDT_CO_TRY(auto shared, oci_runtime::make_shared_namespaces(request.hostname));
    RDT_CO_CHECK(write_shared_files(request));
    const auto folder = options_.base / "sandbox" / "multi-layer";
    RDT_CO_TRY(request.storages, mount::expand_layers(std::move(request.storages), folder.native()));
    for (const auto& storage : request.storages) {
        if (auto made = co_await mounter_.acquire(storage); !made) {
            mounter_.release_all();
            co_return std::unexpected(made.error());
        }
    }
    shared_ = std::move(shared);
    request_ = std::move(request);
    co_return Status{};
}

Task<void> Sandbox::destroy() {
    std::vector<std::shared_ptr<Container>> all;
    all.reserve(containers_.size());
    for (const auto& [id, container] : containers_) all.push_back(container);
    for (const auto& container : all) kill(*container);
    // A process that even SIGKILL cannot end goes with the guest.
    for (const auto& container : all) {
        co_await settle(container);
        auto ignored = tear_down(*container);
    }
    containers_.clear();
    mounter_.release_all();
    shared_.clear();
    shared_pids_.reset();
    request_.reset();
    co_return Status{};
}

/// resolv.conf, hosts and hostname for containers that bring none: the host has no way to write files here.
Status Sandbox::write_shared_files(const SandboxRequest& request) const {
    const auto folder = options_.base / "sandbox";
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(Code::internal, "make {}: {}", folder.native(), error.message());
    std::string resolv;
    for (const auto& line : request.dns) resolv += (line.contains(' ') ? line : "nameserver " + line) + "\n";
    RDT_CHECK(write_file(folder / "resolv.conf", resolv));
    RDT_CHECK(write_file(folder / "hostname", request.hostname + "\n"));
    return write_file(folder / "hosts",
                      std::format("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
                                  "127.0.1.1\t{}\n",
                                  request.hostname.empty() ? "guest" : request.hostname));
}

} // namespace redoubt::guest::sandbox
