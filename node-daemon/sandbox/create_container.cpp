// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <optional>

#include "common/async/async_unwind.hpp"
#include "common/log/log.hpp"
#include "node-daemon/image/image_store.hpp"
#include "node-daemon/launch/vm_start.hpp"
#include "node-daemon/sandbox/connect_network.hpp"
#include "node-daemon/sandbox/container_name.hpp"
#include "node-daemon/sandbox/ledger.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/plan_sandbox.hpp"
#include "node-daemon/sandbox/pod.hpp"
#include "node-daemon/sandbox/probes.hpp"
#include "node-daemon/sandbox/restart_policy.hpp"
#include "node-daemon/sandbox/signal_name.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "node-daemon/sandbox/volume_use.hpp"

namespace redoubt::node::sandbox {
namespace {

Result<std::string> choose_name(const Node& node, const std::string& wanted) {
    if (wanted.empty()) {
        auto name = random_container_name();
        while (is_name_taken(node, name)) name = random_container_name() + "_" + random_hex(2);
        return name;
    }
    RDT_CHECK(check_name_is_free(node, wanted));
    return wanted;
}

Result<std::string> choose_stop_signal(const ContainerSpec& spec, const image::StoredImage& image) {
    const auto& wanted = spec.stop_signal.empty() ? image.config.stop_signal : spec.stop_signal;
    if (wanted.empty()) return "SIGTERM";
    RDT_CHECK(parse_signal(wanted).transform_error(context("stop signal")));
    return wanted;
}

/// What belongs to a VM is the pod's. Errors: not_found no such pod would be taken for the image.
Result<std::shared_ptr<Pod>> choose_pod(const Node& node, ContainerSpec& spec) {
    if (spec.pod.empty()) {
        if (spec.is_init)
            return fail(Code::invalid_argument, "a container without a pod is no init container");
        return nullptr;
    }
    if (launch::is_on_host(spec.level))
        return fail(Code::unimplemented,
                    "runtime '{}' is not implemented for containers of a pod: a pod is one VM, which its "
                    "containers share; run this one without a pod, or with --runtime vm",
                    launch::name_of(spec.level));
    auto pod = find_pod(node, spec.pod);
    if (!pod) return fail(Code::invalid_argument, "{}", pod.error().message);
    if ((*pod)->is_being_removed)
        return fail(Code::failed_precondition, "pod '{}' is being removed", (*pod)->record.name);
    if (spec.level == launch::IsolationLevel::confidential && (*pod)->spec.level != spec.level)
        return fail(Code::invalid_argument, "runtime 'confidential': its pod '{}' is a VM of runtime '{}'",
                    (*pod)->record.name, launch::name_of((*pod)->spec.level));
    spec.level = (*pod)->spec.level; // of the VM that they share
    if (!spec.networks.empty() || !spec.ports.empty() || !spec.hostname.empty())
        return fail(Code::invalid_argument,
                    "networks, ports and hostname are those of its pod '{}': give them when that is made",
                    (*pod)->record.name);
    if (spec.is_init && spec.restart.kind != RestartPolicy::Kind::no)
        return fail(Code::invalid_argument, "an init container has no restart policy of its own");
    spec.pod = (*pod)->record.id.str();
    return *pod;
}

/// The container as it will be, checked as far as that is possible without making anything: its plan can be
/// made.
Result<std::shared_ptr<Container>> make_container(Node& node, ContainerSpec spec) {
    RDT_TRY(auto pod, choose_pod(node, spec));
    RDT_TRY(const auto image, node.images.find(spec.image));
    RDT_TRY(auto name, choose_name(node, spec.name));
    RDT_TRY(spec.stop_signal, choose_stop_signal(spec, image));
    store::ContainerRecord record;
    record.id = ContainerId(random_hex(32));
    record.name = std::move(name);
    record.image_id = image.id;
    record.state = name_of(ContainerState::created);
    record.created_at = unix_now();
    spec.name = record.name;
    record.pod = PodId(spec.pod);
    record.spec = render_spec(spec);
    auto log_file = node.container_directory(record.id) / "container.log";
    auto container = std::make_shared<Container>(node.executor, node.pool, std::move(record), std::move(spec),
                                                 std::move(log_file), node.settings.log_max_bytes);
    container->pod = std::move(pod);
    RDT_TRY(const auto planned, plan_sandbox(node, *container, SandboxId("0")));
    container->command = planned.plan.container.process.args;
    container->record.command = render_strings(container->command);
    return container;
}

Task<void> create_steps(Node& node, std::shared_ptr<Container> container, AsyncUnwind& undo) {
    const auto id = container->record.id;
    const auto directory = node.container_directory(id);

    undo.push([&node, directory] { return forget(node, k_container_directory, directory); });
    RDT_CO_CHECK(co_await note(node, k_container_directory, directory, id));

    undo.push([&node, directory]() -> asio::awaitable<void> {
        return [](Node& on, std::filesystem::path path) -> asio::awaitable<void> {
            co_await remove_directory(on, std::move(path));
        }(node, directory);
    });
    RDT_CO_CHECK(co_await make_directory(node, directory, 0750));

    co_return co_await save(node, container);
}

Task<std::shared_ptr<Container>> create(Node& node, ContainerSpec spec, AsyncUnwind& undo) {
    RDT_CO_TRY(spec, co_await prepare_mounts(node, std::move(spec), undo));
    RDT_CO_TRY(auto container, make_container(node, std::move(spec)));
    const auto id = container->record.id;
    node.containers.emplace(id, container); // takes the name, before anything is waited for
    undo.push([&node, id]() -> asio::awaitable<void> {
        node.containers.erase(id);
        co_return;
    });
    auto created = co_await create_steps(node, container, undo);
    if (!created) co_return std::unexpected(created.error().within("create container"));
    co_return container;
}

} // namespace

Task<ContainerId> create_container(Node& node, ContainerSpec spec) {
    RDT_CO_CHECK(
        launch::check_level(spec.level, node.settings.minimum_level, node.settings.facts.confidential));
    RDT_CO_CHECK(check_restart(spec));
    RDT_CO_CHECK(check_probes(spec));
    RDT_CO_CHECK(launch::may_be_clone(spec.annotations));
    if (spec.pod.empty()) {
        RDT_CO_TRY(spec.networks, co_await choose_networks(node, spec));
    }
    // Before a volume is made for it: what cannot be at all.
    RDT_CO_TRY(const auto image, node.images.find(spec.image));
    spec = with_image_volumes(std::move(spec), image.config.volumes);
    std::optional<AsyncMutex::Guard> turn; // so that no volume goes before its user is known
    if (has_volumes(spec)) turn.emplace(co_await node.volume_changes.lock());
    AsyncUnwind undo;
    const auto container = co_await create(node, std::move(spec), undo);
    co_await undo.finish(container.has_value());
    if (!container) co_return std::unexpected(container.error());
    const auto& record = (*container)->record;
    publish(node, **container, "create");
    log::info("container created", {{"CONTAINER_ID", record.id.str()}, {"IMAGE", (*container)->spec.image}});
    co_return record.id;
}

} // namespace redoubt::node::sandbox
