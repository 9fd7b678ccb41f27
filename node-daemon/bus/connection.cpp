// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/bus/connection.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

namespace redoubt::node::bus {
namespace {

using namespace asio::experimental::awaitable_operators;

constexpr std::string_view k_error_prefix = "org.redoubt.Error.";
constexpr auto k_no_timeout = std::numeric_limits<std::uint64_t>::max();

constexpr std::array<std::pair<Code, std::string_view>, 16> k_error_names{
    {{Code::cancelled, "Cancelled"},
     {Code::unknown, "Unknown"},
     {Code::invalid_argument, "InvalidArgument"},
     {Code::deadline_exceeded, "DeadlineExceeded"},
     {Code::not_found, "NotFound"},
     {Code::already_exists, "AlreadyExists"},
     {Code::permission_denied, "PermissionDenied"},
     {Code::resource_exhausted, "ResourceExhausted"},
     {Code::failed_precondition, "FailedPrecondition"},
     {Code::aborted, "Aborted"},
     {Code::out_of_range, "OutOfRange"},
     {Code::unimplemented, "NotImplemented"},
     {Code::internal, "Internal"},
     {Code::unavailable, "Unavailable"},
     {Code::data_loss, "DataLoss"},
     {Code::unauthenticated, "Unauthenticated"}}};

/// Steady time of an absolute time on CLOCK_MONOTONIC, which libstdc++'s steady clock is.
Clock::time_point time_of(std::uint64_t microseconds) {
    if (microseconds == k_no_timeout) return Clock::time_point::max();
    return Clock::time_point(std::chrono::microseconds(microseconds));
}

/// Lives in the coroutine that waits; its slot takes the callback back when that ends first.
struct Answer {
    explicit Answer(const asio::any_io_executor& executor) : arrived(executor) {}

    AsyncEvent arrived;
    Message message;
};

int take_answer(sd_bus_message* message, void* userdata, sd_bus_error* /*error*/) {
    auto& answer = *static_cast<Answer*>(userdata);
    answer.message.reset(::sd_bus_message_ref(message));
    answer.arrived.set();
    return 1;
}

} // namespace

Status check(int result, std::string_view what) {
    if (result < 0) return fail_errno(-result, "{}", what);
    return {};
}

std::string error_name(Code code) {
    for (const auto& [known, name] : k_error_names)
        if (known == code) return std::string(k_error_prefix).append(name);
    return std::string(k_error_prefix) + "Unknown";
}

Error error_of(const sd_bus_error& error) {
    const std::string_view name = error.name == nullptr ? "" : error.name;
    std::string message = error.message == nullptr ? std::string(name) : error.message;
    for (const auto& [code, known] : k_error_names)
        if (name.starts_with(k_error_prefix) && name.substr(k_error_prefix.size()) == known)
            return {code, std::move(message)};
    return {code_of_errno(::sd_bus_error_get_errno(&error)), std::move(message)};
}

Connection::Connection(const asio::any_io_executor& executor, sd_bus* bus, int fd)
    : executor_(executor), bus_(bus), readable_(executor, ::dup(fd)), writable_(executor, ::dup(fd)),
      changed_(executor) {}

Result<std::unique_ptr<Connection>> Connection::open(const asio::any_io_executor& executor,
                                                     const std::string& address) {
    std::unique_ptr<sd_bus, CloseBus> bus;
    sd_bus* raw = nullptr;
    if (address.empty()) {
        const int opened = ::sd_bus_open_system(&raw);
        if (opened < 0) return fail_errno(-opened, "connect to the system bus");
        bus.reset(raw);
    } else {
        RDT_CHECK(check(::sd_bus_new(&raw), "make a bus connection"));
        bus.reset(raw);
        RDT_CHECK(check(::sd_bus_set_address(raw, address.c_str()), address));
        RDT_CHECK(check(::sd_bus_set_bus_client(raw, 1), address));
        const int started = ::sd_bus_start(raw);
        if (started < 0) return fail_errno(-started, "connect to the bus {}", address);
    }
    const int fd = ::sd_bus_get_fd(raw);
    if (fd < 0) return fail_errno(-fd, "connect to the bus");
    return std::unique_ptr<Connection>(new Connection(executor, bus.release(), fd));
}

asio::awaitable<void> Connection::wait() {
    using Wait = asio::posix::descriptor_base;
    std::uint64_t timeout = k_no_timeout;
    ::sd_bus_get_timeout(bus_.get(), &timeout);
    asio::steady_timer timer(executor_, time_of(timeout));
    const bool has_more_to_send = (::sd_bus_get_events(bus_.get()) & POLLOUT) != 0;
    auto quiet =
        readable_.async_wait(Wait::wait_read, k_as_tuple) || timer.async_wait(k_as_tuple) || changed_.wait();
    if (has_more_to_send)
        co_await (std::move(quiet) || writable_.async_wait(Wait::wait_write, k_as_tuple));
    else
        co_await std::move(quiet);
}

Task<void> Connection::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (true) {
        int processed = 1;
        while (processed > 0) processed = ::sd_bus_process(bus_.get(), nullptr);
        if (processed < 0 || ::sd_bus_is_open(bus_.get()) <= 0)
            co_return fail(Code::unavailable, "the bus went away: {}", text_of_errno(-processed));
        co_await wait();
        if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
            co_return fail(Code::cancelled, "bus: cancelled");
    }
}

Task<Message> Connection::call(Message request, std::chrono::microseconds limit) {
    Answer answer(executor_);
    sd_bus_slot* raw = nullptr;
    RDT_CO_CHECK(check(::sd_bus_call_async(bus_.get(), &raw, request.get(), take_answer, &answer,
                                           static_cast<std::uint64_t>(limit.count())),
                       "call another service"));
    const Slot slot(raw);
    wake();
    co_await answer.arrived.wait();
    if (!answer.message) co_return fail(Code::cancelled, "call another service: cancelled");
    if (const auto* error = ::sd_bus_message_get_error(answer.message.get()); error != nullptr)
        co_return std::unexpected(error_of(*error));
    co_return std::move(answer.message);
}

} // namespace redoubt::node::bus
