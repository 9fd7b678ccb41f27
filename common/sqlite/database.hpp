// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/sqlite/statement.hpp"

namespace redoubt::sqlite {

/// A SQLite database file, opened with write-ahead log, foreign keys and a busy timeout.
/// Thread: any, but one at a time.
class Database {
  public:
    /// Opens or makes the file; ":memory:" is a database without one.
    /// Errors: by errno or fail_sqlite, naming the file.
    static Result<Database> open(const std::filesystem::path& file);

    /// Runs one or more statements that need no parameters and return no rows.
    Status execute(const std::string& sql);
    Result<Statement> prepare(std::string_view sql);

    /// Brings the schema up to date: migration i takes version i to i+1, each in a transaction of its own.
    /// Errors: failed_precondition when the file is of a newer version than `migrations` knows.
    Status migrate(std::span<const std::string_view> migrations);
    [[nodiscard]] Result<std::int64_t> schema_version();

  private:
    struct Closer {
        void operator()(sqlite3* database) const;
    };
    explicit Database(sqlite3* database) : database_(database) {}

    std::unique_ptr<sqlite3, Closer> database_;
    std::filesystem::path file_;
};

/// Several statements that happen all or not at all; rolled back unless commit() succeeded.
class Transaction {
  public:
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    Status commit();

  private:
    explicit Transaction(Database& database) : database_(&database) {}

    Database* database_; ///< null once committed
};

} // namespace redoubt::sqlite
