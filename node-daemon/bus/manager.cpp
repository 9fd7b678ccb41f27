// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/bus/manager.hpp"

#include <algorithm>
#include <array>

#include "node-daemon/bus/authority.hpp"
#include "node-daemon/bus/method.hpp"
#include "node-daemon/bus/names.hpp"
#include "node-daemon/bus/options.hpp"
#include "node-daemon/sandbox/drain_node.hpp"
#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::bus {
namespace {

int get_property(sd_bus* /*bus*/, const char* /*path*/, const char* /*interface*/, const char* property,
                 sd_bus_message* reply, void* userdata, sd_bus_error* /*error*/) {
    auto& node = static_cast<Manager*>(userdata)->node();
    const std::string_view name = property;
    const auto count = [&node](sandbox::ListScope scope) {
        return static_cast<std::uint64_t>(sandbox::list_containers(node, scope).size());
    };
    const bool is_kvm = node.settings.accelerator.accelerator == launch::Accelerator::kvm;
    if (name == "Version") return ::sd_bus_message_append(reply, "s", REDOUBT_VERSION);
    if (name == "Hostname") return ::sd_bus_message_append(reply, "s", node.settings.host.hostname.c_str());
    if (name == "Accelerator") return ::sd_bus_message_append(reply, "s", is_kvm ? "kvm" : "tcg");
    if (name == "StartedAt") return ::sd_bus_message_append(reply, "x", node.started_at);
    if (name == "Drained") return ::sd_bus_message_append(reply, "b", sandbox::is_drained(node) ? 1 : 0);
    if (name == "ContainersRunning")
        return ::sd_bus_message_append(reply, "t", count(sandbox::ListScope::running));
    return ::sd_bus_message_append(reply, "t", count(sandbox::ListScope::all));
}

Result<Message> reply_path(sd_bus_message* call, const std::string& path) {
    RDT_TRY(auto reply, new_reply(call));
    RDT_CHECK(check(::sd_bus_message_append(reply.get(), "o", path.c_str()), "reply"));
    return reply;
}

/// Any container's name, id or the beginning of an id leads to its object. Anyone may ask.
Task<Message> find_container(Manager& manager, sd_bus_message* call) {
    const char* wanted = nullptr;
    RDT_CO_CHECK(check(::sd_bus_message_read(call, "s", &wanted), "read the name"));
    RDT_CO_TRY(const auto details, sandbox::inspect_container(manager.node(), wanted));
    co_return reply_path(call, Containers::path_of(details.summary.id.str()));
}

/// How much of all layers is there; a layer counts when it is converted, or as far as it is downloaded.
class PullProgress {
  public:
    double update(const sandbox::ImageLayerProgress& layer) {
        using enum sandbox::LayerStep;
        const bool is_done = layer.step == done || layer.step == exists;
        const double part = layer.total_bytes == 0 ? 0
                                                   : static_cast<double>(layer.done_bytes) /
                                                         static_cast<double>(layer.total_bytes);
        layers_[layer.digest] = is_done ? 1 : std::min(part, 1.0) / 2;
        double sum = 0;
        for (const auto& [digest, share] : layers_) sum += share;
        return sum / static_cast<double>(layers_.size());
    }

