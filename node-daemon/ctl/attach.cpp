// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/process_session.hpp"
#include "node-daemon/ctl/signal_proxy.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> attach(Context context, const AttachOptions& options) {
    // Whether there is a terminal and an open standard input is the container's property, set when it was
    // made.
    RDT_TRY(const auto container, context.client.inspect_container(options.container));
    const bool with_stdin = !options.no_stdin && container.spec().stdin_open();
    pb::AttachStart start;
    start.set_container(container.summary().id());
    start.set_stdin(with_stdin);
    SessionOptions session{.with_stdin = with_stdin,
                           .raw_terminal = container.spec().terminal(),
                           .detach_keys = options.detach_keys,
                           .on_signal = {}};
    if (options.proxy_signals)
        session.on_signal = make_signal_proxy(context.client, container.summary().id());
    const auto stream = context.client.attach(start);
    RDT_TRY(const auto end, run_session(*stream, session));
    return exit_code_of_session(end);
}

} // namespace redoubt::ctl
