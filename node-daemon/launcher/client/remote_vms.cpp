// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launcher/client/remote_vms.hpp"

#include <optional>

#include "common/log/log.hpp"

namespace redoubt::node::launcher {
namespace {

using hypervisor::qemu::ExitStatus;
using hypervisor::qemu::Spawned;

constexpr std::size_t k_process = 0; ///< of the descriptors of VmStarted
constexpr std::size_t k_output = 1;

std::optional<int> to_int(const std::optional<std::uint32_t>& number) {
    if (!number) return std::nullopt;
    return static_cast<int>(*number);
}

asio::awaitable<void> kill_and_tell(Caller caller, SandboxId id) {
    if (const auto killed = co_await caller.order(KillVm{id}); !killed)
        log::warning("a VM was not killed: " + killed.error().message, {{"SANDBOX_ID", id.str()}});
}

} // namespace

Task<Welcome> RemoteVms::greet() {
    return caller_.ask_for<Welcome>(Hello{});
}

Task<std::string> RemoteVms::version() {
    RDT_CO_TRY(auto welcome, co_await greet());
    if (welcome.hypervisor.empty())
        co_return fail(Code::unavailable, "redoubt-launcher cannot start qemu: its log says why");
    co_return welcome.hypervisor + " by redoubt-launcher";
}

Task<Spawned> RemoteVms::start(launch::VmSpec spec, std::vector<UniqueFd> descriptors) {
    const auto id = spec.id;
    const auto wanted = spec.level;
    RDT_CO_TRY(auto reply, co_await caller_.ask(StartVm{std::move(spec)}, std::move(descriptors)));
    auto* started = std::get_if<VmStarted>(&reply.answer);
    if (started == nullptr || reply.descriptors.size() != 2)
        co_return std::unexpected(Caller::wrong_kind(reply.answer));
    if (started->level != wanted) {
        kill_soon(id);
        co_return fail(Code::internal, "vm {}: redoubt-launcher made one of level '{}' instead of '{}'", id,
                       name_of(started->level), name_of(wanted));
    }
    co_return Spawned{.process = {.pid = static_cast<pid_t>(started->pid),
                                  .start_time = std::move(started->start_time),
                                  .pidfd = std::move(reply.descriptors[k_process])},
                      .output = std::move(reply.descriptors[k_output])};
}

Task<ExitStatus> RemoteVms::collect(hypervisor::VmRecord record) {
    RDT_CO_TRY(const auto ended, co_await caller_.ask_for<VmEnded>(
                                     CollectVm{record.id, static_cast<std::uint32_t>(record.pid)}));
    co_return ExitStatus{.code = to_int(ended.code), .signal = to_int(ended.signal)};
}

Task<void> RemoteVms::kill(SandboxId id) {
    return caller_.order(KillVm{std::move(id)});
}

void RemoteVms::kill_soon(const SandboxId& id) {
    soon_.spawn(kill_and_tell(caller_, id));
}

Task<void> RemoteVms::reap(SandboxId id) {
    return caller_.order(ReapVm{std::move(id)});
}

asio::awaitable<void> RemoteVms::close() {
    co_await soon_.join();
}

} // namespace redoubt::node::launcher
