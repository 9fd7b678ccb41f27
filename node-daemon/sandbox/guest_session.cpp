// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/guest_session.hpp"

namespace redoubt::node::sandbox {
namespace {

using asio::experimental::awaitable_operators::operator||;

asio::awaitable<void> close_quietly(std::shared_ptr<agent_client::AgentClient> agent, GuestProcess process) {
    [[maybe_unused]] const auto closed = co_await agent->close_stdin(process.container, process.exec);
}

} // namespace

GuestSession::GuestSession(const asio::any_io_executor& executor, std::shared_ptr<Container> container,
                           GuestProcess process, std::shared_ptr<OutputFeed> feed, Options options)
    : container_(std::move(container)), process_(std::move(process)), feed_(std::move(feed)),
      options_(options), closed_(executor) {}

GuestSession::~GuestSession() {
    close();
}

Result<std::shared_ptr<agent_client::AgentClient>> GuestSession::agent() const {
    const auto& sandbox = container_->sandbox;
    if (!sandbox || sandbox->is_closed || !sandbox->agent)
        return fail(Code::failed_precondition, "container '{}' is not running", container_->record.name);
    return sandbox->agent;
}

Task<ProcessEvent> GuestSession::next() {
    return feed_->next();
}

Task<void> GuestSession::write_stdin(std::string data) {
    if (options_.stdin_use == StdinUse::none)
        co_return fail(Code::failed_precondition, "standard input was not asked for");
    if (is_stdin_closed_) co_return fail(Code::failed_precondition, "standard input is closed");
    RDT_CO_TRY(const auto agent, this->agent());
    // A process that does not read must not keep a client that has gone.
    auto outcome =
        co_await (agent->write_stdin(process_.container, process_.exec, std::move(data)) || closed_.wait());
    if (auto* written = std::get_if<0>(&outcome)) co_return std::move(*written);
    co_return fail(Code::cancelled, "the session was closed");
}

Task<void> GuestSession::close_stdin() {
    if (options_.stdin_use == StdinUse::none || std::exchange(is_stdin_closed_, true)) co_return Status{};
    RDT_CO_TRY(const auto agent, this->agent());
    co_return co_await agent->close_stdin(process_.container, process_.exec);
}

Task<void> GuestSession::resize(oci::TerminalSize size) {
    if (options_.terminal == TerminalUse::none)
        co_return fail(Code::failed_precondition, "the process has no terminal");
    RDT_CO_TRY(const auto agent, this->agent());
    co_return co_await agent->resize_terminal(process_.container, process_.exec, size);
}

void GuestSession::close() {
    if (closed_.is_set()) return;
    closed_.set();
    feed_->close();
    const bool leaves_stdin_open = options_.stdin_use == StdinUse::forward && !is_stdin_closed_;
    if (!options_.owns_process || !leaves_stdin_open) return;
    is_stdin_closed_ = true;
    if (auto agent = this->agent()) container_->sandbox->tasks.spawn(close_quietly(*agent, process_));
}

} // namespace redoubt::node::sandbox
