// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <utility>

#include "common/base/file.hpp"
#include "common/base/safe_open.hpp"
#include "node-daemon/runtime/bundle.hpp"
#include "node-daemon/runtime/gvisor_network.hpp"
#include "node-daemon/runtime/host_container.hpp"
#include "node-daemon/runtime/memory_events.hpp"
#include "node-daemon/runtime/terminal_pair.hpp"

namespace redoubt::node::runtime {
namespace {

/// A process whose output nobody reads waits: this much a container may say while no daemon listens.
constexpr int k_pipe_bytes = 1 << 20;

/// Empty: a new one, with nothing in it.
std::filesystem::path network_namespace_of(const oci::Spec& spec) {
    const auto entry = std::ranges::find(spec.linux_part.namespaces, "network", &oci::Namespace::type);
    return entry == spec.linux_part.namespaces.end() ? "" : entry->path;
}

Result<pid_t> read_pid_file(const std::filesystem::path& file) {
    RDT_TRY(const auto text, read_file(file));
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
    if (error != std::errc() || pid <= 0) return fail(Code::internal, "{} holds no pid", file.native());
    return pid;
}

} // namespace

Task<void> HostContainer::create(ContainerId id, oci::Spec spec, std::vector<HostStorage> storages) {
    if (state_ != State::none) co_return fail(Code::already_exists, "the monitor has its container");
    state_ = State::creating;
    id_ = std::move(id);
    spec_ = std::move(spec);
    auto built = co_await build(std::move(storages));
    if (built) {
        state_ = State::created;
        co_return Status{};
    }
    std::ignore = co_await call("delete", command_.remove());
    std::ignore = mounts_.remove_all();
    state_ = State::none;
    co_return built;
}

Task<void> HostContainer::build(std::vector<HostStorage> storages) {
    for (const auto& storage : storages) {
        if (auto layers = containers::layers_of(storage.options)) layers_ = std::move(layers);
        RDT_CO_CHECK(mounts_.make(storage));
    }
    RDT_CO_CHECK(co_await prepare());
    RDT_CO_CHECK(write_file(settings_.folder / "config.json", render_config(spec_), 0600));
    co_return co_await call_create();
}

Task<void> HostContainer::prepare() {
    RDT_CO_CHECK(resolve_process(spec_.process, spec_.root_path));
    RDT_CO_CHECK(co_await fill_volumes(spec_));
    RDT_CO_CHECK(make_working_folder(spec_.process, spec_.root_path));
    RDT_CO_CHECK(add_host_files(spec_, files_, settings_.folder / "etc"));
    if (!command_.is_gvisor()) co_return Status{};
    RDT_CO_CHECK(keep_tmp_visible(spec_));
    co_return make_view();
}

/// What the container sees, as far as it is the host's: its root with its binds in their places.
Status HostContainer::make_view() {
    const auto view = settings_.folder / "view";
    std::error_code error;
    std::filesystem::create_directory(view, error);
    RDT_CHECK(mounts_.bind(spec_.root_path, view));
    for (const auto& mount : spec_.mounts) {
        if (mount.type != "bind") continue;
        RDT_TRY(const auto root, open_file(view, O_PATH | O_DIRECTORY));
        const auto kind =
            std::filesystem::is_directory(mount.source, error) ? NodeKind::folder : NodeKind::file;
        RDT_TRY(const auto place, create_in_root(root.get(), mount.destination, kind)
                                      .transform_error(context("mount at {}", mount.destination)));
        RDT_CHECK(mounts_.bind(mount.source, std::filesystem::read_symlink(
                                                 "/proc/self/fd/" + std::to_string(place.get()), error)));
    }
    return {};
}

Task<void> HostContainer::call_create() {
    RDT_CO_TRY(auto streams, process::make_streams(k_pipe_bytes));
    const bool has_terminal = spec_.process.terminal;
    const auto network = network_namespace_of(spec_);
    command_.set_network(network.empty() ? ContainerNetwork::none : ContainerNetwork::namespaced);
    if (command_.is_gvisor() && !network.empty()) RDT_CO_CHECK(hide_root_mark(network));
    std::optional<ConsoleSocket> console;
    if (has_terminal) {
        RDT_CO_TRY(console, ConsoleSocket::listen(command_.console_socket()));
    }
    const auto turn = co_await calls_.lock();
    forget_log();
    ChildStreams given{streams.process.input.get(), streams.process.output.get(),
                       streams.process.error.get()};
    if (has_terminal) given = {};
    RDT_CO_TRY(const pid_t child, spawn_child(command_.create(has_terminal), given));
    if (co_await wait_for_child(reaper_, child) != 0) co_return std::unexpected(explain("create"));
    UniqueFd terminal;
    if (console) {
        RDT_CO_TRY(terminal, console->take());
        ::unlink(command_.console_socket().c_str());
    }
    co_return adopt_init(std::move(streams.agent), std::move(terminal));
}

/// The runtime has gone, its child is ours now.
Status HostContainer::adopt_init(process::StreamEnds streams, UniqueFd terminal) {
    RDT_TRY(const pid_t pid, read_pid_file(command_.pid_file()));
    UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!handle) return fail_errno(errno, "watch the container's process {}", pid);
    init_ = std::make_shared<Process>(executor_, pid, std::move(handle), std::move(streams));
    memory_events_ = find_memory_events(pid);
    kills_for_memory_ = count_memory_kills(memory_events_);
    reaper_.watch(pid, [this](int status) { end_init(status); });
    if (terminal) {
        const auto size = spec_.process.console_size;
        RDT_CHECK(init_->attach_terminal(std::move(terminal)));
        if (size.rows != 0 && size.columns != 0) RDT_CHECK(init_->resize(size.rows, size.columns));
    }
    return {};
}

} // namespace redoubt::node::runtime
