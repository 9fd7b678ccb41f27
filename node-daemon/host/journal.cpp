// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/journal.hpp"

#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

// Call sites add CODE_FILE and so on, which would name this file.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include <cstdlib>
#include <format>

#include "node-daemon/host/message_ids.hpp"

namespace redoubt::node::host {
namespace {

/// A program may have been started with the variable and another standard error.
bool is_journal(int fd) {
    const char* stream = std::getenv("JOURNAL_STREAM"); // NOLINT(concurrency-mt-unsafe): read at start
    struct stat status{};
    if (stream == nullptr || ::fstat(fd, &status) != 0) return false;
    return std::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

bool send(log::Level level, std::string_view message, std::span<const log::Field> fields) {
    auto entry = journal_entry(level, message, fields);
    std::vector<iovec> parts;
    parts.reserve(entry.size());
    for (auto& field : entry) parts.push_back({field.data(), field.size()});
    return ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) >= 0;
}

} // namespace

std::vector<std::string> journal_entry(log::Level level, std::string_view message,
                                       std::span<const log::Field> fields) {
    std::vector<std::string> entry{"MESSAGE=" + log::render(message, fields),
                                   std::format("PRIORITY={}", static_cast<int>(level)),
                                   "SYSLOG_IDENTIFIER=redoubtd"};
    if (const auto id = message_id_of(message); !id.empty())
        entry.push_back(std::format("MESSAGE_ID={}", id));
    for (const auto& [name, value] : fields) entry.push_back(std::format("{}={}", name, value));
    return entry;
}

bool log_to_journal() {
    if (!is_journal(STDERR_FILENO)) return false;
    log::set_sink(send);
    return true;
}

} // namespace redoubt::node::host
