// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "common/encoding/hex.hpp"
#include "common/log/log.hpp"

namespace redoubt::services::simtee {
namespace {

namespace link = tee::simtee_link;

constexpr int k_backlog = 64;
constexpr Duration k_pause = std::chrono::milliseconds(20);
constexpr Duration k_rest_limit = std::chrono::seconds(10);  ///< for what a request's header announces
constexpr Duration k_write_limit = std::chrono::seconds(10); ///< for a guest to take an answer
constexpr Duration k_refused_limit =
    std::chrono::seconds(60); ///< for a refused guest to ask, and be told why

Task<std::string> receive(asio::local::stream_protocol::socket& socket, std::size_t size) {
    std::string bytes(size, '\0');
    const auto [error, count] = co_await asio::async_read(socket, asio::buffer(bytes), k_as_tuple);
    if (error) co_return fail(Code::cancelled, "the guest has gone");
    co_return bytes;
}

Task<> send(asio::local::stream_protocol::socket& socket, std::string bytes) {
    const auto [error, count] = co_await asio::async_write(socket, asio::buffer(bytes), k_as_tuple);
    if (error) co_return fail(Code::cancelled, "the guest has gone");
    co_return Status();
}

link::Answer refusal(const link::Request& request, const Error& error) {
    link::Answer answer;
    answer.kind = request.kind;
    answer.id = request.id;
    answer.status = static_cast<std::uint32_t>(error.code);
    answer.message = error.message;
    return answer;
}

void note(const Result<GuestSession>& session, pid_t pid) {
    if (!session) {
        log::warning("refused: " + session.error().message, {{"GUEST_PID", std::to_string(pid)}});
        return;
    }
    const auto& guest = session->guest();
    log::info("a guest was measured", {{"GUEST_PID", std::to_string(pid)},
                                       {"PROVIDER", std::string(guest.provider())},
                                       {"MEASUREMENT", encoding::to_hex(guest.measurement())}});
}

} // namespace

/// One connection.
struct Server::Talk {
    Socket socket;
    Result<GuestSession> session; ///< or why there is none
    std::uint64_t generation = 0;
    Clock::time_point window; ///< the second that is counted in
    std::size_t in_window = 0;
};

Result<UniqueFd> listen_at(const std::filesystem::path& path) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    if (path.native().size() >= sizeof address.sun_path)
        return fail(Code::invalid_argument, "{} is too long for a socket", path.native());
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return fail_errno(errno, "make a socket");
    ::unlink(path.c_str());
    const auto before = ::umask(0111);
    const int bound = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::umask(before);
    if (bound != 0 || ::listen(socket.get(), k_backlog) != 0)
        return fail_errno(errno, "listen on {}", path.native());
    return socket;
}

Server::Server(const asio::any_io_executor& executor, UniqueFd listener, const Simulator& simulator,
               ServerLimits limits)
    : executor_(executor), listener_(executor, listener.release()), simulator_(simulator), limits_(limits),
      accepting_(executor), talks_(executor) {}

void Server::start() {
    accepting_.spawn(accept());
}

asio::awaitable<void> Server::stop() {
    accepting_.cancel();
    co_await accepting_.join();
    talks_.cancel();
    co_await talks_.join();
}

asio::awaitable<void> Server::accept() {
    for (;;) {
        const auto [error] =
            co_await listener_.async_wait(asio::posix::descriptor_base::wait_read, k_as_tuple);
        if (error) co_return;
        if (talks_.size() >= limits_.connections) {
            co_await sleep_for(k_pause); // who comes later waits to be accepted
            continue;
        }
        UniqueFd connection(
            ::accept4(listener_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!connection) {
            if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) co_await sleep_for(k_pause);
            continue;
        }
        ucred peer{};
        socklen_t size = sizeof peer;
        if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) continue;
        if (users_[peer.uid] >= limits_.connections_of_user) {
            log::warning("refused: too many connections of one user", {{"UID", std::to_string(peer.uid)}});
            continue;
        }
        talks_.spawn(serve(std::move(connection), peer.uid));
    }
}

asio::awaitable<void> Server::serve(UniqueFd connection, uid_t user) {
    ++users_[user];
    co_await converse(std::move(connection));
    if (--users_[user] == 0) users_.erase(user);
}

asio::awaitable<void> Server::converse(UniqueFd connection) {
    auto process = PeerProcess::of(connection.get());
    if (!process) {
        log::warning("refused: " + process.error().message);
        co_return;
    }
    const auto pid = process->pid();
    auto session = co_await offload(files_, [process = *std::move(process), this]() mutable {
        return GuestSession::open(std::move(process), simulator_);
    });
    note(session, pid);
    Talk talk{.socket = Socket(executor_, asio::local::stream_protocol(), connection.release()),
              .session = std::move(session),
              .generation = 0,
              .window = {},
              .in_window = 0};
    while (co_await exchange(talk))
        if (!talk.session) co_return; // it has been told why
}

asio::awaitable<bool> Server::exchange(Talk& talk) {
    auto first = receive(talk.socket, link::k_request_header_size);
    // Who is served may take his time; who is refused holds a place.
    const auto bytes = talk.session ? co_await std::move(first)
                                    : co_await within(k_refused_limit, "request", std::move(first));
    if (!bytes) co_return false;
    auto header = link::parse_request_header(*bytes);
    if (!header) {
        // Nobody knows where the next request begins.
        co_await within(k_write_limit, "answer",
                        send(talk.socket, link::encode(refusal({}, header.error()))));
        co_return false;
    }
    auto& request = header->request;
    auto inblob =
        co_await within(k_rest_limit, "rest of a request", receive(talk.socket, header->inblob_size));
    if (!inblob) co_return false;
    request.inblob = *std::move(inblob);
    auto made = co_await answer(talk, request);
    if (!made) made = refusal(request, made.error());
    const auto sent = co_await within(k_write_limit, "answer", send(talk.socket, link::encode(*made)));
    co_return sent.has_value();
}

Task<link::Answer> Server::answer(Talk& talk, link::Request request) {
    if (!talk.session) co_return std::unexpected(talk.session.error());
    const auto now = Clock::now();
    if (now - talk.window >= std::chrono::seconds(1)) {
        talk.window = now;
        talk.in_window = 0;
    }
    if (++talk.in_window > limits_.requests_per_second)
        co_return fail(Code::resource_exhausted, "more than {} requests a second",
                       limits_.requests_per_second);
    auto& session = *talk.session;
    link::Answer answer;
    answer.kind = request.kind;
    answer.id = request.id;
    answer.provider = session.guest().provider();
    if (request.kind == link::Kind::extend) {
        RDT_CO_CHECK(co_await offload(files_, [&session, &request] {
            return session.extend(static_cast<unsigned char>(request.inblob.front()),
                                  request.inblob.substr(1));
        }));
    } else if (request.kind != link::Kind::describe) {
        if (request.kind != session.guest().kind())
            co_return fail(Code::failed_precondition, "this guest's processor is a {}",
                           session.guest().provider());
        RDT_CO_TRY(auto evidence, co_await offload(files_, [&session, &request] {
                       return session.prove(request.inblob, request.privlevel);
                   }));
        ++talk.generation;
        answer.outblob = std::move(evidence.outblob);
        answer.auxblob = std::move(evidence.auxblob);
    }
    answer.generation = talk.generation;
    co_return answer;
}

} // namespace redoubt::services::simtee
