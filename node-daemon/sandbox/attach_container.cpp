// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/guest_session.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/start_container.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {

Task<std::unique_ptr<ProcessSession>> attach_container(Node& node, AttachOptions options) {
    RDT_CO_TRY(auto container, find_container(node, options.container));
    const bool starts = options.mode == AttachMode::start_container;
    if (!starts && container->state != ContainerState::running &&
        container->state != ContainerState::stopping)
        co_return fail(Code::failed_precondition, "container '{}' is not running: it is {}",
                       container->record.name, name_of(container->state));
    if (options.with_stdin && !container->spec.stdin_open)
        co_return fail(Code::failed_precondition, "container '{}' was made without an open standard input",
                       container->record.name);

    auto feed = std::make_shared<OutputFeed>(node.executor);
    container->attached.push_back(feed);
    if (starts) {
        if (auto started = co_await start(node, container); !started) {
            container->attached.remove(feed);
            co_return std::unexpected(std::move(started).error());
        }
    }
    GuestSession::Options kind;
    kind.stdin_use = options.with_stdin ? StdinUse::forward : StdinUse::none;
    kind.terminal = container->spec.terminal ? TerminalUse::terminal : TerminalUse::none;
    GuestProcess process{container->record.id, {}};
    co_return std::make_unique<GuestSession>(node.executor, std::move(container), std::move(process),
                                             std::move(feed), kind);
}

} // namespace redoubt::node::sandbox
