// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launcher/client/caller.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/socket.h>

#include <cerrno>

#include "common/base/unix_address.hpp"
#include "node-daemon/launcher/protocol/packet.hpp"

namespace redoubt::node::launcher {
namespace {

// Plugins have limits of their own, which end before this.
constexpr Duration k_answer_limit = std::chrono::minutes(10);
constexpr Duration k_connect_limit = std::chrono::seconds(10);
constexpr Duration k_pause = std::chrono::milliseconds(20);

Result<UniqueFd> try_connect(const std::filesystem::path& path) {
    RDT_TRY(const auto address, unix_address(path));
    UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return fail_errno(errno, "make a socket");
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return socket;
    if (errno == EAGAIN) return UniqueFd(); // as many wait already as may
    return fail(Code::unavailable, "redoubt-launcher at {}: {}", path.native(), text_of_errno(errno));
}

Task<UniqueFd> connect(std::filesystem::path path) {
    for (;;) {
        RDT_CO_TRY(auto socket, try_connect(path));
        if (socket) co_return socket;
        co_await sleep_for(k_pause);
    }
}

Task<Packet> receive(UniqueFd socket) {
    asio::posix::stream_descriptor stream(co_await asio::this_coro::executor, socket.release());
    for (;;) {
        const auto [error] = co_await stream.async_wait(asio::posix::descriptor_base::wait_read, k_as_tuple);
        if (error) co_return fail(Code::cancelled, "given up");
        auto packet = receive_packet(stream.native_handle());
        if (!packet) co_return std::unexpected(packet.error().within("redoubt-launcher"));
        if (*packet) co_return **std::move(packet);
    }
}

} // namespace

Task<Reply> Caller::ask(Request request, std::vector<UniqueFd> descriptors) const {
    RDT_CO_TRY(auto socket,
               co_await within(k_connect_limit, "connection to redoubt-launcher", connect(socket_)));
    RDT_CO_CHECK(send_packet(socket.get(), encode(request), numbers_of(descriptors))
                     .transform_error(context("redoubt-launcher")));
    descriptors.clear();
    RDT_CO_TRY(auto packet, co_await within(k_answer_limit, "redoubt-launcher", receive(std::move(socket))));
    RDT_CO_TRY(auto answer, decode_answer(packet.bytes));
    if (auto* failure = std::get_if<Error>(&answer)) co_return std::unexpected(std::move(*failure));
    co_return Reply{.answer = std::move(answer), .descriptors = std::move(packet.descriptors)};
}

Task<void> Caller::order(Request request, std::vector<UniqueFd> descriptors) const {
    RDT_CO_TRY(const auto reply, co_await ask(std::move(request), std::move(descriptors)));
    if (std::holds_alternative<Done>(reply.answer)) co_return Status{};
    co_return std::unexpected(wrong_kind(reply.answer));
}

Error Caller::wrong_kind(const Answer& answer) {
    return {Code::internal, std::format("redoubt-launcher: answer {} to another question", answer.index())};
}

} // namespace redoubt::node::launcher
