// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/containers/process_list.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <format>
#include <system_error>

#include "common/base/file.hpp"
#include "common/base/safe_open.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::containers {

namespace {

constexpr std::uint64_t k_second = 1'000'000'000;
constexpr std::size_t k_most_processes = 8192;
constexpr std::size_t k_longest_command = 4096;    ///< of what is shown
constexpr std::size_t k_all_commands = 1UZ << 20U; ///< of all, as one answer must hold them
constexpr std::uint64_t k_largest_passwd = 1U << 20U;

template <class Number>
Number number_or_zero(std::string_view text) {
    Number value{};
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::vector<std::string_view> words_of(std::string_view text) {
    constexpr std::string_view k_blanks = " \t\n";
    std::vector<std::string_view> words;
    while (true) {
        const auto begin = text.find_first_not_of(k_blanks);
        if (begin == std::string_view::npos) return words;
        text.remove_prefix(begin);
        const auto end = std::min(text.find_first_of(k_blanks), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

/// The words behind "NAME:" in a status file. The name of the process comes first there and may hold anything
/// but a line break, which the kernel escapes.
std::vector<std::string_view> field_of(std::string_view status, std::string_view name) {
    while (!status.empty()) {
        const auto end = std::min(status.find('\n'), status.size());
        const auto line = status.substr(0, end);
        if (line.starts_with(name) && line.substr(name.size()).starts_with(":"))
            return words_of(line.substr(name.size() + 1));
        status.remove_prefix(std::min(end + 1, status.size()));
    }
    return {};
}

std::int64_t number_at(const std::vector<std::string_view>& words, std::size_t place) {
    return place < words.size() ? number_or_zero<std::int64_t>(words[place]) : 0;
}

/// Source: Linux Documentation/admin-guide/devices.txt; the packing: proc_pid_stat(5), tty_nr.
std::string terminal_name(std::int64_t number) {
    const auto device = static_cast<std::uint64_t>(number);
    const auto major = device >> 8U & 0xfffU;
    const auto minor = (device & 0xffU) | (device >> 12U & 0xfff00U);
    if (device == 0) return "?";
    if (major >= 136 && major <= 143) return std::format("pts/{}", (major - 136) * 256 + minor);
    return major == 4 ? std::format("tty{}", minor) : std::format("{}:{}", major, minor);
}

std::vector<std::string> split_command(std::string_view text) {
    text = text.substr(0, k_longest_command);
    if (text.ends_with('\0')) text.remove_suffix(1);
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto end = std::min(text.find('\0'), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

// Fields of a stat file behind the name, counted from the state.
enum : std::size_t {
    k_state = 0,
    k_ppid = 1,
    k_terminal = 4,
    k_user_ticks = 11,
    k_system_ticks = 12,
    k_nice = 16,
    k_threads = 17,
    k_start_ticks = 19,
    k_virtual_bytes = 20,
    k_resident_pages = 21,
};

std::uint64_t uptime() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * k_second + static_cast<std::uint64_t>(now.tv_nsec);
}

std::string pid_namespace_of(std::int64_t pid) {
    std::error_code error;
    return std::filesystem::read_symlink(std::format("/proc/{}/ns/pid", pid), error).native();
}

/// In the container's cgroup and those it has made in it.
std::vector<std::int64_t> pids_in_cgroup(const std::filesystem::path& group) {
    std::vector<std::int64_t> pids;
    const auto add = [&pids](const std::filesystem::path& folder) {
        const auto text = read_file(folder / "cgroup.procs");
        if (!text) return;
        for (const auto word : words_of(*text)) pids.push_back(number_or_zero<std::int64_t>(word));
    };
    add(group);
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator entry(group, error), end; !error && entry != end;
         entry.increment(error))
        if (entry->is_directory(error) && pids.size() < k_most_processes) add(entry->path());
    return pids;
}

/// Without a cgroup: all that share the PID namespace of the container's init.
std::vector<std::int64_t> pids_in_namespace(std::int64_t init) {
    std::vector<std::int64_t> pids;
    const auto wanted = pid_namespace_of(init);
    std::error_code error;
    for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end;
         entry.increment(error)) {
        const auto pid = number_or_zero<std::int64_t>(entry->path().filename().native());
        if (pid > 0 && !wanted.empty() && pid_namespace_of(pid) == wanted) pids.push_back(pid);
    }
    return pids;
}

std::optional<ProcessTexts> read_texts(std::int64_t pid) {
    const auto folder = std::format("/proc/{}/", pid);
    auto stat = read_file(folder + "stat");
    auto status = read_file(folder + "status");
    if (!stat || !status) return std::nullopt; // it has ended
    // The command may be as long as its process likes, and is cut.
    std::string command(k_longest_command, '\0');
    const UniqueFd file(::open((folder + "cmdline").c_str(), O_RDONLY | O_CLOEXEC));
    const auto size = file ? ::read(file.get(), command.data(), command.size()) : 0;
    command.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return ProcessTexts{std::move(*stat), std::move(*status), std::move(command)};
}

std::map<std::uint32_t, std::string> names_in(std::int64_t init) {
    const UniqueFd root(::open(std::format("/proc/{}/root", init).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) return {};
    const auto file = open_in_root(root.get(), "etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file) return {};
    const auto text = read_file(std::format("/proc/self/fd/{}", file->get()), k_largest_passwd);
    return text ? user_names(*text) : std::map<std::uint32_t, std::string>();
}

/// Parents as the container counts them, users by name.
void complete(std::vector<ProcessInfo>& processes, const std::map<std::uint32_t, std::string>& names) {
    std::map<std::int64_t, std::int64_t> pids;
    for (const auto& process : processes) pids.emplace(process.outer_pid, process.pid);
    for (auto& process : processes) {
        const auto parent = pids.find(process.ppid);
        process.ppid = parent == pids.end() ? 0 : parent->second;
        if (const auto name = names.find(process.uid); name != names.end()) process.user = name->second;
    }
    std::ranges::sort(processes, {}, &ProcessInfo::pid);
}

} // namespace

std::optional<ProcessInfo> parse_process(const ProcessTexts& texts, const ProcessUnits& units) {
    // "PID (NAME) STATE PPID ...": a name may hold spaces and brackets, so its end is the last one.
    const auto open = texts.stat.find('(');
    const auto close = texts.stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
    const auto fields = words_of(std::string_view(texts.stat).substr(close + 1));
    const auto pids = field_of(texts.status, "NSpid");
    if (fields.size() <= k_resident_pages || pids.size() <= units.pid_level) return std::nullopt;
    const auto uids = field_of(texts.status, "Uid");
    const auto gids = field_of(texts.status, "Gid");
    const auto nanoseconds = [&](std::size_t field) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(number_at(fields, field), 0)) *
               (k_second / units.ticks_per_second);
    };
    ProcessInfo process;
    process.outer_pid = number_or_zero<std::int64_t>(texts.stat);
    process.pid = number_at(pids, units.pid_level);
    process.ppid = number_at(fields, k_ppid);
    process.uid = static_cast<std::uint32_t>(number_at(uids, 1)); // the effective one
    process.gid = static_cast<std::uint32_t>(number_at(gids, 1));
    process.user = std::to_string(process.uid);
    process.state = fields[k_state].substr(0, 1);
    process.terminal = terminal_name(number_at(fields, k_terminal));
    process.cpu_time_ns = nanoseconds(k_user_ticks) + nanoseconds(k_system_ticks);
    process.elapsed_ns = units.uptime_ns - std::min(units.uptime_ns, nanoseconds(k_start_ticks));
    process.resident_bytes =
        static_cast<std::uint64_t>(number_at(fields, k_resident_pages)) * units.page_bytes;
    process.virtual_bytes = static_cast<std::uint64_t>(number_at(fields, k_virtual_bytes));
    process.nice = static_cast<std::int32_t>(number_at(fields, k_nice));
    process.process_group = number_at(field_of(texts.status, "NSpgid"), units.pid_level);
    process.threads = static_cast<std::uint32_t>(number_at(fields, k_threads));
    process.name = texts.stat.substr(open + 1, close - open - 1);
    process.command = split_command(texts.command);
    return process;
}

std::map<std::uint32_t, std::string> user_names(std::string_view passwd) {
    std::map<std::uint32_t, std::string> names;
    while (!passwd.empty()) {
        const auto end = std::min(passwd.find('\n'), passwd.size());
        const auto line = passwd.substr(0, end);
        passwd.remove_prefix(std::min(end + 1, passwd.size()));
        const auto name_end = line.find(':');
        const auto password_end =
            line.find(':', name_end == std::string_view::npos ? name_end : name_end + 1);
        if (name_end == std::string_view::npos || password_end == std::string_view::npos) continue;
        std::uint32_t uid = 0;
        const auto number = line.substr(password_end + 1);
        const auto parsed = std::from_chars(number.data(), number.data() + number.size(), uid);
        const bool is_whole =
            parsed.ec == std::errc{} && parsed.ptr != number.data() + number.size() && *parsed.ptr == ':';
        if (is_whole) names.emplace(uid, line.substr(0, name_end)); // the first one counts
    }
    return names;
}

Result<std::vector<ProcessInfo>> list_processes(pid_t init,
                                                const std::optional<std::filesystem::path>& cgroup) {
    const auto init_texts = read_texts(init);
    if (!init_texts) return fail(Code::failed_precondition, "the container has ended");
    const auto levels = field_of(init_texts->status, "NSpid").size();
    const ProcessUnits units{.ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)),
                             .page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)),
                             .uptime_ns = uptime(),
                             .pid_level = levels == 0 ? 0 : levels - 1};
    const auto pids = cgroup ? pids_in_cgroup(*cgroup) : pids_in_namespace(init);
    std::vector<ProcessInfo> processes;
    std::size_t command_bytes = 0;
    for (const auto pid : pids) {
        if (processes.size() >= k_most_processes) break;
        auto texts = read_texts(pid);
        if (!texts) continue;
        command_bytes += texts->command.size();
        if (command_bytes > k_all_commands) texts->command.clear();
        if (auto process = parse_process(*texts, units)) processes.push_back(std::move(*process));
    }
    complete(processes, names_in(init));
    return processes;
}

} // namespace redoubt::containers
