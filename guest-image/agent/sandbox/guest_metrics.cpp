// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/sandbox/guest_metrics.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <format>
#include <optional>
#include <utility>

#include "common/base/file.hpp"

namespace redoubt::guest::sandbox {

namespace {

constexpr std::uint64_t k_kb = 1024;
constexpr std::size_t k_max_text = 1U << 20U;

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    for (;;) {
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.empty()) return words;
        const auto end = std::min(line.find_first_of(" \t"), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::optional<std::uint64_t> number_of(std::string_view word) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
    return value;
}

/// Text of the exposition format: samples of one metric stand together, below its HELP and TYPE lines.
class Exposition {
  public:
    void begin(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        text_ += std::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
    }
    void add(std::string_view value) { text_ += std::format("{} {}\n", name_, value); }
    void add(std::uint64_t value) { add(std::to_string(value)); }
    void add(std::string_view label, std::string_view item, std::string_view value) {
        text_ += std::format("{}{{{}=\"{}\"}} {}\n", name_, label, escape(item), value);
    }
    void add(std::string_view label, std::string_view of, std::string_view item, std::uint64_t value) {
        text_ +=
            std::format("{}{{{}=\"{}\",item=\"{}\"}} {}\n", name_, label, escape(of), escape(item), value);
    }
    std::string take() { return std::move(text_); }

  private:
    static std::string escape(std::string_view word) {
        std::string safe;
        for (const char c : word)
            if (c == '"' || c == '\\')
                (safe += '\\') += c;
            else if (static_cast<unsigned char>(c) >= 0x20)
                safe += c;
        return safe;
    }

