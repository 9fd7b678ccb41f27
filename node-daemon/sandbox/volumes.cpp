// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// Volumes made, listed and removed. Each is a row in the store, an entry in the ledger, and a disk.

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <format>
#include <utility>

#include "common/encoding/json.hpp"
#include "common/log/log.hpp"
#include "node-daemon/launch/volume_key_uri.hpp"
#include "node-daemon/sandbox/container_name.hpp"
#include "node-daemon/sandbox/ledger.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "node-daemon/sandbox/volume_use.hpp"
#include "node-daemon/storage/volume_store.hpp"

namespace redoubt::node::sandbox {
namespace {

constexpr std::size_t k_most_volumes = 10'000;

std::string render_labels(const std::map<std::string, std::string>& labels) {
    boost::json::object out;
    for (const auto& [key, value] : labels) out[key] = value;
    return boost::json::serialize(out);
}

std::map<std::string, std::string> parse_labels(const std::string& text) {
    const auto document = json::parse("labels", text);
    if (!document) return {};
    return document->root().string_map().value_or(std::map<std::string, std::string>());
}

void publish(Node& node, const std::string& volume, std::string action) {
    NodeEvent event;
    event.type = "volume";
    event.action = std::move(action);
    event.id = volume;
    event.name = volume;
    node.events.publish(std::move(event));
}

Result<store::VolumeRecord> find_record(const Node& node, const std::string& volume) {
    if (volume.empty()) return fail(Code::invalid_argument, "no volume named");
    const auto found = node.volume_records.find(volume);
    if (found == node.volume_records.end()) return fail(Code::not_found, "no volume '{}'", volume);
    return found->second;
}

std::string list_names(const std::vector<std::shared_ptr<Container>>& containers) {
    std::string text;
    for (const auto& container : containers)
        text += std::format("{}'{}'", text.empty() ? "" : ", ", container->record.name);
    return text;
}

bool has_labels(const store::VolumeRecord& record, const std::map<std::string, std::string>& wanted) {
    const auto labels = parse_labels(record.labels);
    return std::ranges::all_of(wanted, [&labels](const auto& pair) {
        const auto found = labels.find(pair.first);
        return found != labels.end() && (pair.second.empty() || found->second == pair.second);
    });
}

} // namespace

Result<store::VolumeRecord> make_volume_record(const Node& node, const VolumeRequest& request) {
    store::VolumeRecord record;
    record.name = request.name.empty() ? random_hex(32) : request.name;
    if (!validate_container_name(record.name))
        return fail(
            Code::invalid_argument,
            "volume name '{}': a letter or digit, then letters, digits, '_', '.' and '-', at most 128",
            record.name);
    record.size_bytes = request.size_bytes != 0 ? request.size_bytes : node.settings.default_volume_bytes;
    if (record.size_bytes < storage::k_min_volume || record.size_bytes > storage::k_max_volume)
        return fail(Code::invalid_argument, "volume '{}': a size of {} bytes is not within 16 MiB and 16 TiB",
                    record.name, record.size_bytes);
    record.size_bytes = record.size_bytes / 4096 * 4096;
    if (node.volume_records.size() >= k_most_volumes)
        return fail(Code::resource_exhausted, "there are {} volumes: remove some (redoubtctl volume prune)",
                    k_most_volumes);
    if (!request.key_uri.empty())
        RDT_CHECK(
            launch::check_volume_key(request.key_uri).transform_error(context("volume '{}'", record.name)));
    record.key_uri = request.key_uri;
    record.is_encrypted = request.is_encrypted || !request.key_uri.empty();
    record.is_anonymous = request.is_anonymous;
    record.labels = render_labels(request.labels);
    record.created_at = unix_now();
    return record;
}

Task<void> make_volume(Node& node, store::VolumeRecord record) {
    const auto name = record.name;
    const auto content =
        record.is_encrypted ? storage::VolumeContent::nothing : storage::VolumeContent::filesystem;
    RDT_CO_CHECK(node.volumes.check_place().transform_error(context("create volume '{}'", name)));
    RDT_CO_CHECK(co_await note(node, k_volume, name, ContainerId(name)));
    auto made = co_await node.volumes.create(name, record.size_bytes, content);
    if (made) {
        auto row = record;
        made = co_await node.store.save(std::move(row));
    }
    if (!made) {
        co_await destroy_volume(node, name);
        co_return std::unexpected(made.error().within("create volume '" + name + "'"));
    }
    node.volume_records.emplace(name, std::move(record));
    publish(node, name, "create");
    log::info("volume created", {{"VOLUME", name}});
    co_return Status{};
}

asio::awaitable<void> destroy_volume(Node& node, std::string name) {
    if (const auto placed = node.volumes.check_place(); !placed) {
        log::error(placed.error().message, {{"VOLUME", name}});
        co_return;
    }
    // The row goes first: killed in between, the next start finds a disk in the ledger that has no owner.
    if (const auto removed = co_await node.store.remove_volume(name); !removed) {
        log::error(removed.error().message, {{"VOLUME", name}});
        co_return;
    }
    const bool was_known = node.volume_records.erase(name) != 0;
    if (const auto gone = co_await node.volumes.remove(name); !gone) {
        log::error(gone.error().message, {{"VOLUME", name}});
        co_return;
    }
    co_await forget(node, k_volume, name);
    if (was_known) publish(node, name, "remove");
}

VolumeInfo describe_volume(const Node& node, const store::VolumeRecord& record) {
    VolumeInfo info;
    info.name = record.name;
    info.size_bytes = record.size_bytes;
    info.used_bytes = node.volumes.used_bytes(record.name);
    info.labels = parse_labels(record.labels);
    info.created_at = record.created_at;
    info.is_encrypted = record.is_encrypted;
    info.is_anonymous = record.is_anonymous;
    info.key_uri = record.key_uri;
    info.path = node.volumes.file_of(record.name);
    for (const auto& user : users_of(node, record.name)) info.containers.push_back(user->record.id);
    return info;
}

Task<VolumeInfo> create_volume(Node& node, VolumeRequest request) {
    const auto turn = co_await node.volume_changes.lock();
    if (const auto known = node.volume_records.find(request.name); known != node.volume_records.end()) {
        const auto& its_key = known->second.key_uri;
        if (request.accepts_existing && !request.key_uri.empty() && its_key != request.key_uri)
            co_return fail(Code::failed_precondition, "volume '{}' exists, and its key is {}, not {}",
                           request.name, its_key.empty() ? "none" : its_key, request.key_uri);
        if (request.accepts_existing) co_return describe_volume(node, known->second);
        co_return fail(Code::already_exists, "volume '{}' exists: choose another name, or use --ignore",
                       request.name);
    }
    RDT_CO_TRY(auto record, make_volume_record(node, request));
    auto row = record;
    RDT_CO_CHECK(co_await make_volume(node, std::move(row)));
    co_return describe_volume(node, record);
}

std::vector<VolumeInfo> list_volumes(const Node& node) {
    std::vector<VolumeInfo> volumes;
    volumes.reserve(node.volume_records.size());
    for (const auto& [name, record] : node.volume_records) volumes.push_back(describe_volume(node, record));
    return volumes;
}

Result<VolumeInfo> inspect_volume(const Node& node, const std::string& volume) {
    RDT_TRY(const auto record, find_record(node, volume));
    return describe_volume(node, record);
}

Task<void> remove_volume(Node& node, std::string volume, RemoveVolumeMode mode) {
    RDT_CO_CHECK(find_record(node, volume));
    RDT_CO_CHECK(node.volumes.check_place());
    auto users = users_of(node, volume);
    if (!users.empty() && mode == RemoveVolumeMode::only_unused)
        co_return fail(Code::failed_precondition,
                       "volume '{}' is used by container {}: remove that first, or use --force", volume,
                       list_names(users));
    for (const auto& user : users)
        RDT_CO_CHECK(co_await remove_container(node, user->record.id.str(), RemoveMode::force));
    const auto turn = co_await node.volume_changes.lock();
    users = users_of(node, volume); // one may have been made meanwhile
    if (!users.empty())
        co_return fail(Code::failed_precondition, "volume '{}' is used by container {}", volume,
                       list_names(users));
    co_await destroy_volume(node, volume);
    if (node.volume_records.contains(volume))
        co_return fail(Code::internal, "volume '{}' could not be removed: see the daemon's log", volume);
    co_return Status{};
}

Task<std::vector<std::string>> prune_volumes(Node& node, std::map<std::string, std::string> labels) {
    RDT_CO_CHECK(node.volumes.check_place());
    const auto turn = co_await node.volume_changes.lock();
    std::vector<std::string> unused;
    for (const auto& [name, record] : node.volume_records)
        if (has_labels(record, labels) && users_of(node, name).empty()) unused.push_back(name);
    for (const auto& name : unused) co_await destroy_volume(node, name);
    std::erase_if(unused, [&node](const auto& name) { return node.volume_records.contains(name); });
    co_return unused;
}

} // namespace redoubt::node::sandbox
