// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/trial_boot.hpp"

#include <format>
#include <utility>

namespace redoubt::node::hypervisor {
namespace {

constexpr Duration k_look_again = std::chrono::milliseconds(20);

/// Only the guest kernel's own driver can write to this console; and what it writes first is soon pushed out
/// of the tail.
bool has_spoken(const VirtualMachine& machine) {
    return !machine.console_tail().empty();
}

/// Returns when the kernel has spoken, or when nobody listens any more.
Task<void> wait_for_words(VirtualMachine& machine) {
    while (!has_spoken(machine)) co_await sleep_for(k_look_again);
    co_return Status{};
}

Task<void> wait_for_end(VirtualMachine& machine) {
    RDT_CO_TRY(const auto exit, co_await machine.wait());
    // The last words may be the first ones: a guest without a working init boots and ends at once.
    if (has_spoken(machine)) co_return Status{};
    co_return fail(Code::unavailable, "the guest never spoke: {}", exit.reason);
}

Task<void> watch(VirtualMachine& machine) {
    using namespace asio::experimental::awaitable_operators;
    const auto first = co_await (wait_for_words(machine) || wait_for_end(machine));
    co_return std::visit([](const Status& status) { return status; }, first);
}

} // namespace

Task<void> boot_once(Hypervisor& hypervisor, launch::VmSpec spec, Duration limit) {
    RDT_CO_TRY(const auto machine,
               co_await within(limit, "start of the trial vm", hypervisor.launch(std::move(spec))));
    const auto seen = co_await within(limit, "kernel of the trial vm", watch(*machine));
    RDT_CO_CHECK(co_await machine->kill());
    co_return seen;
}

} // namespace redoubt::node::hypervisor
