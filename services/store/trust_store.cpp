// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/store/trust_store.hpp"

#include <boost/json/serialize.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::services::store {
namespace {

namespace bj = boost::json;

constexpr std::array<std::string_view, 2> k_migrations{
    R"(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE slot(id INTEGER PRIMARY KEY, parameters TEXT NOT NULL) STRICT;
CREATE TABLE object(
    tenant TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,
    created TEXT NOT NULL, author TEXT NOT NULL, is_removed INTEGER NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY(tenant, kind, name, version)) STRICT, WITHOUT ROWID;
CREATE TABLE audit(seq INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT;
)",
    // A key for each tenant. 0: sealed before there were any.
    R"(
CREATE TABLE tenant_key(
    tenant TEXT NOT NULL, version INTEGER NOT NULL, created TEXT NOT NULL, wrapped TEXT NOT NULL,
    PRIMARY KEY(tenant, version)) STRICT, WITHOUT ROWID;
ALTER TABLE object ADD COLUMN key_version INTEGER NOT NULL DEFAULT 0;
)"};

// Answers are given only for what is on the disk, and removed values leave no pages behind.
constexpr const char* k_pragmas =
    "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;"
    "PRAGMA temp_store = MEMORY;";

Result<sqlite::Database> open_database(const std::filesystem::path& file) {
    RDT_TRY(auto database, sqlite::Database::open(file));
    RDT_CHECK(database.execute(k_pragmas));
    RDT_CHECK(database.migrate(k_migrations));
    return database;
}

Result<kms::RootKey> open_root(sqlite::Database& database, std::string_view id,
                               const TrustStore::Unlock& unlock) {
    RDT_TRY(auto statement, database.prepare("SELECT parameters FROM slot ORDER BY id"));
    RDT_CHECK(statement.bind());
    Error last{Code::permission_denied, "the store has no slot that what is at hand could open"};
    while (true) {
        RDT_TRY(const bool has_row, statement.step());
        if (!has_row) return std::unexpected(std::move(last));
        RDT_TRY(const auto slot, json::parse("slot", statement.column_text(0)));
        auto key = unlock(slot.root(), id);
        if (key) return key;
        if (key.error().code != Code::unimplemented) last = std::move(key).error();
    }
}

} // namespace

Status TrustStore::create(const std::filesystem::path& file, const crypto::Secret& passphrase,
                          crypto::PassphraseCost cost, const Clock& clock) {
    std::error_code error;
    if (std::filesystem::exists(file, error))
        return fail(Code::already_exists, "{} is there already", file.native());
    RDT_TRY(const auto root, kms::RootKey::generate());
    RDT_TRY(const auto random, crypto::random_bytes(16));
    const auto id = encoding::to_hex(random);
    RDT_TRY(const auto slot, kms::close_by_passphrase(root, id, passphrase, cost));
    RDT_TRY(auto database, open_database(file));
    ::chmod(file.c_str(), 0600);
    RDT_TRY(auto transaction, sqlite::Transaction::begin(database));
    RDT_TRY(auto meta, database.prepare("INSERT INTO meta(key, value) VALUES(?, ?)"));
    RDT_CHECK(meta.run("id", id));
    RDT_CHECK(meta.run("created", clock()));
    RDT_TRY(auto slots, database.prepare("INSERT INTO slot(parameters) VALUES(?)"));
    RDT_CHECK(slots.run(bj::serialize(slot)));
    return transaction.commit();
}

Result<std::unique_ptr<TrustStore>> TrustStore::open(const std::filesystem::path& file, const Unlock& unlock,
                                                     Clock clock, const CounterOf& counter_of,
                                                     CounterRule rule) {
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        return fail(Code::not_found, "no store at {}: make one with 'redoubt-kbs init'", file.native());
    RDT_TRY(auto database, open_database(file));
    std::string id;
    {
        RDT_TRY(auto statement, database.prepare("SELECT value FROM meta WHERE key = 'id'"));
        RDT_CHECK(statement.bind());
        RDT_TRY(const bool has_id, statement.step());
        if (!has_id) return fail(Code::data_loss, "{}: a store without identity", file.native());
        id = statement.column_text(0);
    }
    RDT_TRY(auto root, open_root(database, id, unlock));
    RDT_TRY(auto sealer, kms::Sealer::make(root, id));
    std::unique_ptr<TrustStore> store(new TrustStore(std::move(database), std::move(root), std::move(sealer),
                                                     std::move(id), std::move(clock)));
    RDT_CHECK(store->load_audit_end());
    // Before anything of an earlier copy is brought forward or believed; but a copy that somebody wants has
    // to be good before the counter is its own.
    const auto join = [&] {
        return store->join_counter(counter_of, rule).transform_error(context("{}", file.native()));
    };
    if (rule == CounterRule::checked) RDT_CHECK(join());
    RDT_CHECK(store->load_tenant_keys());
    if (rule == CounterRule::taken) RDT_CHECK(store->check_values());
    if (rule != CounterRule::checked) RDT_CHECK(join());
    return store;
}

