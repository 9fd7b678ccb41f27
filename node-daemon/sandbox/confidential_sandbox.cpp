// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/confidential_sandbox.hpp"

#include <utility>

#include "common/log/log.hpp"
#include "node-daemon/relay/relay.hpp"

namespace redoubt::node::sandbox {

asio::awaitable<void> foresee_measurement(Node& node, std::shared_ptr<PodSandbox> sandbox,
                                          launch::VmSpec vm) {
    if (!vm.confidential) co_return;
    auto expected = co_await offload(node.pool, [&vm, platform = node.settings.measured] {
        return tee::expected_measurement(vm, platform);
    });
    if (expected)
        sandbox->facts.info.confidential.measurement = *std::move(expected);
    else
        log::warning("expected measurement: " + expected.error().message,
                     {{"SANDBOX_ID", sandbox->id.str()}});
}

void serve_relay(Node& node, PodSandbox& sandbox) {
    // Where to: as the settings say now. That there is a port was decided when the VM was made.
    if (sandbox.facts.info.confidential.broker.empty() || node.settings.broker.host.empty()) return;
    relay::RelayOptions options;
    options.socket = sandbox.runtime_directory / launch::k_relay_socket;
    options.broker = node.settings.broker;
    sandbox.tasks.spawn(relay::serve(std::move(options)));
}

} // namespace redoubt::node::sandbox
