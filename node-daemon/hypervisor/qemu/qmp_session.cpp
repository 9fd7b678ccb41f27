// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/qmp_session.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/unwind.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

Error connection_lost() {
    return {Code::unavailable, "control connection to qemu is lost"};
}

} // namespace

Status QmpSession::connect(const std::filesystem::path& path) {
    boost::system::error_code error;
    socket_.connect(asio::local::stream_protocol::endpoint(path.native()), error);
    if (error) return fail(Code::unavailable, "connect to {}: {}", path.native(), error.message());
    socket_.non_blocking(true, error);
    return {};
}

void QmpSession::close() {
    is_closed_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
    greeted_.set();
    for (auto& [id, pending] : std::exchange(pending_, {})) {
        pending->result = std::unexpected(connection_lost());
        pending->answered.set();
    }
}

asio::awaitable<void> QmpSession::receive() {
    const auto self = shared_from_this();
    std::array<char, 16384> buffer{};
    while (!is_closed_) {
        const auto [error, count] = co_await socket_.async_read_some(asio::buffer(buffer), k_as_tuple);
        if (error) break;
        auto messages = decoder_.feed({buffer.data(), count});
        if (!messages) break;
        for (auto& message : *messages) deliver(std::move(message));
    }
    close();
}

void QmpSession::deliver(QmpMessage message) {
    if (std::holds_alternative<QmpGreeting>(message)) {
        greeted_.set();
    } else if (auto* reply = std::get_if<QmpReturn>(&message)) {
        answer(reply->id, std::move(reply->value));
    } else if (auto* failure = std::get_if<QmpFailure>(&message)) {
        answer(failure->id, fail(Code::failed_precondition, "{}", failure->description));
    } else if (const auto* event = std::get_if<QmpEvent>(&message)) {
        on_event_(*event);
    }
}

void QmpSession::answer(std::uint64_t id, Result<boost::json::value> result) {
    const auto place = pending_.find(id);
    if (place == pending_.end()) return; // its caller has given up
    place->second->result = std::move(result);
    place->second->answered.set();
    pending_.erase(place);
}

Status QmpSession::send(const std::string& line, int fd) {
    iovec data{.iov_base = const_cast<char*>(line.data()), .iov_len = line.size()};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    if (fd >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    // Commands are small against the socket's buffer: one that does not fit means that QEMU has stopped
    // reading.
    const auto count = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count == static_cast<ssize_t>(line.size())) return {};
    const int number = count < 0 ? errno : EAGAIN;
    close();
    return fail(Code::unavailable, "send to qemu: {}", text_of_errno(number));
}

Task<void> QmpSession::wait_for_greeting() {
    co_await greeted_.wait();
    if (is_closed_) co_return std::unexpected(connection_lost());
    co_return Status{};
}

Task<void> QmpSession::negotiate(Duration limit) {
    RDT_CO_CHECK(co_await within(limit, "qemu's greeting", wait_for_greeting()));
    RDT_CO_CHECK(co_await execute("qmp_capabilities", {}, limit));
    co_return Status{};
}

Task<boost::json::value> QmpSession::wait_for_answer(std::shared_ptr<Pending> pending) {
    co_await pending->answered.wait();
    if (!pending->result) co_return fail(Code::cancelled, "given up");
    co_return std::move(*pending->result);
}

Task<boost::json::value> QmpSession::execute(std::string command, boost::json::object arguments,
                                             Duration limit, UniqueFd fd) {
    if (is_closed_) co_return std::unexpected(connection_lost());
    const auto self = shared_from_this();
    const auto id = next_id_++;
    auto pending = std::make_shared<Pending>(socket_.get_executor());
    pending_.emplace(id, pending);
    Unwind forget;
    forget.push([this, id] { pending_.erase(id); });
    if (auto sent = send(render_qmp_command(id, command, arguments), fd.get()); !sent)
        co_return std::unexpected(sent.error().within("qemu " + command));
    auto result = co_await within(limit, "qemu " + command, wait_for_answer(pending));
    if (!result && result.error().code != Code::deadline_exceeded)
        co_return std::unexpected(result.error().within("qemu " + command));
    co_return result;
}

} // namespace redoubt::node::hypervisor::qemu
