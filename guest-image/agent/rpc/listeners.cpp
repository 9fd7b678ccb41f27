// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/rpc/listeners.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "common/async/task_scope.hpp"
#include "common/base/file.hpp"
#include "common/ttrpc/byte_stream.hpp"

namespace redoubt::guest::rpc {

namespace {

constexpr unsigned k_vsock_port = 1024;
constexpr int k_backlog = 16;

Result<UniqueFd> listen_on_vsock() {
    UniqueFd socket(::socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return fail_errno(errno, "open a vsock socket");
    sockaddr_vm address{};
    address.svm_family = AF_VSOCK;
    address.svm_cid = VMADDR_CID_ANY;
    address.svm_port = k_vsock_port;
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) // NOLINT
        return fail_errno(errno, "bind vsock port {}", k_vsock_port);
    if (::listen(socket.get(), k_backlog) != 0)
        return fail_errno(errno, "listen on vsock port {}", k_vsock_port);
    return socket;
}

} // namespace

Task<void> serve_unix_address(ttrpc::Server& server, std::string address) {
    constexpr std::string_view k_scheme = "unix://";
    if (!address.starts_with(k_scheme) || address.size() == k_scheme.size())
        co_return fail(Code::invalid_argument, "server address '{}' is not unix:///path", address);
    const std::string path = address.substr(k_scheme.size());
    if (path.size() >= 108)
        co_return fail(Code::invalid_argument, "server address '{}' is too long", address);
    ::unlink(path.c_str());
    asio::local::stream_protocol::acceptor acceptor(co_await asio::this_coro::executor);
    boost::system::error_code error;
    acceptor.open(asio::local::stream_protocol(), error);
    if (!error) acceptor.bind(asio::local::stream_protocol::endpoint(path), error);
    if (!error) acceptor.listen(k_backlog, error);
    if (error) co_return fail(Code::unavailable, "listen on {}: {}", path, error.message());
    co_return co_await server.serve_unix(std::move(acceptor));
}

Task<void> serve_port(ttrpc::Server& server, std::string node) {
    RDT_CO_TRY(auto port, open_file(node, O_RDWR | O_NONBLOCK));
    asio::posix::stream_descriptor descriptor(co_await asio::this_coro::executor, port.release());
    co_return co_await server.serve_link(ttrpc::make_port_stream(std::move(descriptor)));
}

bool has_vsock() {
    auto device = open_file("/dev/vsock", O_RDONLY);
    unsigned cid = VMADDR_CID_ANY;
    return device && ::ioctl(device->get(), IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid) == 0 &&
           cid != VMADDR_CID_ANY;
}

Task<void> serve_vsock(ttrpc::Server& server) {
    RDT_CO_TRY(auto socket, listen_on_vsock());
    const auto executor = co_await asio::this_coro::executor;
    asio::posix::stream_descriptor listener(executor, socket.release());
    TaskScope connections(executor);
    // Cancelled or not, the connections are joined before they lose their server.
    co_await asio::this_coro::throw_if_cancelled(false);
    while ((co_await asio::this_coro::cancellation_state).cancelled() == asio::cancellation_type::none) {
        const auto [error] =
            co_await listener.async_wait(asio::posix::descriptor_base::wait_read, k_as_tuple);
        if (error) break;
        const int accepted =
            ::accept4(listener.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted < 0) continue;
        // A stream socket is one to the system, whatever its family.
        asio::local::stream_protocol::socket connection(executor, asio::local::stream_protocol(), accepted);
        connections.spawn(server.serve(ttrpc::make_socket_stream(std::move(connection))));
    }
    connections.cancel();
    co_await connections.join();
    co_return Status{};
}

} // namespace redoubt::guest::rpc
