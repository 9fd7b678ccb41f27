// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
/// redoubt-monitor: the one process per container of the levels without a VM. It is the first of a PID
/// namespace and has a mount namespace of its own: when it ends, all of the container and its mounts go with
/// it. To the daemon, which may come and go, it is what an agent in a VM is.

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <span>
#include <utility>

#include "common/async/task_scope.hpp"
#include "common/log/log.hpp"
#include "common/ttrpc/byte_stream.hpp"
#include "node-daemon/runtime/monitor/monitor_options.hpp"
#include "node-daemon/runtime/monitor/monitor_service.hpp"

namespace redoubt::node::runtime {
namespace {

using asio::local::stream_protocol;

constexpr int k_wrong_use = 2;

/// What is mounted here is nobody else's, and /proc shows the processes of this namespace.
Status enter_own_world() {
    if (::getpid() != 1)
        return fail(Code::failed_precondition, "the monitor must be the first process of a PID namespace");
    if (::mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr) != 0)
        return fail_errno(errno, "part from the host's mounts");
    if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
        return fail_errno(errno, "mount /proc");
    return {};
}

/// Daemons connect one after the other; the link's sessions are as an agent's in a VM.
asio::awaitable<void> serve(ttrpc::Server& server, stream_protocol::acceptor acceptor) {
    TaskScope connections(co_await asio::this_coro::executor);
    const auto link = [](ttrpc::Server& to, stream_protocol::socket socket) -> asio::awaitable<void> {
        std::ignore = co_await to.serve_link(ttrpc::make_socket_stream(std::move(socket)));
    };
    for (;;) {
        auto [error, socket] = co_await acceptor.async_accept(k_as_tuple);
        if (error && error != asio::error::connection_aborted) break;
        if (!error) connections.spawn(link(server, std::move(socket)));
    }
    log::error("the monitor can be reached no more");
    co_await connections.join();
}

Status run(std::span<const char* const> arguments) {
    RDT_TRY(auto settings, parse_monitor_options(arguments));
    RDT_CHECK(enter_own_world());
    std::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c): cannot fail for a signal that is one
    asio::io_context io(1);
    process::ChildReaper reaper(io.get_executor());
    HostContainer container(io.get_executor(), std::move(settings), reaper);
    containers::ContainerAccess access([&container](const ContainerId& id) { return container.running(id); });
    ttrpc::Server server;
    add_monitor_calls(server, container, access);
    TaskScope scope(io.get_executor());
    scope.spawn(reaper.run());
    scope.spawn(serve(server, stream_protocol::acceptor(io, stream_protocol(), k_listener)));
    io.run(); // for ever: the daemon ends a monitor by killing it
    return {};
}

} // namespace
} // namespace redoubt::node::runtime

int main(int argc, char** argv) {
    try {
        const std::span<const char* const> arguments(argv, static_cast<std::size_t>(argc));
        const auto done = redoubt::node::runtime::run(arguments.subspan(1));
        if (done) return 0;
        std::cerr << "redoubt-monitor: " << done.error().message << '\n';
        return redoubt::node::runtime::k_wrong_use;
    } catch (const std::exception& error) {
        std::cerr << "redoubt-monitor: " << error.what() << '\n';
        return 1;
    }
}