  private:
    std::map<std::string, double> layers_;
};

Task<void> pull(Manager& manager, std::shared_ptr<Job> job, sandbox::PullRequest request) {
    const auto progress = std::make_shared<PullProgress>();
    auto report = [&manager, job, progress](const sandbox::ImageLayerProgress& layer) {
        manager.jobs().report(*job, progress->update(layer));
    };
    const auto image = co_await sandbox::pull_image(manager.node(), std::move(request), std::move(report));
    if (!image) co_return std::unexpected(image.error());
    co_return Status();
}

Task<Message> pull_image(Manager& manager, sd_bus_message* call) {
    RDT_CO_CHECK(co_await authorize(manager.connection(), call, k_manage_images));
    const char* reference = nullptr;
    RDT_CO_CHECK(check(::sd_bus_message_read(call, "s", &reference), "read the reference"));
    sandbox::PullRequest request;
    request.reference = reference;
    RDT_CO_CHECK(read_options(call, {{"insecure", &request.is_insecure}}));
    auto subject = request.reference;
    auto work = [&manager, request = std::move(request)](std::shared_ptr<Job> job) {
        return pull(manager, std::move(job), request);
    };
    co_return reply_path(call, manager.jobs().begin({.kind = "pull-image",
                                                     .subject = std::move(subject),
                                                     .action = k_manage_images,
                                                     .is_cancellable = false,
                                                     .work = std::move(work)}));
}

Task<void> drain_node(Manager& manager, std::shared_ptr<Job> job, std::chrono::seconds timeout) {
    sandbox::DrainOptions options;
    options.timeout = timeout;
    options.is_cancelled = [job] { return job->is_cancelled; };
    options.progress = [&manager, job](const sandbox::DrainProgress& progress) {
        const auto total = static_cast<double>(std::max<std::size_t>(progress.total, 1));
        manager.jobs().report(*job, static_cast<double>(progress.stopped) / total);
    };
    co_return co_await sandbox::drain_node(manager.node(), std::move(options));
}

/// A timeout of 0: the node's own.
Task<Message> drain(Manager& manager, sd_bus_message* call) {
    RDT_CO_CHECK(co_await authorize(manager.connection(), call, k_manage_node));
    std::uint32_t seconds = 0;
    RDT_CO_CHECK(check(::sd_bus_message_read(call, "u", &seconds), "read the timeout"));
    RDT_CO_CHECK(refuse_options(call));
    const auto timeout = seconds == 0 ? manager.stop_timeout() : std::chrono::seconds(seconds);
    auto work = [&manager, timeout](std::shared_ptr<Job> job) {
        return drain_node(manager, std::move(job), timeout);
    };
    co_return reply_path(call, manager.jobs().begin({.kind = "drain-node",
                                                     .subject = manager.node().settings.host.hostname,
                                                     .action = k_manage_node,
                                                     .is_cancellable = true,
                                                     .work = std::move(work)}));
}

Task<Message> resume(Manager& manager, sd_bus_message* call) {
    RDT_CO_CHECK(co_await authorize(manager.connection(), call, k_manage_node));
    RDT_CO_CHECK(refuse_options(call));
    RDT_CO_CHECK(co_await sandbox::resume_node(manager.node()));
    co_return new_reply(call);
}

constexpr std::uint64_t k_changes = SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE;
constexpr std::uint64_t k_constant = SD_BUS_VTABLE_PROPERTY_CONST;
constexpr std::uint64_t k_anyone = SD_BUS_VTABLE_UNPRIVILEGED; // authorize() decides

const std::array k_vtable = std::to_array<sd_bus_vtable>({
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Version", "s", get_property, 0, k_constant),
    SD_BUS_PROPERTY("Hostname", "s", get_property, 0, k_constant),
    SD_BUS_PROPERTY("Accelerator", "s", get_property, 0, k_constant),
    SD_BUS_PROPERTY("StartedAt", "x", get_property, 0, k_constant),
    SD_BUS_PROPERTY("ContainersRunning", "t", get_property, 0, k_changes),
    SD_BUS_PROPERTY("ContainersTotal", "t", get_property, 0, k_changes),
    SD_BUS_PROPERTY("Drained", "b", get_property, 0, k_changes),
    SD_BUS_METHOD_WITH_ARGS("FindContainer", SD_BUS_ARGS("s", name), SD_BUS_ARGS("o", container),
                            (on_method<Manager, find_container>), k_anyone),
    SD_BUS_METHOD_WITH_ARGS("PullImage", SD_BUS_ARGS("s", reference, "a{sv}", options), SD_BUS_ARGS("o", job),
                            (on_method<Manager, pull_image>), k_anyone),
    SD_BUS_METHOD_WITH_ARGS("Drain", SD_BUS_ARGS("u", timeout_seconds, "a{sv}", options),
                            SD_BUS_ARGS("o", job), (on_method<Manager, drain>), k_anyone),
    SD_BUS_METHOD_WITH_ARGS("Resume", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT,
                            (on_method<Manager, resume>), k_anyone),
    SD_BUS_SIGNAL_WITH_ARGS("Event",
                            SD_BUS_ARGS("s", type, "s", action, "s", id, "s", name, "a{ss}", attributes), 0),
    SD_BUS_SIGNAL_WITH_ARGS("JobRemoved", SD_BUS_ARGS("u", id, "o", job, "s", state, "s", message), 0),
    SD_BUS_VTABLE_END,
});

Result<Message> make_event(sd_bus* bus, const sandbox::NodeEvent& event) {
    sd_bus_message* raw = nullptr;
    RDT_CHECK(check(::sd_bus_message_new_signal(bus, &raw, k_root, k_manager_interface, "Event"), "signal"));
    Message signal(raw);
    RDT_CHECK(check(::sd_bus_message_append(raw, "ssss", event.type.c_str(), event.action.c_str(),
                                            event.id.c_str(), event.name.c_str()),
                    "signal"));
    RDT_CHECK(check(append_map(raw, event.attributes), "signal"));
    return signal;
}

} // namespace

Status Manager::export_object() {
    auto* bus = connection().get();
    RDT_CHECK(check(::sd_bus_add_object_manager(bus, nullptr, k_root), "put the node on the bus"));
    return check(::sd_bus_add_object_vtable(bus, nullptr, k_root, k_manager_interface, k_vtable.data(), this),
                 "put the node on the bus");
}

void Manager::announce(const sandbox::NodeEvent& event) {
    auto* bus = connection().get();
    if (const auto signal = make_event(bus, event)) ::sd_bus_send(bus, signal->get(), nullptr);
    ::sd_bus_emit_properties_changed(bus, k_root, k_manager_interface, "ContainersRunning", "ContainersTotal",
                                     "Drained", nullptr);
    if (event.type == "container") containers_.announce(event);
    connection().wake();
}

} // namespace redoubt::node::bus