Status TrustStore::load_audit_end() {
    RDT_TRY(auto statement, database_.prepare("SELECT seq, line FROM audit ORDER BY seq DESC LIMIT 1"));
    RDT_CHECK(statement.bind());
    RDT_TRY(const bool has_row, statement.step());
    if (!has_row) return {};
    const auto line = statement.column_text(1);
    RDT_TRY(const auto record, json::parse("audit record", line));
    sequence_ = statement.column_integer(0);
    if (record.root()["seq"].integer_or(0).value_or(0) != sequence_)
        return fail(Code::data_loss, "audit log: the last record is not number {}", sequence_);
    RDT_TRY(head_, hash_record(line));
    return {};
}

Result<std::int64_t> TrustStore::newest_version(const ObjectName& object) {
    RDT_TRY(auto statement,
            database_.prepare("SELECT max(version) FROM object WHERE tenant = ? AND kind = ? AND name = ?"));
    RDT_CHECK(statement.bind(object.tenant, object.kind, object.name));
    RDT_TRY(const bool has_row, statement.step());
    return has_row ? statement.column_integer(0) : 0;
}

Result<Object> TrustStore::get(const ObjectName& object) {
    RDT_TRY(const auto version, newest_version(object));
    return get_version(object, version);
}

Result<Object> TrustStore::get_version(const ObjectName& object, std::int64_t version) {
    RDT_TRY(auto statement,
            database_.prepare("SELECT created, author, is_removed, value, key_version FROM object "
                              "WHERE tenant = ? AND kind = ? AND name = ? AND version = ?"));
    RDT_CHECK(statement.bind(object.tenant, object.kind, object.name, version));
    RDT_TRY(const bool has_row, statement.step());
    if (!has_row || statement.column_integer(2) != 0)
        return fail(Code::not_found, "no {} '{}'", object.kind, object.name);
    const kms::SealedValue sealed{statement.column_text(3), statement.column_integer(4)};
    RDT_TRY(auto value, sealer_.open(place_of(object, version), sealed));
    return Object{version, statement.column_text(0), statement.column_text(1), std::move(value)};
}

Result<std::vector<ObjectVersion>> TrustStore::list(std::string_view tenant, std::string_view kind) {
    RDT_TRY(auto statement,
            database_.prepare("SELECT name, max(version), created, author, is_removed FROM object "
                              "WHERE tenant = ? AND kind = ? GROUP BY name ORDER BY name"));
    RDT_CHECK(statement.bind(tenant, kind));
    std::vector<ObjectVersion> found;
    while (true) {
        RDT_TRY(const bool has_row, statement.step());
        if (!has_row) return found;
        if (statement.column_integer(4) != 0) continue;
        found.push_back({statement.column_text(0), statement.column_integer(1), statement.column_text(2),
                         statement.column_text(3), false});
    }
}

Result<std::vector<ObjectVersion>> TrustStore::history(const ObjectName& object) {
    RDT_TRY(auto statement,
            database_.prepare("SELECT name, version, created, author, is_removed FROM object "
                              "WHERE tenant = ? AND kind = ? AND name = ? ORDER BY version DESC"));
    RDT_CHECK(statement.bind(object.tenant, object.kind, object.name));
    std::vector<ObjectVersion> found;
    while (true) {
        RDT_TRY(const bool has_row, statement.step());
        if (!has_row) return found;
        found.push_back({statement.column_text(0), statement.column_integer(1), statement.column_text(2),
                         statement.column_text(3), statement.column_integer(4) != 0});
    }
}

