// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// How a VM begins where another one was stopped.
#include "node-daemon/hypervisor/qemu/qemu_hypervisor.hpp"

#include <fcntl.h>

#include <format>
#include <utility>

#include "common/base/file.hpp"
#include "common/base/unwind.hpp"
#include "common/log/log.hpp"
#include "node-daemon/hypervisor/qemu/machine.hpp"
#include "node-daemon/hypervisor/qemu/templates.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

using Role = launch::TemplateUse::Role;

// As of every boot: a guest under emulation shares its processors with everything else on the host.
constexpr int k_emulation_patience = 2;
// What the kernel does after its first program has begun, every clone would do again.
constexpr Duration k_settle = std::chrono::milliseconds(150);

Result<UniqueFd> reopen_to_write(int fd) {
    return open_file(std::format("/proc/self/fd/{}", fd), O_WRONLY);
}

Task<void> boot_and_save(std::shared_ptr<Machine> machine, UniqueFd devices) {
    RDT_CO_CHECK(co_await machine->wait_until_agent_listens());
    co_await sleep_for(k_settle);
    co_return co_await machine->save_devices(std::move(devices));
}

/// Boots it, and stops it with its devices' state in `devices`; it has ended in any case, and what it had of
/// the host is free for the VM that waits for it.
Task<void> bring_to_rest(std::shared_ptr<Machine> machine, UniqueFd devices, Duration limit) {
    Unwind undo;
    undo.push([machine] { machine->kill_now(); }); // who waits may be gone
    auto steps = machine->unless_it_stands_still(boot_and_save(machine, std::move(devices)));
    const auto rested = co_await within(limit, "boot a template", std::move(steps));
    RDT_CO_CHECK(co_await machine->kill());
    machine->disconnect();
    co_return rested;
}

} // namespace

bool QemuHypervisor::may_be_clone(const launch::VmSpec& spec) const {
    // What a measured VM begins with would not be measured.
    return settings_.most_templates != 0 && spec.may_be_clone && spec.level == launch::IsolationLevel::vm;
}

Result<std::string> QemuHypervisor::kind_of(const launch::VmSpec& spec) const {
    if (!may_be_clone(spec)) return Hypervisor::kind_of(spec);
    return template_key(settings_.program, spec);
}

Task<GuestTemplate> QemuHypervisor::make_template(launch::VmSpec spec) {
    GuestTemplate made;
    RDT_CO_TRY(made.memory, make_memory_file("redoubt-template", spec.memory_bytes));
    RDT_CO_TRY(made.devices, make_memory_file("redoubt-template-devices", 0));
    RDT_CO_TRY(auto devices, reopen_to_write(made.devices.get()));
    const int patience = spec.accelerator == launch::Accelerator::tcg ? k_emulation_patience : 1;
    spec.disks.clear();
    spec.of_template = {.role = Role::origin, .memory = made.memory.get()};
    RDT_CO_TRY(const auto machine, co_await start(std::move(spec), {}));
    RDT_CO_CHECK(co_await bring_to_rest(machine, std::move(devices), settings_.template_limit * patience));
    RDT_CO_CHECK(seal_memory_file(made.memory.get()));
    RDT_CO_CHECK(seal_memory_file(made.devices.get()));
    co_return made;
}

Task<std::shared_ptr<const GuestTemplate>> QemuHypervisor::find_template(launch::VmSpec spec,
                                                                         std::string key) {
    if (auto found = templates_.find(key)) co_return found;
    // Who comes while one is being made boots by himself, sooner than that is done.
    if (!templates_.claim(key)) co_return fail(Code::not_found, "there is none");
    Unwind undo;
    undo.push([this, key] { templates_.give_up(key); });
    const auto begun = Clock::now();
    RDT_CO_TRY(auto made, co_await make_template(std::move(spec)));
    undo.commit();
    log::info("guest template made",
              {{"DURATION_MS", std::to_string((Clock::now() - begun) / std::chrono::milliseconds(1))}});
    co_return templates_.put(key, std::move(made));
}

Task<std::shared_ptr<Machine>> QemuHypervisor::start_clone(launch::VmSpec spec,
                                                           std::shared_ptr<const GuestTemplate> from) {
    RDT_CO_TRY(auto devices, reopen_to_read(from->devices.get()));
    RDT_CO_TRY(const auto memory, reopen_to_read(from->memory.get()));
    spec.disks.clear();
    spec.of_template = {.role = Role::clone, .memory = memory.get()};
    co_return co_await start(std::move(spec), std::move(devices));
}

Task<std::shared_ptr<Machine>> QemuHypervisor::try_clone(launch::VmSpec spec) {
    const auto id = spec.id;
    RDT_CO_TRY(const auto key, template_key(settings_.program, spec));
    auto found = co_await find_template(spec, key);
    if (!found) {
        if (found.error().code != Code::not_found)
            log::warning("no guest template: " + found.error().message, {{"SANDBOX_ID", id.str()}});
        co_return std::unexpected(std::move(found).error());
    }
    auto started = co_await start_clone(std::move(spec), *found);
    if (!started) {
        templates_.give_up(key);
        log::warning("no clone of a guest template: " + started.error().message, {{"SANDBOX_ID", id.str()}});
    }
    co_return started;
}

} // namespace redoubt::node::hypervisor::qemu
