// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <optional>
#include <utility>

#include "guest-image/agent/rpc/agent_service.hpp"

namespace redoubt::guest::rpc {
namespace {

constexpr std::uint32_t k_dropped_piece = 64U << 10U;

} // namespace

Task<grpc::ReadStreamResponse> AgentService::read_stream(grpc::ReadStreamRequest request,
                                                         sandbox::Process::Stream stream) {
    RDT_CO_TRY(const auto process,
               sandbox_.find_process(ContainerId(request.container_id()), ExecId(request.exec_id())));
    const auto offset = request.has_offset() ? std::optional(request.offset()) : std::nullopt;
    RDT_CO_TRY(auto data, co_await process->read(stream, request.len(), offset));
    grpc::ReadStreamResponse response;
    response.set_data(std::move(data));
    co_return response;
}

/// For a caller who may not see it the stream has nothing but its end. What is in it is taken all the same: a
/// process whose output nobody takes waits.
Task<grpc::ReadStreamResponse> AgentService::drop_stream(grpc::ReadStreamRequest request,
                                                         sandbox::Process::Stream stream) {
    RDT_CO_TRY(const auto process,
               sandbox_.find_process(ContainerId(request.container_id()), ExecId(request.exec_id())));
    while (true) {
        RDT_CO_TRY(const auto dropped, co_await process->read(stream, k_dropped_piece));
        if (dropped.empty()) co_return grpc::ReadStreamResponse();
    }
}

Task<grpc::WriteStreamResponse> AgentService::write_stdin(grpc::WriteStreamRequest request) {
    RDT_CO_TRY(const auto process,
               sandbox_.find_process(ContainerId(request.container_id()), ExecId(request.exec_id())));
    grpc::WriteStreamResponse response;
    if (request.data().empty()) { // the caller's end of file
        process->close_input();
        co_return response;
    }
    RDT_CO_TRY(const auto written, co_await process->write_input(std::move(*request.mutable_data())));
    response.set_len(written);
    co_return response;
}

Task<Empty> AgentService::close_stdin(grpc::CloseStdinRequest request) {
    RDT_CO_TRY(const auto process,
               sandbox_.find_process(ContainerId(request.container_id()), ExecId(request.exec_id())));
    process->close_input();
    co_return Empty{};
}

Task<Empty> AgentService::tty_win_resize(grpc::TtyWinResizeRequest request) {
    RDT_CO_TRY(const auto process,
               sandbox_.find_process(ContainerId(request.container_id()), ExecId(request.exec_id())));
    co_return empty_answer(process->resize(request.row(), request.column()));
}

} // namespace redoubt::guest::rpc
