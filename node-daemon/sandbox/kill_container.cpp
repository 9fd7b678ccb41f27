// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <csignal>

#include "node-daemon/sandbox/end_container.hpp"
#include "node-daemon/sandbox/signal_name.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

using namespace std::chrono_literals;

/// The guest is asked first, as it then delivers the last output; it gets so long, then its VM is killed.
constexpr auto k_guest_patience = 5s;

Task<void> kill(Node& node, std::shared_ptr<Container> container) {
    const auto agent = container->sandbox->agent;
    const auto asked =
        co_await within(k_guest_patience, "kill", agent->signal_process(container->record.id, {}, SIGKILL));
    if (asked && co_await within(k_guest_patience, "kill", wait_until_process_ended(container)))
        co_return Status{};
    co_return co_await end_by_force(node, container, "killed with its VM: the guest did not answer");
}

} // namespace

Task<void> kill_container(Node& node, std::string container, std::string signal) {
    RDT_CO_TRY(auto found, find_container(node, container));
    RDT_CO_TRY(const int number, parse_signal(signal.empty() ? "KILL" : signal));
    if (number == SIGKILL) found->record.stopped_by_user = true; // saved with its end
    if (found->state == ContainerState::starting && number == SIGKILL) {
        co_return co_await end_by_force(node, found, "killed while starting");
    }
    const bool runs = found->state == ContainerState::running || found->state == ContainerState::stopping;
    if (!runs || !found->sandbox || !found->sandbox->agent)
        co_return fail(Code::failed_precondition, "container '{}' is not running: it is {}",
                       found->record.name, name_of(found->state));
    if (number == SIGKILL) co_return co_await kill(node, found);
    const auto agent = found->sandbox->agent;
    co_return co_await agent->signal_process(found->record.id, {}, number);
}

} // namespace redoubt::node::sandbox
