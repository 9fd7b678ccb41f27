// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launcher/server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "common/base/unix_address.hpp"
#include "common/log/log.hpp"
#include "node-daemon/launcher/protocol/packet.hpp"

namespace redoubt::node::launcher {
namespace {

constexpr int k_backlog = 64;
constexpr std::size_t k_most_talks = 256; ///< at a time; who comes later waits to be accepted
constexpr Duration k_request_limit = std::chrono::seconds(10);
constexpr Duration k_pause = std::chrono::milliseconds(20);
constexpr gid_t k_same_group = static_cast<gid_t>(-1);

/// Who connected, as the kernel says. Source: SO_PEERCRED of unix(7).
Result<ucred> peer_of(int connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return fail_errno(errno, "ask who connected");
    return peer;
}

Task<Packet> receive(asio::posix::stream_descriptor& stream) {
    for (;;) {
        const auto [error] = co_await stream.async_wait(asio::posix::descriptor_base::wait_read, k_as_tuple);
        if (error) co_return fail(Code::cancelled, "given up");
        RDT_CO_TRY(auto packet, receive_packet(stream.native_handle()));
        if (packet) co_return *std::move(packet);
    }
}

void reply(int connection, const Outcome& outcome) {
    auto sent = send_packet(connection, encode(outcome.answer), numbers_of(outcome.descriptors));
    if (!sent && sent.error().code == Code::resource_exhausted)
        sent = send_packet(connection, encode(Answer(sent.error().within("answer"))), {});
    // Who no longer listens finds in its ledger what it asked for.
    if (!sent) log::info("an answer was not heard: " + sent.error().message);
}

} // namespace

Result<UniqueFd> listen_at(const std::filesystem::path& path, std::optional<uid_t> owner) {
    RDT_TRY(const auto address, unix_address(path));
    UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return fail_errno(errno, "make a socket");
    ::unlink(path.c_str());
    // With a umask of 0077, as who connects before the mode is set would be accepted after it.
    const auto before = ::umask(0177);
    const int bound = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::umask(before);
    if (bound != 0 || (owner && ::chown(path.c_str(), *owner, k_same_group) != 0) ||
        ::listen(socket.get(), k_backlog) != 0)
        return fail_errno(errno, "listen on {}", path.native());
    return socket;
}

Server::Server(const asio::any_io_executor& executor, UniqueFd listener, uid_t user, Service& service)
    : executor_(executor), listener_(executor, listener.release()), user_(user), service_(service),
      accepting_(executor), talks_(executor) {}

void Server::start() {
    accepting_.spawn(accept());
}

asio::awaitable<void> Server::stop() {
    accepting_.cancel();
    co_await accepting_.join();
    co_await talks_.join();
}

asio::awaitable<void> Server::accept() {
    for (;;) {
        const auto [error] =
            co_await listener_.async_wait(asio::posix::descriptor_base::wait_read, k_as_tuple);
        if (error) co_return;
        if (talks_.size() >= k_most_talks) {
            co_await sleep_for(k_pause);
            continue;
        }
        UniqueFd connection(
            ::accept4(listener_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (connection)
            talks_.spawn(converse(std::move(connection)));
        else if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
            co_await sleep_for(k_pause); // no descriptors left, for one
    }
}

asio::awaitable<void> Server::converse(UniqueFd connection) {
    const auto peer = peer_of(connection.get());
    if (!peer) co_return;
    asio::posix::stream_descriptor stream(executor_, connection.release());
    auto packet = co_await within(k_request_limit, "request", receive(stream));
    // Nothing of it was looked at; but an answer is lost where a question was left unread.
    if (peer->uid != 0 && peer->uid != user_) {
        log::warning("refused a user", {{"UID", std::to_string(peer->uid)}});
        packet = fail(Code::permission_denied, "redoubt-launcher serves another user");
    }
    if (!packet) {
        reply(stream.native_handle(), {.answer = packet.error(), .descriptors = {}});
        co_return;
    }
    const auto outcome = co_await service_.serve(std::move(packet->bytes), std::move(packet->descriptors));
    reply(stream.native_handle(), outcome);
}

} // namespace redoubt::node::launcher
