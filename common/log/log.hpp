// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace redoubt::log {

/// error: we failed a request; warning: the caller's or the environment's fault, or "ignoring";
/// info: a state change an operator cares about; debug: the rest. Values are syslog priorities.
enum class Level : int { error = 3, warning = 4, info = 6, debug = 7 };

/// A journal field: upper-case name, value, e.g. {"SANDBOX_ID", id}.
using Field = std::pair<std::string_view, std::string>;

/// Lines above this level are dropped. Set once at start. Default: info.
void set_level(Level level);
/// "error", "warning", "info", "debug"; false when `name` is none of them.
bool set_level(std::string_view name);

/// One line on standard error: `<6>sandbox started SANDBOX_ID=ab12` under systemd (journal priority prefix),
/// with a time stamp instead of the prefix elsewhere. Thread-safe.
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::error, message, fields);
}
inline void warning(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::warning, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::info, message, fields);
}
inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::debug, message, fields);
}

} // namespace redoubt::log
