// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/attestation/disk_key_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>

#include "common/async/task_scope.hpp"

namespace redoubt::node::attestation {
namespace {

using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

// As many disks may be waiting to be opened.
constexpr std::size_t k_max_waiting = 32;
constexpr int k_backlog = 32;
constexpr mode_t k_mode = 0600;

} // namespace

Result<std::unique_ptr<DiskKeySocket>> DiskKeySocket::listen(const asio::any_io_executor& executor,
                                                             std::filesystem::path path, Report report) {
    boost::system::error_code error;
    const auto failed = [&] { return fail_errno(error.value(), "listen on {}", path.native()); };
    Acceptor acceptor(executor);
    acceptor.open(asio::local::stream_protocol(), error);
    if (error) return failed();
    // The mode is the socket's before it has a name: there is no moment in which others may connect.
    if (::fchmod(acceptor.native_handle(), k_mode) != 0) return fail_errno(errno, "chmod {}", path.native());
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno(errno, "remove {}", path.native());
    acceptor.bind(asio::local::stream_protocol::endpoint(path.native()), error);
    if (error) return failed();
    acceptor.listen(k_backlog, error);
    if (error) return failed();
    return std::unique_ptr<DiskKeySocket>(
        new DiskKeySocket(std::move(path), std::move(acceptor), std::move(report)));
}

DiskKeySocket::~DiskKeySocket() {
    ::unlink(path_.c_str());
}

asio::awaitable<void> DiskKeySocket::serve() {
    co_await asio::this_coro::throw_if_cancelled(false); // who waits is joined even then
    TaskScope waiting(co_await asio::this_coro::executor);
    while ((co_await asio::this_coro::cancellation_state).cancelled() == asio::cancellation_type::none) {
        auto [error, socket] = co_await acceptor_.async_accept(k_as_tuple);
        if (error == asio::error::operation_aborted) continue;
        if (error)
            co_await sleep_for(100ms); // no descriptor is left: until one is
        else if (waiting.size() < k_max_waiting)
            waiting.spawn(hand_over(std::move(socket)));
    }
    waiting.cancel();
    co_await waiting.join();
}

asio::awaitable<void> DiskKeySocket::hand_over(Socket socket) {
    while (key_.empty()) {
        // Systemd shuts its side down and waits: only a hang-up is the end, and an end of what can be read
        // none.
        const auto first =
            co_await (came_.wait() || socket.async_wait(asio::socket_base::wait_error, k_as_tuple));
        if (first.index() == 1) co_return;
    }
    const auto key = crypto::Secret::copy_of(key_.view()); // another may come while this one is written
    const auto [error, size] =
        co_await asio::async_write(socket, asio::buffer(key.view().data(), key.size()), k_as_tuple);
    ucred peer{};
    socklen_t peer_size = sizeof peer;
    if (!error && ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) == 0)
        report_(peer);
}

Task<void> DiskKeySocket::take(std::string_view value) {
    if (value.empty()) co_return fail(Code::invalid_argument, "the key of a disk is empty");
    key_ = crypto::Secret::copy_of(value);
    came_.pulse();
    co_return Status{};
}

Task<void> DiskKeySocket::lose(std::string /*why*/) {
    key_.wipe();
    co_return Status{};
}

} // namespace redoubt::node::attestation
