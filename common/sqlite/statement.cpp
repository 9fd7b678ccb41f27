// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/sqlite/statement.hpp"

#include <sqlite3.h>

#include "common/sqlite/failure.hpp"

namespace redoubt::sqlite {

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Status Statement::check(int result) const {
    if (result == SQLITE_OK) return {};
    return fail_sqlite(sqlite3_db_handle(statement_.get()), sqlite3_sql(statement_.get()));
}

Status Statement::rewind() {
    // The result repeats the failure of the last step, which was reported then.
    sqlite3_reset(statement_.get());
    return check(sqlite3_clear_bindings(statement_.get()));
}

Status Statement::bind_integer(int index, std::int64_t value) {
    return check(sqlite3_bind_int64(statement_.get(), index, value));
}

Status Statement::bind_real(int index, double value) {
    return check(sqlite3_bind_double(statement_.get(), index, value));
}

Status Statement::bind_text(int index, std::string_view value) {
    // SQLITE_TRANSIENT is a C cast in the header; -1 tells SQLite to copy the text.
    const auto copy = reinterpret_cast<sqlite3_destructor_type>(-1); // NOLINT
    // A null pointer would bind NULL, but an empty string_view means empty text.
    const char* data = value.data() != nullptr ? value.data() : "";
    return check(sqlite3_bind_text64(statement_.get(), index, data, value.size(), copy, SQLITE_UTF8));
}

Result<bool> Statement::step() {
    const int result = sqlite3_step(statement_.get());
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    return fail_sqlite(sqlite3_db_handle(statement_.get()), sqlite3_sql(statement_.get()));
}

std::int64_t Statement::column_integer(int index) const {
    return sqlite3_column_int64(statement_.get(), index);
}

double Statement::column_real(int index) const {
    return sqlite3_column_double(statement_.get(), index);
}

std::string Statement::column_text(int index) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), index)); // NOLINT
    if (text == nullptr) return {};
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), index))};
}

} // namespace redoubt::sqlite
