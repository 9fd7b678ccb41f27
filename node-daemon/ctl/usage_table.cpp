// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/usage_table.hpp"

#include <algorithm>
#include <format>

#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/volume_output.hpp"

namespace redoubt::ctl {
namespace {

namespace json = boost::json;

constexpr double k_whole = 100;
constexpr std::uint64_t k_second = 1'000'000'000;

double percent(double part, double whole) {
    return whole > 0 ? std::max(part, 0.0) / whole * k_whole : 0;
}

/// Of one processor.
double cpu_percent(const pb::ContainerUsage& from, const pb::ContainerUsage& to) {
    if (to.cpu_usage_ns() < from.cpu_usage_ns()) return 0; // it was started anew
    return percent(static_cast<double>(to.cpu_usage_ns() - from.cpu_usage_ns()),
                   static_cast<double>(to.time() - from.time()));
}

pb::ContainerUsage at_start(const pb::ContainerUsage& usage) {
    pb::ContainerUsage start;
    start.set_time(usage.started_at());
    return start;
}

json::object usage_value(const UsageLine& line) {
    const auto& usage = line.usage;
    return {
        {"id", usage.id()},
        {"name", usage.name()},
        {"running", line.is_running},
        {"time", time_value(usage.time())},
        {"started_at", time_value(usage.started_at())},
        {"cpu_usage_ns", usage.cpu_usage_ns()},
        {"cpu_percent", line.cpu_percent},
        {"average_cpu_percent", line.average_cpu_percent},
        {"vcpus", usage.vcpus()},
        {"memory_bytes", usage.memory_bytes()},
        {"memory_limit_bytes", usage.memory_limit_bytes()},
        {"memory_percent", line.memory_percent},
        {"network_received_bytes", usage.network_received_bytes()},
        {"network_sent_bytes", usage.network_sent_bytes()},
        {"block_read_bytes", usage.block_read_bytes()},
        {"block_written_bytes", usage.block_written_bytes()},
        {"pids", usage.pids()},
        {"pids_limit", usage.pids_limit()},
    };
}

struct Total {
    std::size_t count = 0;
    std::size_t active = 0;
    std::uint64_t bytes = 0;
    std::uint64_t reclaimable = 0;
};

Total image_total(const pb::GetDiskUsageResponse& usage) {
    Total total{.bytes = usage.image_bytes(), .reclaimable = usage.reclaimable_image_bytes()};
    for (const auto& image : usage.images()) {
        ++total.count;
        if (image.containers() > 0) ++total.active;
    }
    return total;
}

Total container_total(const pb::GetDiskUsageResponse& usage) {
    Total total;
    for (const auto& container : usage.containers()) {
        const bool is_ended = container.state() == pb::CREATED || container.state() == pb::EXITED;
        ++total.count;
        total.bytes += container.size_bytes();
        if (is_ended)
            total.reclaimable += container.size_bytes();
        else
            ++total.active;
    }
    return total;
}

Total volume_total(const pb::GetDiskUsageResponse& usage) {
    Total total;
    for (const auto& volume : usage.volumes()) {
        ++total.count;
        total.bytes += volume.used_bytes();
        if (volume.containers().empty())
            total.reclaimable += volume.used_bytes();
        else
            ++total.active;
    }
    return total;
}

std::vector<std::string> total_row(const std::string& name, const Total& total) {
    const auto share = percent(static_cast<double>(total.reclaimable), static_cast<double>(total.bytes));
    return {name, std::to_string(total.count), std::to_string(total.active), render_decimal_size(total.bytes),
            std::format("{} ({:.0f}%)", render_decimal_size(total.reclaimable), share)};
}

json::object total_value(const Total& total) {
    return {{"total", total.count},
            {"active", total.active},
            {"size_bytes", total.bytes},
            {"reclaimable_bytes", total.reclaimable}};
}

std::string name_of_image(const pb::ImageDiskUsage& image) {
    return image.names().empty() ? "<none>" : image.names(0);
}

std::string age(UnixTime created_at, UnixTime now) {
    return created_at == 0 ? "-" : render_rough_duration(now - created_at) + " ago";
}

} // namespace

std::vector<UsageLine> UsageHistory::add(const pb::ContainerStatsResponse& response) {
    std::vector<UsageLine> lines;
    std::map<std::string, pb::ContainerUsage> now;
    for (const auto& usage : response.containers()) {
        const auto start = at_start(usage);
        const auto before = before_.find(usage.id());
        const bool is_known = before != before_.end() && before->second.started_at() == usage.started_at();
        UsageLine line{.usage = usage};
        line.cpu_percent = cpu_percent(is_known ? before->second : start, usage);
        line.average_cpu_percent = cpu_percent(start, usage);
        line.memory_percent = percent(static_cast<double>(usage.memory_bytes()),
                                      static_cast<double>(usage.memory_limit_bytes()));
        lines.push_back(std::move(line));
        now[usage.id()] = usage;
    }
    before_ = std::move(now);
    return lines;
}

std::string render_exact_duration(std::uint64_t nanoseconds) {
    const auto whole = nanoseconds / k_second;
    const auto hours = whole / 3600;
    const auto minutes = whole / 60 % 60;
    std::string seconds = std::format("{}.{:06}", whole % 60, nanoseconds % k_second / 1000);
    while (seconds.ends_with('0')) seconds.pop_back();
    if (seconds.ends_with('.')) seconds.pop_back();
    if (hours > 0) return std::format("{}h{}m{}s", hours, minutes, seconds);
    return minutes > 0 ? std::format("{}m{}s", minutes, seconds) : seconds + "s";
}

std::string render_usage(const std::vector<UsageLine>& lines, Truncate truncate) {
    std::vector<std::vector<std::string>> rows{{"ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET IO",
                                                "BLOCK IO", "PIDS", "CPU TIME", "AVG CPU %"}};
    for (const auto& line : lines) {
        const auto& usage = line.usage;
        const auto id = truncate == Truncate::yes ? short_id(usage.id()) : usage.id();
        if (!line.is_running) {
            rows.push_back({id, usage.name(), "--", "-- / --", "--", "-- / --", "-- / --", "--", "--", "--"});
            continue;
        }
        const auto pair = [](std::uint64_t left, std::uint64_t right) {
            return render_decimal_size(left) + " / " + render_decimal_size(right);
        };
        rows.push_back({id, usage.name(), std::format("{:.2f}%", line.cpu_percent),
                        pair(usage.memory_bytes(), usage.memory_limit_bytes()),
                        std::format("{:.2f}%", line.memory_percent),
                        pair(usage.network_received_bytes(), usage.network_sent_bytes()),
                        pair(usage.block_read_bytes(), usage.block_written_bytes()),
                        std::to_string(usage.pids()), render_exact_duration(usage.cpu_usage_ns()),
                        std::format("{:.2f}%", line.average_cpu_percent)});
    }
    return render_table(rows);
}

std::string usage_json(const std::vector<UsageLine>& lines) {
    json::array array;
    for (const auto& line : lines) array.push_back(usage_value(line));
    return indented(array);
}

std::string usage_json_lines(const std::vector<UsageLine>& lines) {
    std::string text;
    for (const auto& line : lines) text += json::serialize(usage_value(line)) + "\n";
    return text;
}

std::string render_disk_usage(const pb::GetDiskUsageResponse& usage) {
    return render_table({{"TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"},
                         total_row("Images", image_total(usage)),
                         total_row("Containers", container_total(usage)),
                         total_row("Local Volumes", volume_total(usage))});
}

std::string render_disk_usage_details(const pb::GetDiskUsageResponse& usage, UnixTime now) {
    std::vector<std::vector<std::string>> images{
        {"IMAGE", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS"}};
    for (const auto& image : usage.images()) {
        const auto unique = image.size_bytes() - std::min(image.size_bytes(), image.shared_bytes());
        images.push_back({name_of_image(image), short_id(image.id()), age(image.created_at(), now),
                          render_decimal_size(image.size_bytes()), render_decimal_size(image.shared_bytes()),
                          render_decimal_size(unique), std::to_string(image.containers())});
    }
    std::vector<std::vector<std::string>> containers{
        {"CONTAINER ID", "IMAGE", "SIZE", "CREATED", "STATUS", "NAMES"}};
    for (const auto& container : usage.containers()) {
        containers.push_back({short_id(container.id()), container.image(),
                              render_decimal_size(container.size_bytes()), age(container.created_at(), now),
                              name_of_state(container.state()), container.name()});
    }
    std::vector<std::vector<std::string>> volumes{{"VOLUME NAME", "LINKS", "SIZE"}};
    for (const auto& volume : usage.volumes())
        volumes.push_back({volume.name(), std::to_string(volume.containers_size()),
                           render_decimal_size(volume.used_bytes())});
    return "Images:\n\n" + render_table(images) + "\nContainers:\n\n" + render_table(containers) +
           "\nVolumes:\n\n" + render_table(volumes);
}

std::string disk_usage_json(const pb::GetDiskUsageResponse& usage) {
    json::array images;
    for (const auto& image : usage.images()) {
        images.push_back(json::object{{"id", image.id()},
                                      {"names", strings_value(image.names())},
                                      {"created_at", time_value(image.created_at())},
                                      {"size_bytes", image.size_bytes()},
                                      {"shared_bytes", image.shared_bytes()},
                                      {"containers", image.containers()}});
    }
    json::array containers;
    for (const auto& container : usage.containers()) {
        containers.push_back(json::object{{"id", container.id()},
                                          {"name", container.name()},
                                          {"image", container.image()},
                                          {"state", name_of_state(container.state())},
                                          {"created_at", time_value(container.created_at())},
                                          {"size_bytes", container.size_bytes()}});
    }
    json::object image_part = total_value(image_total(usage));
    image_part["items"] = std::move(images);
    json::object container_part = total_value(container_total(usage));
    container_part["items"] = std::move(containers);
    json::object volume_part = total_value(volume_total(usage));
    volume_part["items"] = volumes_value({usage.volumes().begin(), usage.volumes().end()});
    return indented(json::object{{"images", std::move(image_part)},
                                 {"containers", std::move(container_part)},
                                 {"volumes", std::move(volume_part)}});
}

} // namespace redoubt::ctl
