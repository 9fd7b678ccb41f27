// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/log/log.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <format>

#include "common/log/sink.hpp"

namespace redoubt::log {

namespace {

std::atomic<int>& threshold() {
    static std::atomic<int> level = static_cast<int>(Level::info);
    return level;
}

std::atomic<Sink>& chosen_sink() {
    static std::atomic<Sink> sink = nullptr;
    return sink;
}

std::string_view word_of(Level level) {
    switch (level) {
    case Level::error: return "error";
    case Level::warning: return "warning";
    case Level::info: return "info";
    case Level::debug: return "debug";
    }
    return "info";
}

/// systemd sets JOURNAL_STREAM when standard error is the journal.
bool is_journal() {
    static const bool answer =
        std::getenv("JOURNAL_STREAM") != nullptr; // NOLINT(concurrency-mt-unsafe): read once
    return answer;
}

/// A value with spaces, quotes or control characters is quoted, so that a line stays one line.
std::string quote_value(std::string_view value) {
    if (value.find_first_of(" \"\n\r\t=") == std::string_view::npos && !value.empty())
        return std::string(value);
    std::string out = "\"";
    for (const char c : value) {
        if (c == '\n')
            out += "\\n";
        else if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (static_cast<unsigned char>(c) < 0x20)
            out += std::format("\\x{:02x}", static_cast<unsigned char>(c));
        else
            out += c;
    }
    return out + '"';
}

} // namespace

void set_level(Level level) {
    threshold() = static_cast<int>(level);
}

bool set_level(std::string_view name) {
    for (const auto level : {Level::error, Level::warning, Level::info, Level::debug}) {
        if (word_of(level) != name) continue;
        set_level(level);
        return true;
    }
    return false;
}

void set_sink(Sink sink) {
    chosen_sink() = sink;
}

std::string render(std::string_view message, std::span<const Field> fields) {
    std::string line(message);
    for (const auto& [name, value] : fields) line += std::format(" {}={}", name, quote_value(value));
    return line;
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
    if (static_cast<int>(level) > threshold()) return;
    const std::span<const Field> all(fields.begin(), fields.size());
    if (const auto sink = chosen_sink().load(); sink != nullptr && sink(level, message, all)) return;
    std::string line;
    if (is_journal()) {
        line = std::format("<{}>", static_cast<int>(level));
    } else {
        const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
        line = std::format("{:%FT%T}Z {} ", now, word_of(level));
    }
    line += render(message, all);
    line += '\n';
    // A full or closed standard error must not take the process down with it.
    [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace redoubt::log
