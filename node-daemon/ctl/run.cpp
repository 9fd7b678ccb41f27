// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <unistd.h>

#include <optional>
#include <tuple>

#include "node-daemon/ctl/container_making.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/process_session.hpp"
#include "node-daemon/ctl/signal_proxy.hpp"
#include "node-daemon/ctl/terminal.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

/// Nothing is to stay of a container with --rm that never ran.
void discard(Context& context, const std::string& id) {
    std::ignore = context.client.remove_container(id, /*force=*/true);
}

/// The daemon removes a container of --rm once it has ended; asking again returns when that is done.
void await_removal(Context& context, const std::string& id) {
    std::ignore = context.client.wait_container(id);
    std::ignore = context.client.remove_container(id, /*force=*/false);
}

Result<int> start_detached(Context& context, const RunOptions& options, const std::string& id) {
    if (auto started = context.client.start_container(id); !started) {
        if (options.remove) discard(context, id);
        return std::unexpected(started.error());
    }
    RDT_CHECK(print(context.json ? id_json(id) : id + "\n"));
    return 0;
}

Result<int> run_attached(Context& context, const RunOptions& options, const std::string& id) {
    pb::AttachStart start;
    start.set_container(id);
    start.set_start_container(true);
    start.set_stdin(options.stream.interactive);
    SessionOptions session{.with_stdin = options.stream.interactive,
                           .raw_terminal = options.stream.terminal,
                           .detach_keys = options.stream.detach_keys,
                           .on_signal = {}};
    if (options.proxy_signals) session.on_signal = make_signal_proxy(context.client, id);
    const auto stream = context.client.attach(start);
    const auto end = run_session(*stream, session);
    const bool never_ran = !end || (!end->was_connected && !end->exit_code);
    if (options.remove && never_ran) discard(context, id);
    if (options.remove && end && end->exit_code) await_removal(context, id);
    if (!end) return std::unexpected(end.error());
    return exit_code_of_session(*end);
}

} // namespace

Result<int> run(Context context, const RunOptions& options) {
    if (options.stream.terminal && options.stream.interactive && !is_terminal(STDIN_FILENO) &&
        !options.detach) {
        print_warning("the input device is not a terminal: --tty and --interactive may not work as expected");
    }
    RDT_TRY(const auto id, make_container(context, options));
    return options.detach ? start_detached(context, options, id) : run_attached(context, options, id);
}

} // namespace redoubt::ctl
