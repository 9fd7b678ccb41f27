// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/prune.hpp"

#include <algorithm>
#include <iostream>

#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/table.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

namespace json = boost::json;

bool has_label(const pb::ContainerSummary& container, const std::string& label) {
    const auto equals = label.find('=');
    const auto found = container.labels().find(label.substr(0, equals));
    if (found == container.labels().end()) return false;
    return equals == std::string::npos || found->second == label.substr(equals + 1);
}

Result<bool> matches(const pb::ContainerSummary& container, const std::string& filter, UnixTime now) {
    constexpr std::string_view k_until = "until=";
    constexpr std::string_view k_label = "label=";
    constexpr std::string_view k_no_label = "label!=";
    if (filter.starts_with(k_label)) return has_label(container, filter.substr(k_label.size()));
    if (filter.starts_with(k_no_label)) return !has_label(container, filter.substr(k_no_label.size()));
    if (!filter.starts_with(k_until))
        return fail(Code::invalid_argument, "--filter '{}' is not until=, label= or label!=", filter);
    RDT_TRY(const auto moment,
            parse_moment(filter.substr(k_until.size()), now).transform_error(context("--filter until")));
    return container.created_at() < moment;
}

struct Pruned {
    Outcome containers;
    std::vector<std::string> volumes;
    pb::PruneImagesResponse images;
};

Result<Outcome> prune_containers(Client& client, const std::vector<std::string>& filters) {
    RDT_TRY(const auto all, client.list_containers(/*all=*/true));
    RDT_TRY(const auto chosen, choose_prunable(all, filters, unix_now()));
    std::vector<std::string> ids;
    ids.reserve(static_cast<std::size_t>(chosen.size()));
    for (const auto& container : chosen) ids.push_back(container.id());
    const auto remove_one = [&](const std::string& id) -> Status {
        auto removed = client.remove_container(id, /*force=*/false);
        // One that was removed or started meanwhile is no longer ours to remove.
        const bool has_changed = !removed && (removed.error().code == Code::not_found ||
                                              removed.error().code == Code::failed_precondition);
        return has_changed ? Status() : removed;
    };
    return for_each_name(ids, remove_one, exit_code_of);
}

std::string images_text(const pb::PruneImagesResponse& images) {
    std::string text;
    for (const auto& image : images.images()) {
        for (const auto& name : image.names()) text += "Untagged: " + name + "\n";
        text += "Deleted: " + image.id() + "\n";
    }
    return text;
}

json::array images_value(const pb::PruneImagesResponse& images) {
    json::array array;
    for (const auto& image : images.images())
        array.push_back(json::object{{"id", image.id()}, {"names", strings_value(image.names())}});
    return array;
}

std::string render(const Pruned& pruned) {
    std::string text;
    if (!pruned.containers.done.empty()) text += "Deleted Containers\n";
    for (const auto& id : pruned.containers.done) text += id + "\n";
    if (!pruned.volumes.empty()) text += "Deleted Volumes\n";
    for (const auto& name : pruned.volumes) text += name + "\n";
    if (!pruned.images.images().empty()) text += "Deleted Images\n" + images_text(pruned.images);
    return text + "Total reclaimed space: " + render_decimal_size(pruned.images.reclaimed_bytes()) + "\n";
}

} // namespace

Result<std::vector<pb::ContainerSummary>> choose_prunable(const pb::ListContainersResponse& containers,
                                                          const std::vector<std::string>& filters,
                                                          UnixTime now) {
    for (const auto& filter : filters) RDT_CHECK(matches({}, filter, now));
    std::vector<pb::ContainerSummary> chosen;
    for (const auto& container : containers.containers()) {
        const bool has_ended = container.state() == pb::CREATED || container.state() == pb::EXITED;
        const bool fits = std::ranges::all_of(filters, [&](const std::string& filter) {
            return matches(container, filter, now).value_or(false);
        });
        if (has_ended && fits) chosen.push_back(container);
    }
    return chosen;
}

bool is_confirmed(std::string_view text) {
    print_error(std::string(text) + "Are you sure you want to continue? [y/N] ");
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

Result<int> container_prune(Context context, const ContainerPruneOptions& options) {
    if (!options.force && !is_confirmed("WARNING! This will remove all containers that do not run.\n"))
        return 0;
    RDT_TRY(const auto outcome, prune_containers(context.client, options.filters));
    return report(outcome, context.json);
}

Result<int> image_prune(Context context, const ImagePruneOptions& options) {
    const auto* const warning = options.all ? "WARNING! This will remove all images that no container uses.\n"
                                            : "WARNING! This will remove all images without a name.\n";
    if (!options.force && !is_confirmed(warning)) return 0;
    RDT_TRY(const auto images, context.client.prune_images(options.all));
    const auto value =
        json::object{{"images", images_value(images)}, {"reclaimed_bytes", images.reclaimed_bytes()}};
    RDT_CHECK(print(context.json ? indented(value) : images_text(images)));
    return 0;
}

Result<int> system_prune(Context context, const SystemPruneOptions& options) {
    const std::string what =
        std::string("all containers that do not run") +
        (options.volumes ? ", all volumes that no container uses then" : "") + ", and " +
        (options.all ? "all images that no container uses then" : "all images without a name");
    if (!options.force && !is_confirmed("WARNING! This will remove " + what + ".\n")) return 0;
    Pruned pruned;
    RDT_TRY(pruned.containers, prune_containers(context.client, {}));
    if (options.volumes) {
        RDT_TRY(const auto volumes, context.client.prune_volumes({}));
        pruned.volumes.assign(volumes.removed().begin(), volumes.removed().end());
    }
    RDT_TRY(pruned.images, context.client.prune_images(options.all));
    const auto value = json::object{{"containers", strings_value(pruned.containers.done)},
                                    {"volumes", strings_value(pruned.volumes)},
                                    {"images", images_value(pruned.images)},
                                    {"reclaimed_bytes", pruned.images.reclaimed_bytes()}};
    RDT_CHECK(print(context.json ? indented(value) : render(pruned)));
    return pruned.containers.exit_code;
}

} // namespace redoubt::ctl