    std::string name_, text_;
};

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Kata's spelling of a line of /proc/meminfo: "Active(anon)" is active_anon, "DirectMap4k" direct_map_4k.
std::string item_of(std::string_view key) {
    std::string name(key);
    for (auto at = name.find("HugePages"); at != std::string::npos; at = name.find("HugePages"))
        name[at + 4] = 'p';
    if (name == "Percpu") return "per_cpu";
    std::string item;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const char before = i > 0 ? name[i - 1] : '_';
        const char after = i + 1 < name.size() ? name[i + 1] : '_';
        if (c == '(' || c == ')') {
            if (c == '(') item += '_';
            continue;
        }
        const bool begins = (is_upper(c) && (is_lower(before) || (is_upper(before) && is_lower(after)))) ||
                            (is_digit(c) && is_lower(before));
        if (begins) item += '_';
        item += is_upper(c) && !is_digit(before) ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return item;
}

/// "key: value kB" lines.
void add_meminfo(Exposition& out, std::string_view text) {
    out.begin("kata_guest_meminfo", "gauge", "Statistics about memory usage in the system.");
    for (const auto line : lines_of(text)) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const auto words = words_of(line.substr(colon + 1));
        const auto value = words.empty() ? std::nullopt : number_of(words[0]);
        if (!value) continue;
        const bool is_kb = words.size() > 1 && words[1] == "kB";
        out.add("item", item_of(line.substr(0, colon)), std::to_string(is_kb ? *value * k_kb : *value));
    }
}

/// "name number" lines.
void add_table(Exposition& out, std::string_view text) {
    for (const auto line : lines_of(text)) {
        const auto words = words_of(line);
        if (words.size() != 2) continue;
        auto name = words[0];
        if (name.ends_with(':')) name.remove_suffix(1);
        if (number_of(words[1])) out.add("item", name, words[1]);
    }
}

void add_processors(Exposition& out, std::string_view text) {
    static constexpr std::array k_items = {"user", "nice",    "system", "idle",  "iowait",
                                           "irq",  "softirq", "steal",  "guest", "guest_nice"};
    const auto ticks = std::max(1L, ::sysconf(_SC_CLK_TCK));
    const auto ms_per_tick = 1000 / static_cast<std::uint64_t>(std::min(ticks, 1000L));
    out.begin("kata_guest_cpu_time", "gauge", "Guest CPU statistics.");
    for (const auto line : lines_of(text)) {
        const auto words = words_of(line);
        if (words.empty() || !words[0].starts_with("cpu")) continue;
        const auto number = words[0].substr(3);
        for (std::size_t i = 0; i < k_items.size() && i + 1 < words.size(); ++i)
            if (const auto value = number_of(words[i + 1]))
                out.add("cpu", number.empty() ? "total" : number, k_items.at(i), *value * ms_per_tick);
    }
}

void add_disks(Exposition& out, std::string_view text) {
    // Source: Documentation/admin-guide/iostats.rst.
    static constexpr std::array k_items = {"reads",
                                           "merged",
                                           "sectors_read",
                                           "time_reading",
                                           "writes",
                                           "writes_merged",
                                           "sectors_written",
                                           "time_writing",
                                           "in_progress",
                                           "time_in_progress",
                                           "weighted_time_in_progress",
                                           "discards",
                                           "discards_merged",
                                           "sectors_discarded",
                                           "time_discarding",
                                           "flushes",
                                           "time_flushing"};
    constexpr std::size_t k_first = 3; // after major, minor and name
    out.begin("kata_guest_diskstat", "gauge", "Disks statistics in system.");
    for (const auto line : lines_of(text)) {
        const auto words = words_of(line);
        for (std::size_t i = 0; i < k_items.size() && i + k_first < words.size(); ++i)
            if (const auto value = number_of(words[i + k_first]))
                out.add("disk", words[2], k_items.at(i), *value);
    }
}

struct InterfaceLine {
    std::string_view name;
    std::array<std::uint64_t, 16> counters{};
};

/// "eth0: 16 numbers"; the two lines of heading have no colon.
std::optional<InterfaceLine> parse_interface(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto name = words_of(line.substr(0, colon));
    const auto words = words_of(line.substr(colon + 1));
    InterfaceLine parsed;
    if (name.size() != 1 || words.size() < parsed.counters.size()) return std::nullopt;
    parsed.name = name[0];
    for (std::size_t i = 0; i < parsed.counters.size(); ++i) {
        const auto value = number_of(words[i]);
        if (!value) return std::nullopt;
        parsed.counters.at(i) = *value;
    }
    return parsed;
}

void add_interfaces(Exposition& out, std::string_view text) {
    static constexpr std::array k_items = {
        "recv_bytes",      "recv_packets",   "recv_errs",    "recv_drop",      "recv_fifo", "recv_frame",
        "recv_compressed", "recv_multicast", "sent_bytes",   "sent_packets",   "sent_errs", "sent_drop",
        "sent_fifo",       "sent_colls",     "sent_carrier", "sent_compressed"};
    out.begin("kata_guest_netdev_stat", "gauge", "Guest net devices statistics.");
    for (const auto line : lines_of(text)) {
        const auto parsed = parse_interface(line);
        for (std::size_t i = 0; parsed && i < k_items.size(); ++i)
            out.add("interface", parsed->name, k_items.at(i), parsed->counters.at(i));
    }
}

/// "0.11 0.12 0.13 1/97 1234".
void add_load(Exposition& out, std::string_view text) {
    const auto words = words_of(text.substr(0, text.find('\n')));
    if (words.size() < 4) return;
    out.begin("kata_guest_load", "gauge", "Guest system load.");
    static constexpr std::array k_loads = {"load1", "load5", "load15"};
    for (std::size_t i = 0; i < k_loads.size(); ++i)
        if (words[i].find_first_not_of("0123456789.") == std::string_view::npos)
            out.add("item", k_loads.at(i), words[i]);
    const auto slash = words[3].find('/');
    if (slash == std::string_view::npos) return;
    out.begin("kata_guest_tasks", "gauge", "Guest system load.");
    if (number_of(words[3].substr(0, slash))) out.add("item", "cur", words[3].substr(0, slash));
    if (number_of(words[3].substr(slash + 1))) out.add("item", "max", words[3].substr(slash + 1));
}

/// The numbers of /proc/self/stat behind the command's name, which may hold anything. Source: proc(5).
void add_own_stat(Exposition& out, std::string_view text) {
    const auto end = text.rfind(')');
    if (end == std::string_view::npos) return;
    const auto words = words_of(text.substr(end + 1, text.find('\n', end) - end - 1));
    constexpr std::size_t k_utime = 11, k_stime = 12, k_cutime = 13, k_cstime = 14, k_threads = 17,
                          k_vsize = 20, k_rss = 21;
    if (words.size() <= k_rss) return;
    const auto value_at = [&](std::size_t i) { return number_of(words[i]).value_or(0); };
    const auto ticks = static_cast<double>(std::max(1L, ::sysconf(_SC_CLK_TCK)));
    out.begin("kata_agent_threads", "gauge", "Agent process threads");
    out.add(value_at(k_threads));
    out.begin("kata_agent_total_time", "gauge", "Agent process total time");
    out.add(std::format("{:.2f}", static_cast<double>(value_at(k_utime) + value_at(k_stime)) / ticks));
    out.begin("kata_agent_total_vm", "gauge", "Agent process total VM size");
    out.add(value_at(k_vsize));
    out.begin("kata_agent_total_rss", "gauge", "Agent process total RSS size");
    out.add(value_at(k_rss) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
    out.begin("kata_agent_proc_stat", "gauge", "Agent process statistics.");
    for (const auto& [item, place] :
         {std::pair{"utime", k_utime}, {"stime", k_stime}, {"cutime", k_cutime}, {"cstime", k_cstime}})
        out.add("item", item, std::to_string(value_at(place)));
}

/// "VmRSS: 1234 kB" and the counters of switches.
void add_own_status(Exposition& out, std::string_view text) {
    out.begin("kata_agent_proc_status", "gauge", "Agent process status.");
    for (const auto line : lines_of(text)) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        std::string key(line.substr(0, colon));
        for (char& c : key)
            if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
        const auto words = words_of(line.substr(colon + 1));
        const bool is_kept = key.starts_with("vm") || key.starts_with("rss") ||
                             key.ends_with("_ctxt_switches") || key == "hugetlbpages";
        if (is_kept && !words.empty() && number_of(words[0])) out.add("item", key, words[0]);
    }
}

} // namespace

