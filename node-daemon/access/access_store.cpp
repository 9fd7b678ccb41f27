// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/access/access_store.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>

#include "common/base/file.hpp"
#include "common/encoding/json.hpp"
#include "common/log/log.hpp"

namespace redoubt::node::access {
namespace {

constexpr std::string_view k_version_1 = R"sql(
CREATE TABLE clients (
    fingerprint TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    role        TEXT NOT NULL CHECK (role IN ('viewer', 'admin')),
    added_at    INTEGER NOT NULL,
    added_by    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
    seq  INTEGER PRIMARY KEY,
    line TEXT NOT NULL
) STRICT;
CREATE TABLE audit_dropped (
    seq  INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;
)sql";

constexpr std::array k_migrations = {k_version_1};

} // namespace

std::span<const std::string_view> access_migrations() {
    return k_migrations;
}

Result<std::unique_ptr<AccessStore>> AccessStore::open(const std::filesystem::path& file, Clock clock,
                                                       std::int64_t kept_records) {
    // SQLite gives the files beside it the same mode.
    RDT_CHECK(open_file(file, O_RDWR | O_CREAT, 0600));
    RDT_TRY(auto database, sqlite::Database::open(file));
    RDT_CHECK(database.migrate(access_migrations()));
    // What was answered has to survive a power cut.
    RDT_CHECK(database.execute("PRAGMA synchronous = FULL"));
    std::unique_ptr<AccessStore> store(new AccessStore(std::move(database), std::move(clock), kept_records));
    RDT_CHECK(store->load_end().transform_error(context("{}", file.native())));
    return store;
}

Status AccessStore::load_end() {
    RDT_TRY(auto dropped, database_.prepare("SELECT seq, hash FROM audit_dropped"));
    RDT_CHECK(dropped.bind());
    RDT_TRY(const bool has_dropped, dropped.step());
    if (has_dropped) {
        first_ = dropped.column_integer(0) + 1;
        first_previous_ = head_ = dropped.column_text(1);
        sequence_ = first_ - 1;
    }
    RDT_TRY(auto last, database_.prepare("SELECT seq, line FROM audit ORDER BY seq DESC LIMIT 1"));
    RDT_CHECK(last.bind());
    RDT_TRY(const bool has_last, last.step());
    if (!has_last) return {};
    sequence_ = last.column_integer(0);
    const auto line = last.column_text(1);
    const auto record = json::parse("audit record", line);
    if (!record || record->root()["seq"].integer_or(0).value_or(0) != sequence_)
        return fail(Code::data_loss, "audit log: the last record is not number {}", sequence_);
    RDT_TRY(head_, audit::hash_record(line));
    return {};
}

Result<std::vector<Client>> AccessStore::clients() {
    const std::lock_guard lock(mutex_);
    RDT_TRY(auto statement,
            database_.prepare("SELECT fingerprint, name, role, added_at, added_by FROM clients "
                              "ORDER BY name"));
    RDT_CHECK(statement.bind());
    std::vector<Client> found;
    while (true) {
        RDT_TRY(const bool has_row, statement.step());
        if (!has_row) return found;
        RDT_TRY(auto fingerprint, crypto::Digest::parse(statement.column_text(0)));
        RDT_TRY(const auto role, parse_role(statement.column_text(2)));
        found.push_back({std::move(fingerprint), statement.column_text(1), role, statement.column_integer(3),
                         statement.column_text(4)});
    }
}

Status AccessStore::add(const Client& client, const audit::Entry& entry) {
    const auto insert = [&]() -> Status {
        RDT_TRY(auto same, database_.prepare("SELECT name FROM clients WHERE fingerprint = ? OR name = ?"));
        RDT_CHECK(same.bind(client.fingerprint.str(), client.name));
        RDT_TRY(const bool is_there, same.step());
        if (is_there)
            return fail(Code::already_exists, "there is a client '{}' with this name or certificate",
                        same.column_text(0));
        RDT_TRY(auto statement, database_.prepare("INSERT INTO clients(fingerprint, name, role, added_at, "
                                                  "added_by) VALUES(?, ?, ?, ?, ?)"));
        return statement.run(client.fingerprint.str(), client.name, std::string(name_of(client.role)),
                             client.added_at, client.added_by);
    };
    const std::lock_guard lock(mutex_);
    return write(insert, entry);
}

Status AccessStore::remove(const crypto::Digest& fingerprint, const audit::Entry& entry) {
    const auto erase = [&]() -> Status {
        RDT_TRY(auto statement,
                database_.prepare("DELETE FROM clients WHERE fingerprint = ? RETURNING name"));
        RDT_CHECK(statement.bind(fingerprint.str()));
        RDT_TRY(const bool was_there, statement.step());
        if (!was_there) return fail(Code::not_found, "no client {}", fingerprint.str());
        return statement.step().transform([](bool) {});
    };
    const std::lock_guard lock(mutex_);
    return write(erase, entry);
}

Status AccessStore::note(const audit::Entry& entry) {
    const std::lock_guard lock(mutex_);
    return write([]() -> Status { return {}; }, entry);
}

Status AccessStore::append(const audit::Entry& entry, std::int64_t sequence, std::string& head) {
    RDT_TRY(auto insert, database_.prepare("INSERT INTO audit(seq, line) VALUES(?, ?)"));
    RDT_TRY(const auto line, audit::render_record(entry, sequence, clock_(), head));
    RDT_CHECK(insert.run(sequence, line));
    RDT_TRY(head, audit::hash_record(line));
    return {};
}

Status AccessStore::write(const std::function<Status()>& change, const audit::Entry& entry) {
    auto head = head_;
    const auto sequence = sequence_ + 1;
    {
        RDT_TRY(auto transaction, sqlite::Transaction::begin(database_));
        RDT_CHECK(change());
        RDT_CHECK(append(entry, sequence, head));
        RDT_CHECK(transaction.commit());
    }
    sequence_ = sequence;
    head_ = std::move(head);
    if (const auto dropped = drop_old(sequence); !dropped)
        log::warning("old audit records stay: " + dropped.error().message);
    return {};
}

Result<std::string> AccessStore::hash_of(std::int64_t sequence) {
    RDT_TRY(auto statement, database_.prepare("SELECT line FROM audit WHERE seq = ?"));
    RDT_CHECK(statement.bind(sequence));
    RDT_TRY(const bool is_there, statement.step());
    if (!is_there) return fail(Code::data_loss, "audit log: record {} is missing", sequence);
    return audit::hash_record(statement.column_text(0));
}

Status AccessStore::drop_old(std::int64_t newest) {
    const auto kept = newest - first_ + 1;
    if (kept < kept_records_ + k_dropped_at_once) return {};
    const auto last = newest - kept_records_;
    RDT_TRY(auto hash, hash_of(last));
    RDT_TRY(auto transaction, sqlite::Transaction::begin(database_));
    RDT_CHECK(database_.execute("DELETE FROM audit_dropped"));
    RDT_TRY(auto insert, database_.prepare("INSERT INTO audit_dropped(seq, hash) VALUES(?, ?)"));
    RDT_CHECK(insert.run(last, hash));
    RDT_TRY(auto erase, database_.prepare("DELETE FROM audit WHERE seq <= ?"));
    RDT_CHECK(erase.run(last));
    RDT_CHECK(transaction.commit());
    first_ = last + 1;
    first_previous_ = std::move(hash);
    return {};
}

Result<AuditPage> AccessStore::audit(std::int64_t from, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    from = std::clamp(from, first_, sequence_ + 1);
    AuditPage page{.count_before = from - 1, .previous_hash = first_previous_, .lines = {}};
    if (from > first_) {
        RDT_TRY(page.previous_hash, hash_of(from - 1));
    }
    RDT_TRY(auto statement, database_.prepare("SELECT line FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?"));
    RDT_CHECK(statement.bind(from, static_cast<std::int64_t>(limit)));
    while (true) {
        RDT_TRY(const bool has_row, statement.step());
        if (!has_row) return page;
        page.lines.push_back(statement.column_text(0));
    }
}

} // namespace redoubt::node::access
