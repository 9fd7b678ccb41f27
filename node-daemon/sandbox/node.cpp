// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/node.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cstdlib>

#include "common/encoding/hex.hpp"
#include "common/log/log.hpp"
#include "node-daemon/sandbox/container_name.hpp"
#include "node-daemon/sandbox/pod.hpp"

namespace redoubt::node::sandbox {

Result<std::shared_ptr<Container>> find_container(const Node& node, const std::string& wanted) {
    if (wanted.empty()) return fail(Code::invalid_argument, "no container named");
    if (const auto found = node.containers.find(ContainerId(wanted)); found != node.containers.end())
        return found->second;
    for (const auto& [id, container] : node.containers)
        if (container->record.name == wanted) return container;
    std::shared_ptr<Container> match;
    for (auto found = node.containers.lower_bound(ContainerId(wanted));
         found != node.containers.end() && found->first.str().starts_with(wanted); ++found) {
        if (match)
            return fail(Code::invalid_argument, "'{}' is the beginning of more than one container id",
                        wanted);
        match = found->second;
    }
    if (!match) return fail(Code::not_found, "no container '{}'", wanted);
    return match;
}

bool is_name_taken(const Node& node, const std::string& name) {
    return std::ranges::any_of(node.containers,
                               [&name](const auto& entry) { return entry.second->record.name == name; });
}

Status check_name_is_free(const Node& node, const std::string& name) {
    RDT_CHECK(validate_container_name(name));
    if (is_name_taken(node, name))
        return fail(Code::already_exists,
                    "the name '{}' is taken: remove that container or choose another name", name);
    return {};
}

Task<void> save(Node& node, std::shared_ptr<Container> container) {
    auto record = container->record;
    auto saved = co_await node.store.save(std::move(record));
    co_return saved.transform_error(context("save container '{}'", container->record.name));
}

asio::awaitable<void> save_or_log(Node& node, std::shared_ptr<Container> container) {
    const auto id = container->record.id.str();
    if (const auto saved = co_await save(node, std::move(container)); !saved)
        log::error(saved.error().message, {{"CONTAINER_ID", id}});
}

void publish(Node& node, const Container& container, std::string action,
             std::map<std::string, std::string> attributes) {
    attributes.emplace("image", container.spec.image);
    NodeEvent event;
    event.type = "container";
    event.action = std::move(action);
    event.id = container.record.id.str();
    event.name = container.record.name;
    event.attributes = std::move(attributes);
    node.events.publish(std::move(event));
}

std::string random_bytes(std::size_t count) {
    std::string random(count, '\0');
    // Blocks only until the kernel's pool is first filled; up to 256 bytes come whole. Source: getrandom(2).
    if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) std::abort();
    return random;
}

std::string random_hex(std::size_t bytes) {
    return encoding::to_hex(random_bytes(bytes));
}

asio::awaitable<void> leave(Node& node) {
    node.is_leaving = true;
    co_await close_pool(node);
    node.tasks.cancel();
    co_await node.tasks.join();
    for (const auto& [id, container] : node.containers) {
        for (const auto& feed : container->attached)
            feed->fail({Code::unavailable, "the node is shutting down"});
        if (!container->sandbox) continue;
        container->sandbox->is_closed = true;
        container->sandbox->probes.cancel();
        co_await container->sandbox->probes.join();
        container->sandbox->tasks.cancel();
        co_await container->sandbox->tasks.join();
        container->sandbox.reset();
    }
    for (const auto& [id, pod] : node.pods) {
        if (!pod->sandbox) continue;
        pod->sandbox->is_closed = true;
        pod->sandbox->tasks.cancel();
        co_await pod->sandbox->tasks.join();
        pod->sandbox.reset();
    }
}

} // namespace redoubt::node::sandbox
