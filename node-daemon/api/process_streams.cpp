// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <variant>

#include "common/async/task_scope.hpp"
#include "node-daemon/api/decode.hpp"
#include "node-daemon/api/handlers.hpp"

namespace redoubt::node::api {
namespace {

/// The words in which attach and exec differ; the protocol is the same.
pb::AttachResponse connected(const pb::AttachResponse& /*kind*/) {
    pb::AttachResponse response;
    response.set_attached(true);
    return response;
}
pb::ExecResponse connected(const pb::ExecResponse& /*kind*/) {
    pb::ExecResponse response;
    response.set_started(true);
    return response;
}

template <class Response>
Response message_of(sandbox::ProcessEvent event) {
    Response response;
    if (auto* output = std::get_if<sandbox::Output>(&event)) {
        const bool is_error = output->stream == sandbox::OutputStream::standard_error;
        *(is_error ? response.mutable_stderr() : response.mutable_stdout()) = std::move(output->bytes);
    } else {
        response.set_exit_code(std::get<sandbox::Exited>(event).code);
    }
    return response;
}

/// One message of the client after the first. Failures of a process that does not listen are not the client's
/// end.
template <class Request>
Task<void> apply(sandbox::ProcessSession& session, Request request) {
    switch (request.message_case()) {
    case Request::kStdin: co_return co_await session.write_stdin(std::move(*request.mutable_stdin()));
    case Request::kStdinClosed: co_return co_await session.close_stdin();
    case Request::kResize:
        co_return co_await session.resize(
            {.rows = request.resize().rows(), .columns = request.resize().columns()});
    case Request::kStart: co_return fail(Code::invalid_argument, "start: was sent already");
    case Request::MESSAGE_NOT_SET: co_return fail(Code::invalid_argument, "an empty message");
    }
    co_return Status();
}

/// The client's messages to the process, until the client has no more. A client that is gone writes no more:
/// the process then reads end of file.
template <class Request>
asio::awaitable<void> forward_input(RequestSource<Request>& requests, sandbox::ProcessSession& session) {
    while (auto request = co_await requests.read()) {
        // Input for a process that has closed its standard input is dropped, as a pipe's reader would.
        (void)co_await apply(session, std::move(*request));
    }
}

/// The process's output to the client, until it ends.
template <class Response>
Task<void> forward_output(sandbox::ProcessSession& session, ResponseSink<Response>& responses) {
    while (true) {
        RDT_CO_TRY(auto event, co_await session.next());
        const bool is_last = std::holds_alternative<sandbox::Exited>(event);
        const bool is_heard = co_await responses.write(message_of<Response>(std::move(event)));
        if (is_last || !is_heard) co_return Status();
    }
}

template <class Request, class Response>
Task<void> connect(std::unique_ptr<sandbox::ProcessSession> session, RequestSource<Request>& requests,
                   ResponseSink<Response>& responses) {
    co_await responses.write(connected(Response()));
    responses.when_client_gone([&open = *session] { open.close(); });
    TaskScope input(co_await asio::this_coro::executor);
    input.spawn(forward_input(requests, *session));
    const auto result = co_await forward_output(*session, responses);
    requests.close();
    session->close();
    co_await input.join();
    co_return result;
}

template <class Request>
Task<Request> read_start(RequestSource<Request>& requests) {
    auto first = co_await requests.read();
    if (!first || !first->has_start()) {
        co_return fail(Code::invalid_argument, "the first message must be 'start'");
    }
    co_return std::move(*first);
}

} // namespace

Task<void> attach(sandbox::Node& node, RequestSource<pb::AttachRequest>& requests,
                  ResponseSink<pb::AttachResponse>& responses) {
    RDT_CO_TRY(const auto first, co_await read_start(requests));
    RDT_CO_TRY(auto options, decode(first.start()));
    RDT_CO_TRY(auto session, co_await sandbox::attach_container(node, std::move(options)));
    co_return co_await connect(std::move(session), requests, responses);
}

Task<void> exec(sandbox::Node& node, RequestSource<pb::ExecRequest>& requests,
                ResponseSink<pb::ExecResponse>& responses) {
    RDT_CO_TRY(const auto first, co_await read_start(requests));
    RDT_CO_TRY(auto options, decode(first.start()));
    RDT_CO_TRY(auto session, co_await sandbox::exec_in_container(node, std::move(options)));
    co_return co_await connect(std::move(session), requests, responses);
}

} // namespace redoubt::node::api