Status TrustStore::apply(const Change& change, const std::string& now) {
    const auto& object = change.object;
    RDT_TRY(const auto newest, newest_version(object));
    kms::SealedValue sealed;
    if (change.value) {
        if (sealer_.newest_key(object.tenant) == 0) RDT_CHECK(add_tenant_key(object.tenant, now));
        RDT_TRY(sealed, sealer_.seal(place_of(object, newest + 1), *change.value));
    } else {
        RDT_TRY(auto wipe, database_.prepare("UPDATE object SET value = '', is_removed = 1 "
                                             "WHERE tenant = ? AND kind = ? AND name = ?"));
        RDT_CHECK(wipe.run(object.tenant, object.kind, object.name));
    }
    RDT_TRY(auto insert,
            database_.prepare("INSERT INTO object(tenant, kind, name, version, created, author, is_removed, "
                              "value, key_version) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    return insert.run(object.tenant, object.kind, object.name, newest + 1, now, change.author,
                      change.value ? 0 : 1, sealed.text, sealed.key_version);
}

Status TrustStore::write(std::span<const Change> changes, std::span<const AuditEntry> entries) {
    const auto apply_all = [&]() -> Status {
        const auto now = clock_();
        for (const auto& change : changes) RDT_CHECK(apply(change, now));
        return {};
    };
    RDT_CHECK(write_with(apply_all, entries, changes.empty() ? Writes::record : Writes::change));
    if (!changes.empty()) ++generation_;
    return {};
}

Status TrustStore::write_with(const std::function<Status()>& change, std::span<const AuditEntry> entries,
                              Writes writes) {
    new_keys_.clear();
    const bool counts = counter_ && writes == Writes::change;
    const bool rises = counts && is_counter_due();
    const auto change_and_note = [&]() -> Status {
        RDT_CHECK(change());
        return rises ? write_counter_note(counter_value_ + 1) : Status();
    };
    auto written = write_transaction(change_and_note, entries);
    // A key that the store does not keep must not seal anything.
    if (!written)
        for (const auto& [tenant, version] : new_keys_) sealer_.forget_tenant_key(tenant, version);
    if (!written) return written;
    if (counts && !rises) is_unsettled_ = true;
    return rises ? advance_counter() : Status();
}

Status TrustStore::write_transaction(const std::function<Status()>& change,
                                     std::span<const AuditEntry> entries) {
    RDT_TRY(auto transaction, sqlite::Transaction::begin(database_));
    RDT_CHECK(change());
    auto sequence = sequence_;
    auto head = head_;
    if (!entries.empty()) {
        const auto now = clock_();
        RDT_TRY(auto insert, database_.prepare("INSERT INTO audit(seq, line) VALUES(?, ?)"));
        for (const auto& entry : entries) {
            RDT_TRY(const auto line, render_record(entry, ++sequence, now, head));
            RDT_CHECK(insert.run(sequence, line));
            RDT_TRY(head, hash_record(line));
        }
    }
    RDT_CHECK(transaction.commit());
    sequence_ = sequence;
    head_ = std::move(head);
    return {};
}

Status TrustStore::add_slot(const std::string& parameters, const AuditEntry& entry) {
    const auto insert = [&]() -> Status {
        RDT_TRY(auto statement, database_.prepare("INSERT INTO slot(parameters) VALUES(?)"));
        return statement.run(parameters);
    };
    return write_with(insert, {{entry}});
}

Status TrustStore::remove_slot(std::int64_t id, const AuditEntry& entry) {
    RDT_TRY(const auto known, slots());
    if (!std::ranges::contains(known, id, &Slot::id)) return fail(Code::not_found, "no slot {}", id);
    if (known.size() == 1)
        return fail(Code::failed_precondition, "slot {} is the last that opens the store", id);
    const auto remove = [&]() -> Status {
        RDT_TRY(auto statement, database_.prepare("DELETE FROM slot WHERE id = ?"));
        return statement.run(id);
    };
    return write_with(remove, {{entry}});
}

Result<std::vector<TrustStore::Slot>> TrustStore::slots() {
    RDT_TRY(auto statement, database_.prepare("SELECT id, parameters FROM slot ORDER BY id"));
    RDT_CHECK(statement.bind());
    std::vector<Slot> found;
    while (true) {
        RDT_TRY(const bool has_row, statement.step());
        if (!has_row) return found;
        RDT_TRY(const auto slot, json::parse("slot", statement.column_text(1)));
        found.push_back({statement.column_integer(0), slot.root()["kind"].string_or().value_or("")});
    }
}

TrustStore::Unlock by_passphrase(const crypto::Secret& passphrase) {
    return [&passphrase](const json::Node& slot, std::string_view store_id) -> Result<kms::RootKey> {
        if (slot["kind"].string_or().value_or("") != "passphrase")
            return fail(Code::unimplemented, "not a passphrase slot");
        return kms::open_by_passphrase(slot, store_id, passphrase);
    };
}

Result<std::vector<std::string>> TrustStore::audit_lines(std::int64_t from, std::size_t limit) {
    RDT_TRY(auto statement, database_.prepare("SELECT line FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?"));
    RDT_CHECK(statement.bind(from, limit));
    std::vector<std::string> lines;
    while (true) {
        RDT_TRY(const bool has_row, statement.step());
        if (!has_row) return lines;
        lines.push_back(statement.column_text(0));
    }
}

Status copy_store(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::error_code error;
    if (!std::filesystem::exists(from, error)) return fail(Code::not_found, "no store at {}", from.native());
    RDT_TRY(auto database, sqlite::Database::open(from));
    RDT_TRY(auto statement, database.prepare("VACUUM INTO ?"));
    return statement.run(to.native());
}

Status read_audit_lines(const std::filesystem::path& file,
                        const std::function<Status(std::string_view)>& take) {
    std::error_code error;
    if (!std::filesystem::exists(file, error)) return fail(Code::not_found, "no store at {}", file.native());
    RDT_TRY(auto database, sqlite::Database::open(file));
    RDT_TRY(auto statement, database.prepare("SELECT line FROM audit ORDER BY seq"));
    RDT_CHECK(statement.bind());
    while (true) {
        RDT_TRY(const bool has_row, statement.step());
        if (!has_row) return {};
        RDT_CHECK(take(statement.column_text(0)));
    }
}

} // namespace redoubt::services::store
