// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/agent_client/container_access.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

#include "container_access.pb.h"

namespace redoubt::node::agent_client {
namespace {

namespace pb = redoubt::agent::v1;

constexpr const char* k_service = "redoubt.agent.v1.ContainerAccess";
constexpr Duration k_timeout = std::chrono::seconds(30);
/// Most bytes of one write: well below the limit of a ttrpc frame.
constexpr std::size_t k_chunk = 1024UZ * 1024;

launch::GuestProcessInfo decode(pb::Process& process) {
    return {.pid = process.pid(),
            .ppid = process.ppid(),
            .user = std::move(*process.mutable_user()),
            .uid = process.uid(),
            .gid = process.gid(),
            .state = std::move(*process.mutable_state()),
            .terminal = std::move(*process.mutable_terminal()),
            .cpu_time_ns = process.cpu_time_ns(),
            .elapsed_ns = process.elapsed_ns(),
            .resident_bytes = process.resident_bytes(),
            .virtual_bytes = process.virtual_bytes(),
            .nice = process.nice(),
            .process_group = process.process_group(),
            .threads = process.threads(),
            .name = std::move(*process.mutable_name()),
            .command = {process.command().begin(), process.command().end()}};
}

Result<launch::PathChange> decode(pb::Change& change) {
    // An open enum: a newer agent may know more kinds.
    const auto kind = change.kind();
    if (kind != pb::Change::CHANGED && kind != pb::Change::ADDED && kind != pb::Change::DELETED)
        return fail(Code::data_loss, "ListChanges: a change of kind {}", static_cast<int>(kind));
    return launch::PathChange{.kind = kind == pb::Change::CHANGED ? launch::ChangeKind::changed
                                      : kind == pb::Change::ADDED ? launch::ChangeKind::added
                                                                  : launch::ChangeKind::deleted,
                              .path = std::move(*change.mutable_path())};
}

template <class Request>
Request request_of(std::uint64_t transfer) {
    Request request;
    request.set_transfer(transfer);
    return request;
}

} // namespace

template <class Response, class Request>
Task<Response> ContainerAccess::ask(const char* method, Request request) {
    return client_.call_message<Response>(k_service, method, std::move(request), k_timeout);
}

Task<std::vector<launch::GuestProcessInfo>> ContainerAccess::list_processes(ContainerId id) {
    pb::ListProcessesRequest request;
    request.set_container_id(id.str());
    RDT_CO_TRY(auto response, co_await ask<pb::ListProcessesResponse>("ListProcesses", std::move(request)));
    std::vector<launch::GuestProcessInfo> processes;
    for (auto& process : *response.mutable_processes()) processes.push_back(decode(process));
    co_return processes;
}

Task<std::vector<launch::PathChange>> ContainerAccess::list_changes(ContainerId id, std::string after) {
    pb::ListChangesRequest request;
    request.set_container_id(id.str());
    request.set_after(std::move(after));
    RDT_CO_TRY(auto response, co_await ask<pb::ListChangesResponse>("ListChanges", std::move(request)));
    std::vector<launch::PathChange> changes;
    for (auto& change : *response.mutable_changes()) {
        RDT_CO_TRY(auto decoded, decode(change));
        changes.push_back(std::move(decoded));
    }
    co_return changes;
}

Task<launch::PathStatus> ContainerAccess::stat_path(ContainerId id, std::string path) {
    pb::StatPathRequest request;
    request.set_container_id(id.str());
    request.set_path(std::move(path));
    RDT_CO_TRY(auto response, co_await ask<pb::StatPathResponse>("StatPath", std::move(request)));
    co_return launch::PathStatus{.mode = response.mode(),
                                 .size_bytes = response.size_bytes(),
                                 .path = std::move(*response.mutable_path())};
}

Task<std::uint64_t> ContainerAccess::open_archive(ContainerId id, std::string path, std::string name) {
    pb::OpenArchiveRequest request;
    request.set_container_id(id.str());
    request.set_path(std::move(path));
    request.set_name(std::move(name));
    RDT_CO_TRY(const auto response,
               co_await ask<pb::OpenTransferResponse>("OpenArchive", std::move(request)));
    co_return response.transfer();
}

Task<std::string> ContainerAccess::read_archive(std::uint64_t transfer) {
    auto request = request_of<pb::ReadArchiveRequest>(transfer);
    RDT_CO_TRY(auto response, co_await ask<pb::ReadArchiveResponse>("ReadArchive", std::move(request)));
    co_return std::move(*response.mutable_data());
}

Task<std::uint64_t> ContainerAccess::open_unpacking(ContainerId id, launch::UnpackOptions options) {
    pb::OpenUnpackingRequest request;
    request.set_container_id(id.str());
    request.set_folder(std::move(options.folder));
    request.set_keep_owners(options.keep_owners);
    request.set_overwrite(options.overwrite);
    RDT_CO_TRY(const auto response,
               co_await ask<pb::OpenTransferResponse>("OpenUnpacking", std::move(request)));
    co_return response.transfer();
}

Task<void> ContainerAccess::write_archive(std::uint64_t transfer, std::string bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += k_chunk) {
        auto request = request_of<pb::WriteArchiveRequest>(transfer);
        request.set_data(bytes.substr(at, k_chunk));
        RDT_CO_CHECK(co_await ask<pb::WriteArchiveResponse>("WriteArchive", std::move(request)));
    }
    co_return Status{};
}

Task<std::uint64_t> ContainerAccess::finish_unpacking(std::uint64_t transfer) {
    auto request = request_of<pb::FinishUnpackingRequest>(transfer);
    RDT_CO_TRY(const auto response,
               co_await ask<pb::FinishUnpackingResponse>("FinishUnpacking", std::move(request)));
    co_return response.entries();
}

Task<void> ContainerAccess::close_transfer(std::uint64_t transfer) {
    auto request = request_of<pb::CloseTransferRequest>(transfer);
    RDT_CO_CHECK(co_await ask<pb::CloseTransferResponse>("CloseTransfer", std::move(request)));
    co_return Status{};
}

} // namespace redoubt::node::agent_client
