// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/sqlite/database.hpp"

#include <sqlite3.h>

#include "common/sqlite/failure.hpp"

namespace redoubt::sqlite {
namespace {

// Another process holds the file only for a moment (a backup, the sqlite3 tool).
constexpr int k_busy_timeout_ms = 5000;

Code code_of(int result) {
    switch (result & 0xff) { // the low byte is the primary code; sqlite3.h, "Result Code Definitions"
    case SQLITE_CONSTRAINT:
        return result == SQLITE_CONSTRAINT_UNIQUE || result == SQLITE_CONSTRAINT_PRIMARYKEY
                   ? Code::already_exists
                   : Code::failed_precondition;
    case SQLITE_FULL:
    case SQLITE_NOMEM: return Code::resource_exhausted;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Code::unavailable;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: return Code::data_loss;
    case SQLITE_CANTOPEN: return Code::not_found;
    case SQLITE_READONLY:
    case SQLITE_PERM: return Code::permission_denied;
    default: return Code::internal;
    }
}

} // namespace

std::unexpected<Error> fail_sqlite(sqlite3* database, std::string_view what) {
    return fail(code_of(sqlite3_extended_errcode(database)), "{}: {}", what, sqlite3_errmsg(database));
}

void Database::Closer::operator()(sqlite3* database) const {
    sqlite3_close_v2(database);
}

Result<Database> Database::open(const std::filesystem::path& file) {
    sqlite3* raw = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE;
    const int result = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
    Database database(raw);
    database.file_ = file;
    if (result != SQLITE_OK) return fail_sqlite(raw, "open " + file.native());
    sqlite3_busy_timeout(raw, k_busy_timeout_ms);
    // NORMAL: a killed process loses nothing, a power cut at most the last transactions; it never damages the
    // file.
    RDT_CHECK(database.execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"));
    return database;
}

Status Database::execute(const std::string& sql) {
    if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    return fail_sqlite(database_.get(), file_.native());
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    const int result = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    Statement statement(raw);
    if (result != SQLITE_OK) return fail_sqlite(database_.get(), sql);
    return statement;
}

Result<std::int64_t> Database::schema_version() {
    RDT_TRY(auto statement, prepare("PRAGMA user_version"));
    RDT_CHECK(statement.step());
    return statement.column_integer(0);
}

Status Database::migrate(std::span<const std::string_view> migrations) {
    RDT_TRY(const auto found, schema_version());
    const auto known = static_cast<std::int64_t>(migrations.size());
    if (found > known)
        return fail(
            Code::failed_precondition,
            "{}: schema version {} is newer than {}, the newest this program knows: use a newer redoubt, or "
            "move the file away",
            file_.native(), found, known);
    for (std::int64_t version = found; version < known; ++version) {
        RDT_TRY(auto transaction, Transaction::begin(*this));
        RDT_CHECK(execute(std::string(migrations[static_cast<std::size_t>(version)])));
        RDT_CHECK(execute(std::format("PRAGMA user_version = {}", version + 1)));
        RDT_CHECK(transaction.commit());
    }
    return {};
}

Result<Transaction> Transaction::begin(Database& database) {
    RDT_CHECK(database.execute("BEGIN IMMEDIATE"));
    return Transaction(database);
}

Transaction::~Transaction() {
    if (database_ == nullptr) return;
    // Fails only when SQLite has already rolled back by itself (disk full).
    [[maybe_unused]] const auto ignored = database_->execute("ROLLBACK");
}

Status Transaction::commit() {
    RDT_CHECK(database_->execute("COMMIT"));
    database_ = nullptr;
    return {};
}

} // namespace redoubt::sqlite
