// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

/// As the container's process sees it when it starts.
std::string absolute(const PodSandbox& sandbox, std::string path) {
    if (path.starts_with("/")) return path;
    const auto& folder = sandbox.container.process.cwd;
    return (folder.empty() ? "/" : folder) + (folder.ends_with("/") ? "" : "/") + path;
}

/// An archive as the agent in one VM makes or takes it. The agent is kept while the transfer lives, as the
/// link may be replaced; with the link its transfers are gone.
class GuestArchive final : public ArchiveSource, public ArchiveTarget {
  public:
    GuestArchive(std::shared_ptr<agent_client::AgentClient> agent, std::uint64_t transfer)
        : agent_(std::move(agent)), transfer_(transfer) {}

    Task<std::string> read() override { return agent_->read_archive(transfer_); }
    Task<void> write(std::string bytes) override {
        return agent_->write_archive(transfer_, std::move(bytes));
    }
    Task<std::uint64_t> finish() override { return agent_->finish_unpacking(transfer_); }
    Task<void> close() override { return agent_->close_transfer(transfer_); }

  private:
    std::shared_ptr<agent_client::AgentClient> agent_;
    std::uint64_t transfer_;
};

} // namespace

Task<std::vector<launch::GuestProcessInfo>> container_processes(Node& node, std::string container) {
    RDT_CO_TRY(const auto found, find_container(node, container));
    RDT_CO_TRY(const auto sandbox, running_sandbox(*found));
    const auto agent = sandbox->agent;
    co_return co_await agent->list_processes(found->record.id);
}

Task<std::vector<launch::PathChange>> container_changes(Node& node, std::string container,
                                                        std::string after) {
    RDT_CO_TRY(const auto found, find_container(node, container));
    RDT_CO_TRY(const auto sandbox, running_sandbox(*found));
    const auto agent = sandbox->agent;
    co_return co_await agent->list_changes(found->record.id, std::move(after));
}

Task<launch::PathStatus> stat_in_container(Node& node, std::string container, std::string path) {
    RDT_CO_TRY(const auto found, find_container(node, container));
    RDT_CO_TRY(const auto sandbox, running_sandbox(*found));
    const auto agent = sandbox->agent;
    co_return co_await agent->stat_path(found->record.id, absolute(*sandbox, std::move(path)));
}

Task<std::unique_ptr<ArchiveSource>> copy_from_container(Node& node, std::string container, std::string path,
                                                         std::string name) {
    RDT_CO_TRY(const auto found, find_container(node, container));
    RDT_CO_TRY(const auto sandbox, running_sandbox(*found));
    const auto agent = sandbox->agent;
    RDT_CO_TRY(
        const auto transfer,
        co_await agent->open_archive(found->record.id, absolute(*sandbox, std::move(path)), std::move(name)));
    co_return std::make_unique<GuestArchive>(agent, transfer);
}

Task<std::unique_ptr<ArchiveTarget>> copy_to_container(Node& node, std::string container,
                                                       launch::UnpackOptions options) {
    RDT_CO_TRY(const auto found, find_container(node, container));
    RDT_CO_TRY(const auto sandbox, running_sandbox(*found));
    const auto agent = sandbox->agent;
    options.folder = absolute(*sandbox, std::move(options.folder));
    RDT_CO_TRY(const auto transfer, co_await agent->open_unpacking(found->record.id, std::move(options)));
    co_return std::make_unique<GuestArchive>(agent, transfer);
}

} // namespace redoubt::node::sandbox
