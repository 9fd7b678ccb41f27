// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/thread_pool.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/sqlite/database.hpp"
#include "node-daemon/store/records.hpp"

namespace redoubt::node::store {

enum class WriteSide : std::uint8_t { before, after };
/// Awaited on both sides of each write; `write` says which: "note vm", "save container", "remove sandbox". An
/// error before the write is the write's; one after it is the caller's to see, though the write is done.
using WriteWatch = std::function<Task<void>(WriteSide side, std::string write)>;

/// The node's memory across restarts: containers, pods, their VMs, and the ledger of host resources.
/// Thread: main strand; SQLite runs on a thread of the store's own, in the order of the calls. What a call
/// that has returned wrote survives the daemon; what users made or took away (containers, pods, volumes) a
/// power cut as well. Errors of every call: those of SQLite; resource_exhausted disk full, data_loss
/// damaged file.
class StateStore {
  public:
    /// Opens or makes the database and brings its schema up to date. Blocks; called once at start.
    static Result<std::unique_ptr<StateStore>> open(const std::filesystem::path& file);

    StateStore(const StateStore&) = delete;
    StateStore& operator=(const StateStore&) = delete;
    ~StateStore();

    /// Adds or replaces. Errors: already_exists the name is taken.
    Task<void> save(ContainerRecord record);
    Task<void> save(SandboxRecord record);
    /// Of a volume that is there only the size changes.
    Task<void> save(VolumeRecord record);
    Task<void> save(PodRecord record);
    Task<void> save(MemberRecord record);
    /// No error when it is not there. A container's sandbox must be removed before it.
    Task<void> remove(ContainerId id);
    Task<void> remove(SandboxId id);
    Task<void> remove_volume(std::string name);
    /// Its containers and its sandbox must be removed before it.
    Task<void> remove(PodId id);
    /// Must be removed before the container.
    Task<void> remove_member(ContainerId id);

    /// "I am about to make this." No error when it is noted already.
    Task<void> note(LedgerEntry entry);
    /// "It is gone."
    Task<void> forget(std::string kind, std::string name);

    /// For tests, which stop the world there.
    void watch_writes(WriteWatch watch) { watch_ = std::move(watch); }

    Task<std::vector<ContainerRecord>> containers();
    Task<std::vector<SandboxRecord>> sandboxes();
    Task<std::vector<VolumeRecord>> volumes();
    Task<std::vector<PodRecord>> pods();
    Task<std::vector<MemberRecord>> members();
    Task<std::vector<LedgerEntry>> ledger();

  private:
    explicit StateStore(sqlite::Database database);

    Task<void> write(std::string what, std::move_only_function<Status()> work);
    /// On the disk when it returns, with all that was written before.
    Task<void> write_synced(std::string what, std::move_only_function<Status()> work);
    Status write_container(const ContainerRecord& record);
    Status write_sandbox(const SandboxRecord& record);
    Status write_volume(const VolumeRecord& record);
    Status write_pod(const PodRecord& record);
    Status write_member(const MemberRecord& record);
    Status write_entry(const LedgerEntry& entry);
    Result<std::vector<ContainerRecord>> read_containers();
    Result<std::vector<SandboxRecord>> read_sandboxes();
    Result<std::vector<VolumeRecord>> read_volumes();
    Result<std::vector<PodRecord>> read_pods();
    Result<std::vector<MemberRecord>> read_members();
    Result<std::vector<LedgerEntry>> read_ledger();

    WriteWatch watch_; ///< none but in tests
    sqlite::Database database_;
    asio::thread_pool thread_; ///< one thread: the only one that touches database_ after open()
};

} // namespace redoubt::node::store
