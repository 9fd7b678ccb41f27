// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/store/state_store.hpp"

#include "node-daemon/store/schema.hpp"

namespace redoubt::node::store {

Result<std::unique_ptr<StateStore>> StateStore::open(const std::filesystem::path& file) {
    RDT_TRY(auto database, sqlite::Database::open(file));
    RDT_CHECK(database.migrate(schema_migrations()));
    return std::unique_ptr<StateStore>(new StateStore(std::move(database)));
}

StateStore::StateStore(sqlite::Database database) : database_(std::move(database)), thread_(1) {}

StateStore::~StateStore() {
    thread_.join();
}

Task<void> StateStore::write(std::string what, std::move_only_function<Status()> work) {
    if (watch_) RDT_CO_CHECK(co_await watch_(WriteSide::before, what));
    RDT_CO_CHECK(co_await offload(thread_, std::move(work)));
    if (watch_) RDT_CO_CHECK(co_await watch_(WriteSide::after, what));
    co_return Status{};
}

Task<void> StateStore::write_synced(std::string what, std::move_only_function<Status()> work) {
    return write(std::move(what), [this, work = std::move(work)] mutable -> Status {
        RDT_CHECK(database_.execute("PRAGMA synchronous = FULL"));
        auto done = work();
        RDT_CHECK(database_.execute("PRAGMA synchronous = NORMAL"));
        return done;
    });
}

Task<void> StateStore::save(ContainerRecord record) {
    // What is remembered of a run is worth nothing after a power cut: its VM is gone.
    const auto way = record.state == "created" ? &StateStore::write_synced : &StateStore::write;
    return (this->*way)("save container",
                        [this, record = std::move(record)] { return write_container(record); });
}

Task<void> StateStore::save(SandboxRecord record) {
    return write("save sandbox", [this, record = std::move(record)] { return write_sandbox(record); });
}

Task<void> StateStore::remove(ContainerId id) {
    return write_synced("remove container", [this, id = std::move(id)]() -> Status {
        RDT_TRY(auto statement, database_.prepare("DELETE FROM containers WHERE id = ?"));
        return statement.run(id.str());
    });
}

Task<void> StateStore::remove(SandboxId id) {
    return write("remove sandbox", [this, id = std::move(id)]() -> Status {
        RDT_TRY(auto statement, database_.prepare("DELETE FROM sandboxes WHERE id = ?"));
        return statement.run(id.str());
    });
}

Task<void> StateStore::save(VolumeRecord record) {
    return write_synced("save volume", [this, record = std::move(record)] { return write_volume(record); });
}

Task<void> StateStore::remove_volume(std::string name) {
    return write_synced("remove volume", [this, name = std::move(name)]() -> Status {
        RDT_TRY(auto statement, database_.prepare("DELETE FROM volumes WHERE name = ?"));
        return statement.run(name);
    });
}

Task<void> StateStore::save(PodRecord record) {
    return write_synced("save pod", [this, record = std::move(record)] { return write_pod(record); });
}

Task<void> StateStore::save(MemberRecord record) {
    return write("save member", [this, record = std::move(record)] { return write_member(record); });
}

Task<void> StateStore::remove(PodId id) {
    return write_synced("remove pod", [this, id = std::move(id)]() -> Status {
        RDT_TRY(auto statement, database_.prepare("DELETE FROM pods WHERE id = ?"));
        return statement.run(id.str());
    });
}

Task<void> StateStore::remove_member(ContainerId id) {
    return write("remove member", [this, id = std::move(id)]() -> Status {
        RDT_TRY(auto statement, database_.prepare("DELETE FROM pod_members WHERE container_id = ?"));
        return statement.run(id.str());
    });
}

Task<std::vector<PodRecord>> StateStore::pods() {
    co_return co_await offload(thread_, [this] { return read_pods(); });
}

Task<std::vector<MemberRecord>> StateStore::members() {
    co_return co_await offload(thread_, [this] { return read_members(); });
}

Task<std::vector<VolumeRecord>> StateStore::volumes() {
    co_return co_await offload(thread_, [this] { return read_volumes(); });
}

Task<void> StateStore::note(LedgerEntry entry) {
    // What owns itself outlives a power cut: a volume.
    const auto way = entry.owner == entry.name ? &StateStore::write_synced : &StateStore::write;
    auto what = "note " + entry.kind;
    return (this->*way)(std::move(what), [this, entry = std::move(entry)] { return write_entry(entry); });
}

Task<void> StateStore::forget(std::string kind, std::string name) {
    auto what = "forget " + kind;
    return write(std::move(what), [this, kind = std::move(kind), name = std::move(name)]() -> Status {
        RDT_TRY(auto statement, database_.prepare("DELETE FROM ledger WHERE kind = ? AND name = ?"));
        return statement.run(kind, name);
    });
}

Task<std::vector<ContainerRecord>> StateStore::containers() {
    co_return co_await offload(thread_, [this] { return read_containers(); });
}

Task<std::vector<SandboxRecord>> StateStore::sandboxes() {
    co_return co_await offload(thread_, [this] { return read_sandboxes(); });
}

Task<std::vector<LedgerEntry>> StateStore::ledger() {
    co_return co_await offload(thread_, [this] { return read_ledger(); });
}

Status StateStore::write_container(const ContainerRecord& record) {
    RDT_TRY(auto statement,
            database_.prepare(
                "INSERT INTO containers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, ''), ?) "
                "ON CONFLICT (id) DO UPDATE SET name = excluded.name, spec = excluded.spec, "
                "image_id = excluded.image_id, command = excluded.command, state = excluded.state, "
                "created_at = excluded.created_at, started_at = excluded.started_at, "
                "finished_at = excluded.finished_at, exit_code = excluded.exit_code, "
                "oom_killed = excluded.oom_killed, reason = excluded.reason, "
                "stopped_by_user = excluded.stopped_by_user, "
                "restart_count = excluded.restart_count, last_launch = excluded.last_launch"));
    return statement.run(record.id.str(), record.name, record.spec, record.image_id, record.command,
                         record.state, record.created_at, record.started_at, record.finished_at,
                         record.exit_code, record.oom_killed, record.reason, record.stopped_by_user,
                         record.restart_count, record.pod.str(), record.last_launch);
}

Status StateStore::write_sandbox(const SandboxRecord& record) {
    RDT_TRY(auto statement,
            database_.prepare("INSERT INTO sandboxes VALUES (?, NULLIF(?, ''), NULLIF(?, ''), ?, ?, ?, ?) ON "
                              "CONFLICT (id) DO UPDATE SET "
                              "vmm_pid = excluded.vmm_pid, vmm_start_time = excluded.vmm_start_time, "
                              "runtime_directory = excluded.runtime_directory, facts = excluded.facts"));
    return statement.run(record.id.str(), record.container.str(), record.pod.str(), record.vmm_pid,
                         record.vmm_start_time, record.runtime_directory, record.facts);
}

Status StateStore::write_volume(const VolumeRecord& record) {
    RDT_TRY(auto statement, database_.prepare("INSERT INTO volumes VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT "
                                              "(name) DO UPDATE SET size_bytes = excluded.size_bytes"));
    return statement.run(record.name, static_cast<std::int64_t>(record.size_bytes), record.is_encrypted,
                         record.is_anonymous, record.labels, record.created_at, record.key_uri);
}

Result<std::vector<VolumeRecord>> StateStore::read_volumes() {
    RDT_TRY(auto statement, database_.prepare("SELECT name, size_bytes, encrypted, anonymous, labels, "
                                              "created_at, key_uri FROM volumes ORDER BY name"));
    std::vector<VolumeRecord> records;
    for (;;) {
        RDT_TRY(const bool more, statement.step());
        if (!more) return records;
        records.push_back({.name = statement.column_text(0),
                           .size_bytes = static_cast<std::uint64_t>(statement.column_integer(1)),
                           .is_encrypted = statement.column_integer(2) != 0,
                           .is_anonymous = statement.column_integer(3) != 0,
                           .labels = statement.column_text(4),
                           .created_at = statement.column_integer(5),
                           .key_uri = statement.column_text(6)});
    }
}

Status StateStore::write_entry(const LedgerEntry& entry) {
    RDT_TRY(auto statement,
            database_.prepare("INSERT INTO ledger VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"));
    return statement.run(entry.kind, entry.name, entry.owner, entry.created_at);
}

Result<std::vector<ContainerRecord>> StateStore::read_containers() {
    RDT_TRY(auto statement, database_.prepare("SELECT id, name, spec, image_id, command, state, created_at, "
                                              "started_at, finished_at, exit_code, oom_killed, reason, "
                                              "stopped_by_user, restart_count, IFNULL(pod_id, ''), "
                                              "last_launch FROM containers ORDER BY created_at, id"));
    std::vector<ContainerRecord> records;
    for (;;) {
        RDT_TRY(const bool more, statement.step());
        if (!more) return records;
        records.push_back({.id = ContainerId(statement.column_text(0)),
                           .name = statement.column_text(1),
                           .spec = statement.column_text(2),
                           .image_id = statement.column_text(3),
                           .command = statement.column_text(4),
                           .state = statement.column_text(5),
                           .created_at = statement.column_integer(6),
                           .started_at = statement.column_integer(7),
                           .finished_at = statement.column_integer(8),
                           .exit_code = static_cast<int>(statement.column_integer(9)),
                           .oom_killed = statement.column_integer(10) != 0,
                           .reason = statement.column_text(11),
                           .stopped_by_user = statement.column_integer(12) != 0,
                           .restart_count = statement.column_integer(13),
                           .pod = PodId(statement.column_text(14)),
                           .last_launch = statement.column_text(15)});
    }
}

Result<std::vector<SandboxRecord>> StateStore::read_sandboxes() {
    RDT_TRY(
        auto statement,
        database_.prepare("SELECT id, IFNULL(container_id, ''), vmm_pid, vmm_start_time, runtime_directory, "
                          "facts, IFNULL(pod_id, '') FROM sandboxes ORDER BY id"));
    std::vector<SandboxRecord> records;
    for (;;) {
        RDT_TRY(const bool more, statement.step());
        if (!more) return records;
        records.push_back({.id = SandboxId(statement.column_text(0)),
                           .container = ContainerId(statement.column_text(1)),
                           .vmm_pid = static_cast<int>(statement.column_integer(2)),
                           .vmm_start_time = statement.column_text(3),
                           .runtime_directory = statement.column_text(4),
                           .facts = statement.column_text(5),
                           .pod = PodId(statement.column_text(6))});
    }
}

Status StateStore::write_pod(const PodRecord& record) {
    RDT_TRY(auto statement,
            database_.prepare("INSERT INTO pods VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                              "name = excluded.name, spec = excluded.spec, "
                              "started_at = excluded.started_at, wanted = excluded.wanted"));
    return statement.run(record.id.str(), record.name, record.spec, record.created_at, record.started_at,
                         record.is_wanted);
}

Result<std::vector<PodRecord>> StateStore::read_pods() {
    RDT_TRY(auto statement, database_.prepare("SELECT id, name, spec, created_at, started_at, wanted "
                                              "FROM pods ORDER BY created_at, id"));
    std::vector<PodRecord> records;
    for (;;) {
        RDT_TRY(const bool more, statement.step());
        if (!more) return records;
        records.push_back({.id = PodId(statement.column_text(0)),
                           .name = statement.column_text(1),
                           .spec = statement.column_text(2),
                           .created_at = statement.column_integer(3),
                           .started_at = statement.column_integer(4),
                           .is_wanted = statement.column_integer(5) != 0});
    }
}

Status StateStore::write_member(const MemberRecord& record) {
    RDT_TRY(auto statement,
            database_.prepare("INSERT INTO pod_members VALUES (?, ?, ?, ?) ON CONFLICT (container_id) DO "
                              "UPDATE SET sandbox_id = excluded.sandbox_id, slot = excluded.slot, "
                              "facts = excluded.facts"));
    return statement.run(record.container.str(), record.sandbox.str(), static_cast<std::int64_t>(record.slot),
                         record.facts);
}

Result<std::vector<MemberRecord>> StateStore::read_members() {
    RDT_TRY(auto statement, database_.prepare("SELECT container_id, sandbox_id, slot, facts "
                                              "FROM pod_members ORDER BY container_id"));
    std::vector<MemberRecord> records;
    for (;;) {
        RDT_TRY(const bool more, statement.step());
        if (!more) return records;
        records.push_back({.container = ContainerId(statement.column_text(0)),
                           .sandbox = SandboxId(statement.column_text(1)),
                           .slot = static_cast<std::uint32_t>(statement.column_integer(2)),
                           .facts = statement.column_text(3)});
    }
}

Result<std::vector<LedgerEntry>> StateStore::read_ledger() {
    RDT_TRY(auto statement,
            database_.prepare("SELECT kind, name, owner, created_at FROM ledger ORDER BY created_at"));
    std::vector<LedgerEntry> entries;
    for (;;) {
        RDT_TRY(const bool more, statement.step());
        if (!more) return entries;
        entries.push_back({.kind = statement.column_text(0),
                           .name = statement.column_text(1),
                           .owner = statement.column_text(2),
                           .created_at = statement.column_integer(3)});
    }
}

} // namespace redoubt::node::store
