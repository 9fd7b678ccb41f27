// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The one place where sd-bus meets coroutines: the bus' descriptor and timeout, waited for on the main
/// strand. Source: sd_bus_get_fd(3), sd_bus_process(3).

#include <systemd/sd-bus.h>

#include <boost/asio/posix/stream_descriptor.hpp>

#include <memory>
#include <string>

#include "common/async/event.hpp"
#include "common/async/task.hpp"

namespace redoubt::node::bus {

struct UnrefMessage {
    void operator()(sd_bus_message* message) const { ::sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, UnrefMessage>;

struct UnrefSlot {
    void operator()(sd_bus_slot* slot) const { ::sd_bus_slot_unref(slot); }
};
using Slot = std::unique_ptr<sd_bus_slot, UnrefSlot>;

struct CloseBus {
    void operator()(sd_bus* bus) const { ::sd_bus_flush_close_unref(bus); }
};

/// Fails with the code of a negative errno, as sd-bus' functions return it: `check(r, "append a reply")`.
Status check(int result, std::string_view what);

/// A connection to a message bus. Thread: one strand only. Lifetime: outlives its calls.
class Connection {
  public:
    /// Begins to connect; `address` empty: the system bus. Errors: unavailable there is no such bus.
    static Result<std::unique_ptr<Connection>> open(const asio::any_io_executor& executor,
                                                    const std::string& address);

    [[nodiscard]] sd_bus* get() const { return bus_.get(); }
    [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }

    /// Sends and receives until the connection ends or the awaiting coroutine is cancelled.
    /// Errors: unavailable the bus went away; cancelled.
    Task<void> run();

    /// Sends a method call and waits for its answer. run() must be running. Errors: those of the callee, by
    /// their names; deadline_exceeded.
    Task<Message> call(Message request, std::chrono::microseconds limit);

    /// Has run() look at what it waits for anew: after sending other than through call().
    void wake() { changed_.pulse(); }

  private:
    Connection(const asio::any_io_executor& executor, sd_bus* bus, int fd);
    asio::awaitable<void> wait();

    asio::any_io_executor executor_;
    std::unique_ptr<sd_bus, CloseBus> bus_;
    asio::posix::stream_descriptor readable_;
    asio::posix::stream_descriptor writable_;
    AsyncEvent changed_;
};

/// D-Bus' names of errors, both ways: "org.redoubt.Error.NotFound".
[[nodiscard]] std::string error_name(Code code);
[[nodiscard]] Error error_of(const sd_bus_error& error);

} // namespace redoubt::node::bus
