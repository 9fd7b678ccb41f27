// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/process_table.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <string_view>

#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/table.hpp"
#include "node-daemon/ctl/usage_table.hpp"

namespace redoubt::ctl {
namespace {

constexpr std::uint64_t k_kibibyte = 1024;

std::string words_of(const pb::ContainerProcess& process) {
    std::string text;
    for (const auto& word : process.command()) text += (text.empty() ? "" : " ") + word;
    return text.empty() ? "[" + process.name() + "]" : text;
}

std::string processor_share(const pb::ContainerProcess& process) {
    const auto elapsed = static_cast<double>(std::max<std::uint64_t>(process.elapsed_ns(), 1));
    return std::format("{:.3f}", static_cast<double>(process.cpu_time_ns()) / elapsed * 100);
}

struct Column {
    std::string_view name;
    std::string_view title;
    std::string (*text)(const pb::ContainerProcess&);
};

using Process = pb::ContainerProcess;

// Source: podman-top(1), FORMAT DESCRIPTORS; those that speak of the host are not among them.
constexpr std::array k_columns{
    Column{"args", "COMMAND", [](const Process& p) { return words_of(p); }},
    Column{"comm", "COMMAND", [](const Process& p) { return p.name(); }},
    Column{"etime", "ELAPSED", [](const Process& p) { return render_exact_duration(p.elapsed_ns()); }},
    Column{"gid", "GID", [](const Process& p) { return std::to_string(p.gid()); }},
    Column{"nice", "NI", [](const Process& p) { return std::to_string(p.nice()); }},
    Column{"nlwp", "NLWP", [](const Process& p) { return std::to_string(p.threads()); }},
    Column{"pcpu", "%CPU", processor_share},
    Column{"pgid", "PGID", [](const Process& p) { return std::to_string(p.process_group()); }},
    Column{"pid", "PID", [](const Process& p) { return std::to_string(p.pid()); }},
    Column{"ppid", "PPID", [](const Process& p) { return std::to_string(p.ppid()); }},
    Column{"rss", "RSS", [](const Process& p) { return std::to_string(p.resident_bytes() / k_kibibyte); }},
    Column{"state", "STATE", [](const Process& p) { return p.state(); }},
    Column{"time", "TIME", [](const Process& p) { return render_exact_duration(p.cpu_time_ns()); }},
    Column{"tty", "TTY", [](const Process& p) { return p.terminal(); }},
    Column{"uid", "UID", [](const Process& p) { return std::to_string(p.uid()); }},
    Column{"user", "USER", [](const Process& p) { return p.user(); }},
    Column{"vsz", "VSZ", [](const Process& p) { return std::to_string(p.virtual_bytes() / k_kibibyte); }},
};

const std::vector<std::string>& usual_columns() {
    static const std::vector<std::string> columns{"user",  "pid", "ppid", "pcpu",
                                                  "etime", "tty", "time", "args"};
    return columns;
}

Result<const Column*> find_column(const std::string& name) {
    const auto found = std::ranges::find(k_columns, name, &Column::name);
    if (found != k_columns.end()) return &*found;
    return fail(Code::invalid_argument, "no column '{}': there are {}", name, process_columns_text());
}

} // namespace

std::string process_columns_text() {
    std::string text;
    for (const auto& column : k_columns) text += (text.empty() ? "" : ", ") + std::string(column.name);
    return text;
}

Result<std::string> render_processes(const pb::TopContainerResponse& processes,
                                     const std::vector<std::string>& columns) {
    std::vector<const Column*> chosen;
    for (const auto& name : columns.empty() ? usual_columns() : columns) {
        RDT_TRY(const auto* column, find_column(name));
        chosen.push_back(column);
    }
    std::vector<std::vector<std::string>> rows(1);
    for (const auto* column : chosen) rows.front().emplace_back(column->title);
    for (const auto& process : processes.processes()) {
        std::vector<std::string> row;
        row.reserve(chosen.size());
        for (const auto* column : chosen) row.push_back(printable(column->text(process)));
        rows.push_back(std::move(row));
    }
    return render_table(rows);
}

std::string processes_json(const pb::TopContainerResponse& processes) {
    namespace json = boost::json;
    json::array array;
    for (const auto& process : processes.processes()) {
        json::array command;
        for (const auto& word : process.command()) command.emplace_back(as_utf8(word));
        array.push_back(json::object{{"pid", process.pid()},
                                     {"ppid", process.ppid()},
                                     {"user", as_utf8(process.user())},
                                     {"uid", process.uid()},
                                     {"gid", process.gid()},
                                     {"state", process.state()},
                                     {"tty", process.terminal()},
                                     {"cpu_time_ns", process.cpu_time_ns()},
                                     {"elapsed_ns", process.elapsed_ns()},
                                     {"resident_bytes", process.resident_bytes()},
                                     {"virtual_bytes", process.virtual_bytes()},
                                     {"nice", process.nice()},
                                     {"process_group", process.process_group()},
                                     {"threads", process.threads()},
                                     {"name", as_utf8(process.name())},
                                     {"command", std::move(command)}});
    }
    return indented(array);
}

} // namespace redoubt::ctl
