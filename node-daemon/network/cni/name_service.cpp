// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/name_service.hpp"

#include <poll.h>
#include <signal.h> // kill(2)
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <format>
#include <optional>
#include <system_error>

#include "common/base/file.hpp"

namespace redoubt::node::network::cni {
namespace {

constexpr std::array k_programs{"/usr/lib/podman/aardvark-dns", "/usr/libexec/podman/aardvark-dns"};
constexpr std::size_t k_longest_name = 253; // RFC 1035, section 2.3.4, as text
constexpr std::size_t k_longest_label = 63;
constexpr Duration k_start_limit = std::chrono::seconds(20);
constexpr Duration k_end_limit = std::chrono::seconds(2);
constexpr auto k_pid_file = "aardvark.pid"; // its own

const char* find_program() {
    for (const auto* program : k_programs)
        if (::access(program, X_OK) == 0) return program;
    return nullptr;
}

/// Letters, digits, '-' and '_' in labels. In a zone's file a name with a blank or a comma would be two.
bool is_name(std::string_view name) {
    if (name.empty() || name.size() > k_longest_name) return false;
    std::size_t label = 0;
    for (const char c : name) {
        label = c == '.' ? 0 : label + 1;
        const bool is_allowed =
            std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
        if (!is_allowed || label > k_longest_label) return false;
    }
    return name.front() != '.' && name.back() != '.';
}

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ",") + word;
    return text;
}

std::string addresses_of(const NamedSandbox& sandbox, bool is_v6) {
    std::vector<std::string> chosen;
    for (const auto& address : sandbox.addresses)
        if (address.contains(':') == is_v6) chosen.push_back(address);
    return join(chosen);
}

/// The process that the folder's file names, unless the number is another's by now.
std::optional<pid_t> find_process(const std::filesystem::path& folder) {
    const auto text = read_file(folder / k_pid_file, 64);
    if (!text) return std::nullopt;
    pid_t pid = 0;
    std::from_chars(text->data(), text->data() + text->size(), pid);
    if (pid <= 1) return std::nullopt;
    // That of one which has ended, and whom nobody has waited for, is empty.
    const auto command = read_file(std::format("/proc/{}/cmdline", pid), 4096);
    if (!command || !command->contains("aardvark-dns")) return std::nullopt;
    return pid;
}

bool has_zones(const std::filesystem::path& folder) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error))
        if (entry->path().filename() != k_pid_file) return true;
    return false;
}

/// The program, and all of its folder.
Status take_away(const std::filesystem::path& folder) {
    const auto deadline = Clock::now() + k_end_limit;
    if (const auto pid = find_process(folder)) {
        ::kill(*pid, SIGTERM);
        while (find_process(folder) && Clock::now() < deadline) ::poll(nullptr, 0, 1);
        if (find_process(folder)) ::kill(*pid, SIGKILL);
    }
    std::error_code error;
    std::filesystem::remove_all(folder, error);
    if (error) return fail_errno(error.value(), "remove folder {}", folder.native());
    return {};
}

} // namespace

std::string render_zone(const NameZone& zone) {
    auto text = join(zone.listeners) + "\n";
    for (const auto& sandbox : zone.sandboxes) {
        std::vector<std::string> names;
        std::ranges::copy_if(sandbox.names, std::back_inserter(names), is_name);
        if (names.empty()) continue;
        text += std::format("{} {} {} {}\n", sandbox.sandbox.str(), addresses_of(sandbox, false),
                            addresses_of(sandbox, true), join(names));
    }
    return text;
}

bool NameService::is_installed() {
    return find_program() != nullptr;
}

std::filesystem::path NameService::file_of(const NameZone& zone) const {
    return folder_ / (zone.is_internal ? zone.network + "%int" : zone.network);
}

Status NameService::publish(const NameZone& zone) const {
    std::error_code error;
    if (zone.sandboxes.empty()) {
        std::filesystem::remove(file_of(zone), error);
        if (!has_zones(folder_)) return take_away(folder_);
        if (const auto pid = find_process(folder_)) ::kill(*pid, SIGHUP);
        return {};
    }
    std::filesystem::create_directories(folder_, error);
    if (error) return fail_errno(error.value(), "make folder {}", folder_.native());
    RDT_CHECK(write_file(file_of(zone), render_zone(zone)));
    return wake();
}

Status NameService::wake() const {
    if (const auto pid = find_process(folder_)) {
        if (::kill(*pid, SIGHUP) == 0) return {};
    }
    const auto* program = find_program();
    if (program == nullptr) return fail(Code::failed_precondition, "aardvark-dns is not installed");
    const auto ended = run_({.program = program,
                             .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
                             .input = {},
                             .limit = k_start_limit,
                             .arguments = {"--config", folder_.native(), "--port", "53", "run"}});
    if (!ended) return std::unexpected(ended.error().within("aardvark-dns"));
    if (ended->exit_code == 0) return {};
    return fail(Code::unavailable, "aardvark-dns ended with {}: {}", ended->exit_code, ended->errors);
}

} // namespace redoubt::node::network::cni
