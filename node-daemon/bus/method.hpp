// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Methods of objects on the bus as coroutines.

#include <boost/system/system_error.hpp>

#include <exception>
#include <utility>

#include "common/async/task_scope.hpp"
#include "node-daemon/bus/connection.hpp"

namespace redoubt::node::bus {

/// An empty reply to `call`, to be filled.
inline Result<Message> new_reply(sd_bus_message* call) {
    sd_bus_message* raw = nullptr;
    RDT_CHECK(check(::sd_bus_message_new_method_return(call, &raw), "make a reply"));
    return Message(raw);
}

/// Awaits a method's coroutine and sends what it gives: its reply, or its error by name.
inline asio::awaitable<void> answer(Connection& connection, Message call, Task<Message> method) {
    Result<Message> reply;
    try {
        reply = co_await std::move(method);
    } catch (const std::exception& error) {
        reply = fail(Code::internal, "unexpected: {}", error.what());
    }
    if (reply) {
        ::sd_bus_send(connection.get(), reply->get(), nullptr);
    } else {
        ::sd_bus_reply_method_errorf(call.get(), error_name(reply.error().code).c_str(), "%s",
                                     reply.error().message.c_str());
    }
    connection.wake();
}

/// A vtable's entry for `Handler`, a Task<Message>(Owner&, sd_bus_message*). `Owner` has calls(), the scope
/// that methods run in, and connection(). The message outlives the handler's coroutine.
template <class Owner, auto Handler>
int on_method(sd_bus_message* message, void* userdata, sd_bus_error* /*error*/) {
    auto& owner = *static_cast<Owner*>(userdata);
    Message call(::sd_bus_message_ref(message));
    auto method = Handler(owner, message);
    owner.calls().spawn(answer(owner.connection(), std::move(call), std::move(method)));
    return 1;
}

} // namespace redoubt::node::bus
