// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/bus/containers.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "node-daemon/bus/authority.hpp"
#include "node-daemon/bus/method.hpp"
#include "node-daemon/bus/names.hpp"
#include "node-daemon/bus/options.hpp"

namespace redoubt::node::bus {
namespace {

using sandbox::ContainerSummary;

int find_container(sd_bus* /*bus*/, const char* path, const char* /*interface*/, void* userdata, void** found,
                   sd_bus_error* /*error*/) {
    *found = userdata;
    return static_cast<Containers*>(userdata)->find(path) ? 1 : 0;
}

int list_containers(sd_bus* /*bus*/, const char* /*prefix*/, void* userdata, char*** nodes,
                    sd_bus_error* /*error*/) {
    const auto all =
        sandbox::list_containers(static_cast<Containers*>(userdata)->node(), sandbox::ListScope::all);
    // sd-bus frees the list and each of its strings.
    auto** list = static_cast<char**>(std::calloc(all.size() + 1, sizeof(char*)));
    if (list == nullptr) return -ENOMEM;
    for (std::size_t i = 0; i < all.size(); ++i)
        list[i] = ::strdup(Containers::path_of(all[i].id.str()).c_str());
    *nodes = list;
    return 1;
}

int append_property(sd_bus_message* reply, std::string_view name, const ContainerSummary& container) {
    const auto text = [reply](const std::string& value) {
        return ::sd_bus_message_append(reply, "s", value.c_str());
    };
    if (name == "Id") return text(container.id.str());
    if (name == "Name") return text(container.name);
    if (name == "Image") return text(container.image);
    if (name == "ImageId") return text(container.image_id);
    if (name == "State") return text(std::string(name_of(container.state)));
    if (name == "Reason") return text(container.reason);
    if (name == "Command") return append_strings(reply, container.command);
    if (name == "Labels") return append_map(reply, container.labels);
    if (name == "CreatedAt") return ::sd_bus_message_append(reply, "x", container.created_at);
    if (name == "StartedAt") return ::sd_bus_message_append(reply, "x", container.started_at);
    if (name == "FinishedAt") return ::sd_bus_message_append(reply, "x", container.finished_at);
    if (name == "ExitCode") return ::sd_bus_message_append(reply, "i", container.exit_code);
    return ::sd_bus_message_append(reply, "b", container.oom_killed ? 1 : 0);
}

int get_property(sd_bus* /*bus*/, const char* path, const char* /*interface*/, const char* property,
                 sd_bus_message* reply, void* userdata, sd_bus_error* /*error*/) {
    const auto container = static_cast<const Containers*>(userdata)->find(path);
    return container ? append_property(reply, property, *container) : -ENOENT;
}

/// Who calls may do so, and on which container.
Task<ContainerSummary> enter(Containers& containers, sd_bus_message* call) {
    RDT_CO_CHECK(co_await authorize(containers.connection(), call, k_manage_containers));
    co_return containers.find(::sd_bus_message_get_path(call));
}

Result<Message> reply_job(sd_bus_message* call, const std::string& path) {
    RDT_TRY(auto reply, new_reply(call));
    RDT_CHECK(check(::sd_bus_message_append(reply.get(), "o", path.c_str()), "reply"));
    return reply;
}

Task<Message> start(Containers& containers, sd_bus_message* call) {
    RDT_CO_TRY(const auto container, co_await enter(containers, call));
    RDT_CO_CHECK(refuse_options(call));
    auto work = [&node = containers.node(), id = container.id.str()](const std::shared_ptr<Job>&) {
        return sandbox::start_container(node, id);
    };
    co_return reply_job(call, containers.jobs().begin({.kind = "start-container",
                                                       .subject = container.id.str(),
                                                       .action = k_manage_containers,
                                                       .is_cancellable = false,
                                                       .work = std::move(work)}));
}

Task<Message> stop(Containers& containers, sd_bus_message* call) {
    RDT_CO_TRY(const auto container, co_await enter(containers, call));
    std::uint32_t seconds = 0;
    RDT_CO_CHECK(check(::sd_bus_message_read(call, "u", &seconds), "read the timeout"));
    RDT_CO_CHECK(refuse_options(call));
    auto work = [&node = containers.node(), id = container.id.str(), seconds](const std::shared_ptr<Job>&) {
        return sandbox::stop_container(node, id, std::chrono::seconds(seconds));
    };
    co_return reply_job(call, containers.jobs().begin({.kind = "stop-container",
                                                       .subject = container.id.str(),
                                                       .action = k_manage_containers,
                                                       .is_cancellable = false,
                                                       .work = std::move(work)}));
}

Task<Message> kill(Containers& containers, sd_bus_message* call) {
    RDT_CO_TRY(const auto container, co_await enter(containers, call));
    const char* signal = nullptr;
    RDT_CO_CHECK(check(::sd_bus_message_read(call, "s", &signal), "read the signal"));
    RDT_CO_CHECK(refuse_options(call));
    RDT_CO_CHECK(co_await sandbox::kill_container(containers.node(), container.id.str(), signal));
    co_return new_reply(call);
}

Task<Message> remove(Containers& containers, sd_bus_message* call) {
    RDT_CO_TRY(const auto container, co_await enter(containers, call));
    bool is_forced = false;
    RDT_CO_CHECK(read_options(call, {{"force", &is_forced}}));
    const auto mode = is_forced ? sandbox::RemoveMode::force : sandbox::RemoveMode::only_stopped;
    RDT_CO_CHECK(co_await sandbox::remove_container(containers.node(), container.id.str(), mode));
    co_return new_reply(call);
}

constexpr std::uint64_t k_changes = SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE;
constexpr std::uint64_t k_constant = SD_BUS_VTABLE_PROPERTY_CONST;
constexpr std::uint64_t k_anyone = SD_BUS_VTABLE_UNPRIVILEGED; // authorize() decides

const std::array k_vtable = std::to_array<sd_bus_vtable>({
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Id", "s", get_property, 0, k_constant),
    SD_BUS_PROPERTY("Name", "s", get_property, 0, k_changes),
    SD_BUS_PROPERTY("Image", "s", get_property, 0, k_constant),
    SD_BUS_PROPERTY("ImageId", "s", get_property, 0, k_constant),
    SD_BUS_PROPERTY("Command", "as", get_property, 0, k_constant),
    SD_BUS_PROPERTY("Labels", "a{ss}", get_property, 0, k_constant),
    SD_BUS_PROPERTY("CreatedAt", "x", get_property, 0, k_constant),
    SD_BUS_PROPERTY("State", "s", get_property, 0, k_changes),
    SD_BUS_PROPERTY("StartedAt", "x", get_property, 0, k_changes),
    SD_BUS_PROPERTY("FinishedAt", "x", get_property, 0, k_changes),
    SD_BUS_PROPERTY("ExitCode", "i", get_property, 0, k_changes),
    SD_BUS_PROPERTY("OomKilled", "b", get_property, 0, k_changes),
    SD_BUS_PROPERTY("Reason", "s", get_property, 0, k_changes),
    SD_BUS_METHOD_WITH_ARGS("Start", SD_BUS_ARGS("a{sv}", options), SD_BUS_ARGS("o", job),
                            (on_method<Containers, start>), k_anyone),
    SD_BUS_METHOD_WITH_ARGS("Stop", SD_BUS_ARGS("u", timeout_seconds, "a{sv}", options),
                            SD_BUS_ARGS("o", job), (on_method<Containers, stop>), k_anyone),
    SD_BUS_METHOD_WITH_ARGS("Kill", SD_BUS_ARGS("s", signal, "a{sv}", options), SD_BUS_NO_RESULT,
                            (on_method<Containers, kill>), k_anyone),
    SD_BUS_METHOD_WITH_ARGS("Remove", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT,
                            (on_method<Containers, remove>), k_anyone),
    SD_BUS_VTABLE_END,
});

} // namespace

int append_strings(sd_bus_message* message, const std::vector<std::string>& strings) {
    int result = ::sd_bus_message_open_container(message, 'a', "s");
    for (const auto& text : strings)
        if (result >= 0) result = ::sd_bus_message_append(message, "s", text.c_str());
    return result < 0 ? result : ::sd_bus_message_close_container(message);
}

int append_map(sd_bus_message* message, const std::map<std::string, std::string>& map) {
    int result = ::sd_bus_message_open_container(message, 'a', "{ss}");
    for (const auto& [key, value] : map)
        if (result >= 0) result = ::sd_bus_message_append(message, "{ss}", key.c_str(), value.c_str());
    return result < 0 ? result : ::sd_bus_message_close_container(message);
}

Status Containers::export_objects() {
    RDT_CHECK(
        check(::sd_bus_add_fallback_vtable(connection_.get(), nullptr, k_containers, k_container_interface,
                                           k_vtable.data(), find_container, this),
              "put containers on the bus"));
    return check(
        ::sd_bus_add_node_enumerator(connection_.get(), nullptr, k_containers, list_containers, this),
        "put containers on the bus");
}

void Containers::announce(const sandbox::NodeEvent& event) {
    auto* bus = connection_.get();
    const auto path = path_of(event.id);
    if (event.action == "create")
        ::sd_bus_emit_object_added(bus, path.c_str());
    else if (event.action == "remove")
        ::sd_bus_emit_interfaces_removed(bus, path.c_str(), k_container_interface, nullptr);
    else if (find(path.c_str()))
        ::sd_bus_emit_properties_changed(bus, path.c_str(), k_container_interface, "State", "StartedAt",
                                         "FinishedAt", "ExitCode", "OomKilled", "Reason", nullptr);
    connection_.wake();
}

std::string Containers::path_of(const std::string& id) {
    char* path = nullptr;
    if (::sd_bus_path_encode(k_containers, id.c_str(), &path) < 0) return k_containers;
    const std::unique_ptr<char, decltype(&std::free)> owned(path, std::free);
    return path;
}

Result<ContainerSummary> Containers::find(const char* path) const {
    char* id = nullptr;
    if (::sd_bus_path_decode(path, k_containers, &id) <= 0)
        return fail(Code::not_found, "no object {}", path);
    const std::unique_ptr<char, decltype(&std::free)> owned(id, std::free);
    RDT_TRY(auto details, sandbox::inspect_container(node_, id));
    // A name or a shortened id finds a container, but is no object's.
    if (details.summary.id.str() != id) return fail(Code::not_found, "no object {}", path);
    return std::move(details.summary);
}

} // namespace redoubt::node::bus