std::vector<InterfaceCounters> parse_interface_counters(std::string_view text) {
    std::vector<InterfaceCounters> all;
    for (const auto line : lines_of(text)) {
        const auto parsed = parse_interface(line);
        if (!parsed) continue;
        const auto& c = parsed->counters;
        all.push_back({std::string(parsed->name), c[0], c[1], c[2], c[3], c[8], c[9], c[10], c[11]});
    }
    return all;
}

std::vector<InterfaceCounters> interface_counters() {
    return parse_interface_counters(read_file("/proc/net/dev", k_max_text).value_or(""));
}

ProcTexts read_proc_texts() {
    const auto text_of = [](const char* path) { return read_file(path, k_max_text).value_or(""); };
    return {.meminfo = text_of("/proc/meminfo"),
            .vmstat = text_of("/proc/vmstat"),
            .stat = text_of("/proc/stat"),
            .loadavg = text_of("/proc/loadavg"),
            .diskstats = text_of("/proc/diskstats"),
            .net_dev = text_of("/proc/net/dev"),
            .own_status = text_of("/proc/self/status"),
            .own_stat = text_of("/proc/self/stat"),
            .own_io = text_of("/proc/self/io")};
}

std::string render_metrics(const ProcTexts& texts, std::uint64_t scrape_count) {
    Exposition out;
    out.begin("kata_agent_scrape_count", "counter", "Metrics scrape count");
    out.add(scrape_count);
    add_own_stat(out, texts.own_stat);
    add_own_status(out, texts.own_status);
    out.begin("kata_agent_io_stat", "gauge", "Agent process IO statistics.");
    add_table(out, texts.own_io);
    add_load(out, texts.loadavg);
    add_processors(out, texts.stat);
    out.begin("kata_guest_vm_stat", "gauge", "Guest virtual memory statistics.");
    add_table(out, texts.vmstat);
    add_interfaces(out, texts.net_dev);
    add_disks(out, texts.diskstats);
    add_meminfo(out, texts.meminfo);
    return out.take();
}

} // namespace redoubt::guest::sandbox
