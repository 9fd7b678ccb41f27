// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/log_run.hpp"

#include <charconv>
#include <format>
#include <string>
#include <system_error>

#include "common/base/file.hpp"

namespace redoubt::node::sandbox {
namespace {

std::filesystem::path file_of(const std::filesystem::path& log) {
    return log.native() + ".run";
}

} // namespace

Status write_run_start(const std::filesystem::path& log, const LogLengths& lengths) {
    std::error_code error;
    if (lengths == LogLengths{} && !std::filesystem::exists(file_of(log), error)) return {};
    return write_file(file_of(log), std::format("{} {}\n", lengths.output, lengths.error));
}

Result<LogLengths> read_run_start(const std::filesystem::path& log) {
    const auto text = read_file(file_of(log));
    if (!text && text.error().code == Code::not_found) return LogLengths{};
    if (!text) return std::unexpected(text.error());
    LogLengths lengths;
    const char* const end = text->data() + text->size();
    const auto first = std::from_chars(text->data(), end, lengths.output);
    if (first.ec == std::errc() && first.ptr != end && *first.ptr == ' ') {
        const auto second = std::from_chars(first.ptr + 1, end, lengths.error);
        if (second.ec == std::errc() && second.ptr + 1 == end && *second.ptr == '\n') return lengths;
    }
    return fail(Code::data_loss, "{} is damaged", file_of(log).native());
}

} // namespace redoubt::node::sandbox
