// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/runtime_command.hpp"

#include <algorithm>
#include <charconv>
#include <format>
#include <utility>

#include "common/encoding/json.hpp"

namespace redoubt::node::runtime {
namespace {

constexpr json::Limits k_limits = {.max_bytes = 1U << 20U, .max_depth = 16};
constexpr std::uint64_t k_millisecond = 1'000'000;
constexpr double k_longest = 1e12; // milliseconds of a process: more is no number to believe
// cgroups of version 1 say "no limit" with a number near this.
constexpr std::uint64_t k_no_limit = 1ULL << 62U;

/// The last JSON object of a log, in which objects may or may not stand on lines of their own.
std::string_view last_object(std::string_view log) {
    for (auto place = log.rfind('{'); place != std::string_view::npos && place != 0;
         place = log.rfind('{', place - 1))
        if (log[place - 1] == '\n' || log[place - 1] == '}') return log.substr(place);
    return log;
}

std::string last_message(std::string_view log) {
    const auto document = json::parse("runtime log", last_object(log), k_limits);
    if (!document) return {};
    return document->root()["msg"].string_or().value_or("");
}

bool says_any(std::string_view message, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [message](auto word) { return message.contains(word); });
}

/// The innermost part of a message, with the program's name in it.
std::string_view what_of_program(std::string_view message) {
    for (const std::string_view mark : {"exec: ", "error finding executable ", "failed to load "})
        if (const auto place = message.find(mark); place != std::string_view::npos)
            return message.substr(mark == "exec: " ? place + mark.size() : place);
    return {};
}

std::uint64_t sum_of(const json::Node& entries, std::string_view operation) {
    std::uint64_t sum = 0;
    const auto list = entries.array_or_empty();
    if (!list) return 0;
    for (const auto& entry : *list)
        if (entry["op"].string_or().value_or("") == operation)
            sum += entry["value"].unsigned_integer_or(0).value_or(0);
    return sum;
}

std::uint64_t limit_of(const json::Node& node) {
    const auto limit = node.unsigned_integer_or(0).value_or(0);
    return limit >= k_no_limit ? 0 : limit;
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (true) {
        const auto begin = line.find_first_not_of(' ');
        if (begin == std::string_view::npos) return words;
        line.remove_prefix(begin);
        const auto end = std::min(line.find(' '), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// "10ms", "1.5s", "2m3s" as Go prints durations. Units but the last are rarely seen.
std::uint64_t nanoseconds_of(std::string_view text) {
    double total = 0;
    while (!text.empty()) {
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc()) break;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        const auto unit = text.substr(0, std::min(text.find_first_of("0123456789."), text.size()));
        text.remove_prefix(unit.size());
        const double scale = unit == "ns"   ? 1e-6
                             : unit == "ms" ? 1
                             : unit == "s"  ? 1e3
                             : unit == "m"  ? 6e4
                             : unit == "h"  ? 3.6e6
                                            : 1e-3;
        total += value * scale;
    }
    if (!(total >= 0) || total > k_longest) return 0;
    return static_cast<std::uint64_t>(total * static_cast<double>(k_millisecond));
}

std::optional<ListedProcess> parse_line(std::string_view line) {
    enum : std::size_t { uid, pid, ppid, c, tty, stime, time, cmd, count };
    const auto words = words_of(line);
    if (words.size() < count) return std::nullopt;
    const auto owner = number_of<std::uint32_t>(words[uid]);
    const auto number = number_of<std::int64_t>(words[pid]);
    const auto parent = number_of<std::int64_t>(words[ppid]);
    if (!owner || !number || !parent) return std::nullopt;
    return ListedProcess{.pid = *number,
                         .ppid = *parent,
                         .uid = *owner,
                         .terminal = std::string(words[tty]),
                         .cpu_time_ns = nanoseconds_of(words[time]),
                         .name = std::string(words[cmd])};
}

} // namespace

std::filesystem::path RuntimeCommand::exec_pid_file(const std::string& exec) const {
    return settings_.folder / ("exec-" + exec + ".pid");
}

std::filesystem::path RuntimeCommand::exec_process_file(const std::string& exec) const {
    return settings_.folder / ("exec-" + exec + ".json");
}

Arguments RuntimeCommand::begin(std::string_view verb) const {
    Arguments out{settings_.program.native(),
                  "--root",
                  (settings_.folder / "runtime").native(),
                  "--log",
                  log_file().native(),
                  "--log-format",
                  "json"};
    if (is_gvisor()) {
        out.push_back("--platform=" + settings_.platform);
        // The container's writes go to the overlay of the host, where `diff` and `cp` find them; the sandbox
        // must therefore not trust what it remembers of the files.
        out.insert(out.end(), {"--overlay2=none", "--file-access=shared", "--net-raw"});
        out.emplace_back(network_ == ContainerNetwork::none ? "--network=none" : "--network=sandbox");
    }
    out.emplace_back(verb);
    return out;
}

Arguments RuntimeCommand::create(bool has_terminal) const {
    auto out = begin("create");
    out.insert(out.end(), {"--bundle", settings_.folder.native(), "--pid-file", pid_file().native()});
    if (has_terminal) out.insert(out.end(), {"--console-socket", console_socket().native()});
    out.push_back(settings_.name);
    return out;
}

Arguments RuntimeCommand::start() const {
    auto out = begin("start");
    out.push_back(settings_.name);
    return out;
}

Arguments RuntimeCommand::exec(const std::string& exec) const {
    auto out = begin("exec");
    out.insert(out.end(), {"--process", exec_process_file(exec).native(),
                           is_gvisor() ? "--internal-pid-file" : "--pid-file", exec_pid_file(exec).native(),
                           settings_.name});
    return out;
}

Arguments RuntimeCommand::pause() const {
    auto out = begin("pause");
    out.push_back(settings_.name);
    return out;
}

Arguments RuntimeCommand::resume() const {
    auto out = begin("resume");
    out.push_back(settings_.name);
    return out;
}

Arguments RuntimeCommand::kill(int signal, std::optional<int> pid) const {
    auto out = begin("kill");
    if (pid) out.insert(out.end(), {"--pid", std::to_string(*pid)});
    out.insert(out.end(), {settings_.name, std::to_string(signal)});
    return out;
}

Arguments RuntimeCommand::stats() const {
    auto out = begin("events");
    out.insert(out.end(), {"--stats", settings_.name});
    return out;
}

Arguments RuntimeCommand::list_processes() const {
    auto out = begin("ps");
    out.push_back(settings_.name);
    return out;
}

Arguments RuntimeCommand::update() const {
    auto out = begin("update");
    out.insert(out.end(), {"--resources", "-", settings_.name});
    return out;
}

Arguments RuntimeCommand::remove() const {
    auto out = begin("delete");
    out.insert(out.end(), {"--force", settings_.name});
    return out;
}

Error explain_failure(std::string_view log, std::string_view verb) {
    const auto message = last_message(log);
    if (message.empty()) return {Code::internal, std::format("{}: the runtime failed without a word", verb)};
    const auto program = what_of_program(message);
    if (program.empty()) return {Code::internal, std::format("{}: {}", verb, message)};
    auto code = Code::internal;
    if (says_any(program, {"not found", "no such file"}))
        code = Code::not_found;
    else if (says_any(program, {"permission denied", "is a directory", "exec format error"}))
        code = Code::permission_denied;
    return {code, std::format("exec: {}", program)};
}

Result<UsageReport> parse_usage(std::string_view text) {
    RDT_TRY(const auto document, json::parse("usage", text, k_limits));
    const auto data = document.root()["data"];
    RDT_CHECK(data.expect_object());
    UsageReport report;
    RDT_TRY(report.cpu_ns, data["cpu"]["usage"]["total"].unsigned_integer_or(0));
    const auto memory = data["memory"]["usage"];
    RDT_TRY(report.memory_bytes, memory["usage"].unsigned_integer_or(0));
    report.memory_limit_bytes = limit_of(memory["limit"]);
    RDT_TRY(report.pids, data["pids"]["current"].unsigned_integer_or(0));
    report.pids_limit = limit_of(data["pids"]["limit"]);
    const auto blocks = data["blkio"]["ioServiceBytesRecursive"];
    report.block_read_bytes = sum_of(blocks, "Read") + sum_of(blocks, "read");
    report.block_written_bytes = sum_of(blocks, "Write") + sum_of(blocks, "write");
    return report;
}

std::vector<ListedProcess> parse_process_table(std::string_view text) {
    std::vector<ListedProcess> processes;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (auto process = parse_line(text.substr(0, end))) processes.push_back(std::move(*process));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return processes;
}

} // namespace redoubt::node::runtime
