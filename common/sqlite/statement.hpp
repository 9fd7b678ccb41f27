// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace redoubt::sqlite {

/// A prepared statement: bind parameters (from 1 on), step through rows, read columns (from 0 on).
/// Thread: that of its Database. Lifetime: must not outlive its Database.
class Statement {
  public:
    /// Binds the parameters in order and rewinds the statement; text is copied.
    template <class... Values>
    Status bind(const Values&... values) {
        RDT_CHECK(rewind());
        int index = 0;
        Status status;
        ((status = status ? bind_one(++index, values) : status), ...);
        return status;
    }

    /// Moves to the next row; false when there is none. Errors: those of SQLite, with the statement's text.
    Result<bool> step();
    /// Binds and runs a statement that returns no rows.
    template <class... Values>
    Status run(const Values&... values) {
        RDT_CHECK(bind(values...));
        return step().transform([](bool) {});
    }

    [[nodiscard]] std::int64_t column_integer(int index) const;
    [[nodiscard]] double column_real(int index) const;
    /// Empty for NULL.
    [[nodiscard]] std::string column_text(int index) const;

  private:
    friend class Database;
    struct Finalizer {
        void operator()(sqlite3_stmt* statement) const;
    };

    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

    Status rewind();
    Status bind_integer(int index, std::int64_t value);
    Status bind_real(int index, double value);
    Status bind_text(int index, std::string_view value);
    Status check(int result) const;

    template <class Value>
    Status bind_one(int index, const Value& value) {
        if constexpr (std::integral<Value>)
            return bind_integer(index, static_cast<std::int64_t>(value));
        else if constexpr (std::floating_point<Value>)
            return bind_real(index, static_cast<double>(value));
        else
            return bind_text(index, value);
    }

    std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

} // namespace redoubt::sqlite
