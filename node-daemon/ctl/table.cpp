// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/table.hpp"

#include <algorithm>
#include <array>

namespace redoubt::ctl {
namespace {

/// Columns on a screen, near enough: UTF-8 continuation bytes take none.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string shortened(const std::string& text, std::size_t limit, Truncate truncate) {
    if (truncate == Truncate::no || text.size() <= limit) return text;
    std::size_t cut = limit - 3;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
    return text.substr(0, cut) + "...";
}

std::string id_of(const std::string& id, Truncate truncate) {
    return truncate == Truncate::yes ? short_id(id) : id;
}

std::string command_of(const pb::ContainerSummary& container) {
    std::string text;
    for (const auto& word : container.command()) text += (text.empty() ? "" : " ") + word;
    return text;
}

struct NameParts {
    std::string repository;
    std::string tag;
};

/// "host:5000/name:tag" -> {"host:5000/name", "tag"}.
NameParts split_name(const std::string& name) {
    if (const auto at = name.find('@'); at != std::string::npos) return {name.substr(0, at), "<none>"};
    const auto colon = name.rfind(':');
    const auto slash = name.rfind('/');
    if (colon == std::string::npos || (slash != std::string::npos && colon < slash)) return {name, "<none>"};
    return {name.substr(0, colon), name.substr(colon + 1)};
}

std::string verdict_text(pb::CheckResult::Verdict verdict) {
    if (verdict == pb::CheckResult::OK) return "ok";
    return verdict == pb::CheckResult::WARNING ? "warning" : "FAILED";
}

} // namespace

std::string printable(const std::string& text) {
    std::string out = text;
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return out;
}

std::string render_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
    }
    std::string out;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            out += row[i];
            if (i + 1 < row.size()) out += std::string(widths[i] - width_of(row[i]) + 2, ' ');
        }
        out += '\n';
    }
    return out;
}

std::string short_id(const std::string& id) {
    constexpr std::string_view k_algorithm = "sha256:";
    return id.substr(id.starts_with(k_algorithm) ? k_algorithm.size() : 0, 12);
}

// An open enum: a newer daemon may know more states.
std::string name_of_state(pb::ContainerState state) {
    if (state == pb::CREATED) return "created";
    if (state == pb::STARTING) return "starting";
    if (state == pb::RUNNING) return "running";
    if (state == pb::STOPPING) return "stopping";
    return state == pb::EXITED ? "exited" : "unknown";
}

std::string name_of_state(const pb::ContainerSummary& container) {
    return container.paused() ? "paused" : name_of_state(container.state());
}

std::string render_status(const pb::ContainerSummary& container, UnixTime now) {
    if (container.state() == pb::RUNNING) {
        return "Up " + render_rough_duration(now - container.started_at()) +
               (container.paused() ? " (Paused)" : "");
    }
    if (container.state() == pb::EXITED) {
        const std::string why = container.reason().empty() ? "" : ": " + printable(container.reason());
        return std::format("Exited ({}{}) {} ago", container.exit_code(), why,
                           render_rough_duration(now - container.finished_at()));
    }
    std::string name = name_of_state(container.state());
    name.front() = static_cast<char>(name.front() - 'a' + 'A');
    return name;
}

namespace {

/// Nobody is to take a simulation for the real thing.
std::string name_of_runtime(const pb::ContainerSummary& container) {
    return container.runtime() + (container.simulation() ? " (simulation)" : "");
}

} // namespace

std::string render_containers(const std::vector<pb::ContainerSummary>& containers, UnixTime now,
                              Truncate truncate) {
    std::vector<std::vector<std::string>> rows{
        {"CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "RUNTIME", "NAMES"}};
    for (const auto& container : containers) {
        rows.push_back({id_of(container.id(), truncate), container.image(),
                        shortened(printable(command_of(container)), 20, truncate),
                        render_rough_duration(now - container.created_at()) + " ago",
                        render_status(container, now), name_of_runtime(container), container.name()});
    }
    return render_table(rows);
}

std::string render_decimal_size(std::uint64_t bytes) {
    constexpr std::array k_units{"B", "kB", "MB", "GB", "TB", "PB"};
    auto number = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (number >= 1000 && unit + 1 < k_units.size()) {
        number /= 1000;
        ++unit;
    }
    return std::format("{:.3g} {}", number, k_units[unit]);
}

std::string render_images(const pb::ListImagesResponse& images, UnixTime now, Truncate truncate) {
    std::vector<std::vector<std::string>> rows{{"REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"}};
    for (const auto& image : images.images()) {
        std::vector<std::string> names(image.names().begin(), image.names().end());
        if (names.empty()) names.emplace_back("<none>");
        for (const auto& name : names) {
            const auto parts = split_name(name);
            const std::string created =
                image.created_at() == 0 ? "-" : render_rough_duration(now - image.created_at()) + " ago";
            rows.push_back(
                {parts.repository, parts.tag, id_of(image.id(), truncate), created,
                 render_decimal_size(image.size_bytes()) + (image.encrypted() ? " (encrypted)" : "")});
        }
    }
    return render_table(rows);
}

std::string render_node_info(const pb::NodeInfo& info, UnixTime now) {
    const std::string reason =
        info.accelerator_reason().empty() ? "" : " (" + info.accelerator_reason() + ")";
    std::vector<std::vector<std::string>> rows{
        {"Host name:", info.hostname()},
        {"Version:", info.version()},
        {"Kernel:", info.kernel()},
        {"Processors:", std::to_string(info.cpus())},
        {"Memory:", render_decimal_size(info.memory_bytes())},
        {"State:", info.state_directory()},
        {"Hypervisor:", info.hypervisor_version()},
        {"Accelerator:", info.accelerator() + reason},
        {"Guest version:", info.guest_version()},
        {"Guest kernel:", "sha384:" + info.guest_kernel_sha384()},
        {"Guest initramfs:", "sha384:" + info.guest_initramfs_sha384()},
        {"Containers:", std::format("{} ({} running)", info.containers_total(), info.containers_running())},
        {"Images:", std::to_string(info.images())},
        {"VMs waiting:", std::format("{} ({} of a kind wanted)", info.pool_waiting(), info.pool_size())},
        {"Daemon up:", render_rough_duration(now - info.started_at())},
    };
    if (info.drained()) rows.push_back({"Drained:", "no container starts until 'redoubtctl node resume'"});
    return render_table(rows);
}

std::string render_checks(const pb::CheckNodeResponse& response) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& check : response.checks()) {
        rows.push_back({verdict_text(check.verdict()), check.name(), printable(check.detail())});
        if (!check.remedy().empty()) rows.push_back({"", "", "remedy: " + printable(check.remedy())});
    }
    return render_table(rows);
}

std::string render_event(const pb::Event& event) {
    std::vector<std::pair<std::string, std::string>> attributes(event.attributes().begin(),
                                                                event.attributes().end());
    if (!event.name().empty()) attributes.emplace_back("name", event.name());
    std::ranges::sort(attributes);
    std::string details;
    for (const auto& [key, value] : attributes) {
        details += std::format("{}{}={}", details.empty() ? "" : ", ", key, printable(value));
    }
    return std::format("{} {} {} {}{}\n", render_time(event.time()), event.type(), event.action(), event.id(),
                       details.empty() ? "" : " (" + details + ")");
}

} // namespace redoubt::ctl
