// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/process_session.hpp"
#include "node-daemon/ctl/signal_proxy.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

bool runs(const pb::ContainerSummary& container) {
    return container.state() == pb::RUNNING || container.state() == pb::STOPPING;
}

/// Starts it with this terminal connected, or connects with it when it runs already, as podman does.
Result<int> start_attached(Context context, const StartOptions& options) {
    RDT_TRY(const auto container, context.client.inspect_container(options.containers.front()));
    const auto& id = container.summary().id();
    const bool with_stdin = options.interactive && container.spec().stdin_open();
    pb::AttachStart start;
    start.set_container(id);
    start.set_start_container(!runs(container.summary()));
    start.set_stdin(with_stdin);
    SessionOptions session{.with_stdin = with_stdin,
                           .raw_terminal = container.spec().terminal(),
                           .detach_keys = options.detach_keys,
                           .on_signal = {}};
    if (options.proxy_signals) session.on_signal = make_signal_proxy(context.client, id);
    const auto stream = context.client.attach(start);
    RDT_TRY(const auto end, run_session(*stream, session));
    return exit_code_of_session(end);
}

} // namespace

Result<int> start(Context context, const StartOptions& options) {
    if (options.attach || options.interactive) return start_attached(context, options);
    auto names = options.containers;
    if (options.all) {
        RDT_TRY(names, names_of(context.client, [](const pb::ContainerSummary& container) {
                    return container.state() == pb::CREATED || container.state() == pb::EXITED;
                }));
    }
    const auto start_one = [&](const std::string& name) -> Status {
        auto started = context.client.start_container(name);
        if (started || started.error().code != Code::failed_precondition) return started;
        // One that runs is what was wanted.
        const auto container = context.client.inspect_container(name);
        return container && runs(container->summary()) ? Status() : started;
    };
    return report(for_each_name(names, start_one, exit_code_of), context.json);
}

} // namespace redoubt::ctl
