// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {

Task<int> wait_container(Node& node, std::string container) {
    RDT_CO_TRY(auto found, find_container(node, container));
    for (;;) {
        if (found->state == ContainerState::exited && !found->sandbox) co_return found->record.exit_code;
        if (found->state == ContainerState::created && found->is_being_removed)
            co_return fail(Code::not_found, "container '{}' was removed", found->record.name);
        co_await found->changed.wait();
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none)
            co_return fail(Code::cancelled, "wait for container '{}'", found->record.name);
    }
}

} // namespace redoubt::node::sandbox
