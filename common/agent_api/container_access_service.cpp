// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_api/container_access_service.hpp"

#include <string>
#include <utility>

#include "container_access.pb.h"

namespace redoubt::agent_api {

namespace {

namespace pb = redoubt::agent::v1;
using containers::ContainerAccess;

constexpr const char* k_service = "redoubt.agent.v1.ContainerAccess";

void fill(pb::Process& out, const containers::ProcessInfo& process) {
    out.set_pid(process.pid);
    out.set_ppid(process.ppid);
    out.set_user(process.user);
    out.set_uid(process.uid);
    out.set_gid(process.gid);
    out.set_state(process.state);
    out.set_terminal(process.terminal);
    out.set_cpu_time_ns(process.cpu_time_ns);
    out.set_elapsed_ns(process.elapsed_ns);
    out.set_resident_bytes(process.resident_bytes);
    out.set_virtual_bytes(process.virtual_bytes);
    out.set_nice(process.nice);
    out.set_process_group(process.process_group);
    out.set_threads(process.threads);
    out.set_name(process.name);
    for (const auto& word : process.command) out.add_command(word);
}

pb::Change::Kind kind_of(containers::ChangeKind kind) {
    switch (kind) {
    case containers::ChangeKind::changed: return pb::Change::CHANGED;
    case containers::ChangeKind::added: return pb::Change::ADDED;
    case containers::ChangeKind::deleted: return pb::Change::DELETED;
    }
    return pb::Change::KIND_UNSPECIFIED;
}

Task<pb::ListProcessesResponse> list_processes(ListProcesses list, pb::ListProcessesRequest request) {
    RDT_CO_TRY(const auto processes, co_await list(ContainerId(request.container_id())));
    pb::ListProcessesResponse response;
    for (const auto& process : processes) fill(*response.add_processes(), process);
    co_return response;
}

Result<pb::ListChangesResponse> list_changes(ContainerAccess& access, const pb::ListChangesRequest& request) {
    RDT_TRY(const auto changes, access.changes(ContainerId(request.container_id()), request.after()));
    pb::ListChangesResponse response;
    for (const auto& change : changes) {
        auto* added = response.add_changes();
        added->set_kind(kind_of(change.kind));
        added->set_path(change.path);
    }
    return response;
}

Result<pb::StatPathResponse> stat_path(ContainerAccess& access, const pb::StatPathRequest& request) {
    RDT_TRY(const auto status, access.stat_path(ContainerId(request.container_id()), request.path()));
    pb::StatPathResponse response;
    response.set_mode(status.mode);
    response.set_size_bytes(status.size_bytes);
    response.set_path(status.path);
    return response;
}

Result<pb::OpenTransferResponse> open_archive(ContainerAccess& access,
                                              const pb::OpenArchiveRequest& request) {
    RDT_TRY(const auto transfer,
            access.open_archive(ContainerId(request.container_id()), request.path(), request.name()));
    pb::OpenTransferResponse response;
    response.set_transfer(transfer);
    return response;
}

Result<pb::ReadArchiveResponse> read_archive(ContainerAccess& access, const pb::ReadArchiveRequest& request) {
    RDT_TRY(auto bytes, access.read_archive(request.transfer()));
    pb::ReadArchiveResponse response;
    response.set_data(std::move(bytes));
    return response;
}

Result<pb::OpenTransferResponse> open_unpacking(ContainerAccess& access,
                                                const pb::OpenUnpackingRequest& request) {
    const containers::UnpackRequest wanted{.container = ContainerId(request.container_id()),
                                           .folder = request.folder(),
                                           .keeps_owners = request.keep_owners(),
                                           .allows_overwrite = request.overwrite()};
    RDT_TRY(const auto transfer, access.open_unpacking(wanted));
    pb::OpenTransferResponse response;
    response.set_transfer(transfer);
    return response;
}

Result<pb::WriteArchiveResponse> write_archive(ContainerAccess& access,
                                               const pb::WriteArchiveRequest& request) {
    RDT_CHECK(access.write_archive(request.transfer(), request.data()));
    return pb::WriteArchiveResponse();
}

Result<pb::FinishUnpackingResponse> finish_unpacking(ContainerAccess& access,
                                                     const pb::FinishUnpackingRequest& request) {
    RDT_TRY(const auto entries, access.finish_unpacking(request.transfer()));
    pb::FinishUnpackingResponse response;
    response.set_entries(entries);
    return response;
}

Result<pb::CloseTransferResponse> close_transfer(ContainerAccess& access,
                                                 const pb::CloseTransferRequest& request) {
    access.close(request.transfer());
    return pb::CloseTransferResponse();
}

template <class Response>
Task<Response> answer(Result<Response> result) {
    co_return result;
}

template <class Request, class Response>
void add(ttrpc::Server& server, const char* method, ContainerAccess& access,
         Result<Response> (*call)(ContainerAccess&, const Request&)) {
    server.add_message<Request, Response>(k_service, method,
                                          [&access, call](const Request& request, const ttrpc::CallContext&) {
                                              return answer(call(access, request));
                                          });
}

} // namespace

void add_container_access_calls(ttrpc::Server& server, ContainerAccess& access, ListProcesses list) {
    if (!list) list = [&access](const ContainerId& id) { return answer(access.processes(id)); };
    server.add_message<pb::ListProcessesRequest, pb::ListProcessesResponse>(
        k_service, "ListProcesses", [list](pb::ListProcessesRequest request, const ttrpc::CallContext&) {
            return list_processes(list, std::move(request));
        });
    add(server, "ListChanges", access, list_changes);
    add(server, "StatPath", access, stat_path);
    add(server, "OpenArchive", access, open_archive);
    add(server, "ReadArchive", access, read_archive);
    add(server, "OpenUnpacking", access, open_unpacking);
    add(server, "WriteArchive", access, write_archive);
    add(server, "FinishUnpacking", access, finish_unpacking);
    add(server, "CloseTransfer", access, close_transfer);
}

} // namespace redoubt::agent_api
