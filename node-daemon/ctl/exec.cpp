// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <unistd.h>

#include "node-daemon/ctl/container_spec.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/process_session.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> exec(Context context, const ExecOptions& options) {
    if (options.stream.terminal && options.stream.interactive && !is_terminal(STDIN_FILENO)) {
        print_warning("the input device is not a terminal: --tty and --interactive may not work as expected");
    }
    RDT_TRY(const auto start, make_exec_start(options, window_size(STDIN_FILENO), own_environment));
    const auto stream = context.client.exec(start);
    // Signals are not passed on: there is no way to name the process. They end the session.
    RDT_TRY(const auto end, run_session(*stream, {.with_stdin = options.stream.interactive,
                                                  .raw_terminal = options.stream.terminal,
                                                  .detach_keys = options.stream.detach_keys,
                                                  .on_signal = {}}));
    return exit_code_of_session(end);
}

} // namespace redoubt::ctl
