// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/strong_id.hpp"
#include "common/ttrpc/client.hpp"
#include "node-daemon/launch/guest_files.hpp"

namespace redoubt::node::agent_client {

/// The calls of redoubt.agent.v1.ContainerAccess: what our agent can do beside Kata's API. They mean what
/// AgentClient says of them. Thread: main strand. Lifetime: borrows the client.
class ContainerAccess {
  public:
    explicit ContainerAccess(ttrpc::Client& client) : client_(client) {}

    Task<std::vector<launch::GuestProcessInfo>> list_processes(ContainerId id);
    Task<std::vector<launch::PathChange>> list_changes(ContainerId id, std::string after);
    Task<launch::PathStatus> stat_path(ContainerId id, std::string path);
    Task<std::uint64_t> open_archive(ContainerId id, std::string path, std::string name);
    Task<std::string> read_archive(std::uint64_t transfer);
    Task<std::uint64_t> open_unpacking(ContainerId id, launch::UnpackOptions options);
    Task<void> write_archive(std::uint64_t transfer, std::string bytes);
    Task<std::uint64_t> finish_unpacking(std::uint64_t transfer);
    Task<void> close_transfer(std::uint64_t transfer);

  private:
    template <class Response, class Request>
    Task<Response> ask(const char* method, Request request);

    ttrpc::Client& client_;
};

} // namespace redoubt::node::agent_client
