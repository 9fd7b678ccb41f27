// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cmath>

#include "common/log/log.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/plan_sandbox.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

constexpr std::uint64_t k_mebibyte = 1U << 20U;
constexpr auto k_remedy = "it cannot grow while it runs: stop the container, update it and start it again";

Status check_given(const LimitChanges& changes) {
    if (!changes.memory_bytes && !changes.cpus)
        return fail(Code::invalid_argument, "nothing to change: give a limit of memory or cpus");
    if (changes.memory_bytes && *changes.memory_bytes == 0)
        return fail(Code::invalid_argument, "memory of 0: a limit cannot be taken away, only changed");
    if (changes.cpus && !(*changes.cpus > 0))
        return fail(Code::invalid_argument, "cpus of {}: a limit cannot be taken away, only changed",
                    *changes.cpus);
    return {};
}

/// What the VM has, nothing can be added to: no VMM of ours plugs memory or processors into a running guest.
Status check_fits(const SandboxInfo& vm, const LimitChanges& changes) {
    if (changes.memory_bytes) {
        const auto available = vm.memory_bytes - std::min(vm.memory_bytes, launch::k_guest_overhead_bytes);
        if (*changes.memory_bytes > available)
            return fail(Code::failed_precondition,
                        "memory of {} MiB: the VM that runs has {} MiB for its container, and {}",
                        (*changes.memory_bytes + k_mebibyte - 1) / k_mebibyte, available / k_mebibyte,
                        k_remedy);
    }
    if (changes.cpus && std::ceil(*changes.cpus) > vm.vcpus)
        return fail(Code::failed_precondition, "cpus of {}: the VM that runs has {}, and {}", *changes.cpus,
                    vm.vcpus, k_remedy);
    return {};
}

/// Only what is to change; what is zero stays as it is.
oci::Resources chosen(const oci::Resources& all, const LimitChanges& changes) {
    oci::Resources resources;
    if (changes.memory_bytes) {
        resources.memory_limit = all.memory_limit;
        resources.memory_swap = all.memory_swap;
    }
    if (changes.cpus) {
        resources.cpu_quota = all.cpu_quota;
        resources.cpu_period = all.cpu_period;
    }
    return resources;
}

void set_limits(Container& container, const LimitChanges& limits) {
    if (limits.memory_bytes) container.spec.memory_bytes = *limits.memory_bytes;
    if (limits.cpus) container.spec.cpus = *limits.cpus;
    container.record.spec = render_spec(container.spec);
}

/// The container's specification with its new limits, which proves that they can be.
Result<oci::Resources> plan_limits(const Node& node, Container& container, const LimitChanges& changes) {
    const LimitChanges before{.memory_bytes = container.spec.memory_bytes, .cpus = container.spec.cpus};
    set_limits(container, changes);
    const auto planned = plan_sandbox(node, container, SandboxId("0"));
    if (planned) return planned->plan.container.linux_part.resources;
    set_limits(container, before);
    return std::unexpected(planned.error());
}

Task<void> apply(std::shared_ptr<Container> container, oci::Resources resources, LimitChanges changes) {
    const auto sandbox = container->sandbox;
    if (!sandbox) co_return Status{}; // it has ended meanwhile
    RDT_CO_CHECK(co_await sandbox->agent->update_container(container->record.id, chosen(resources, changes)));
    sandbox->container.linux_part.resources = std::move(resources);
    co_return Status{};
}

} // namespace

Task<void> update_container(Node& node, std::string container, LimitChanges changes) {
    RDT_CO_TRY(const auto found, find_container(node, container));
    const auto turn = co_await found->changes.lock();
    RDT_CO_CHECK(check_given(changes));
    const bool is_active_now = is_active(*found);
    if (is_active_now && (found->state != ContainerState::running || !found->sandbox->agent))
        co_return fail(Code::failed_precondition, "container '{}' is {}: try again when it is not",
                       found->record.name, name_of(found->state));
    if (is_active_now) RDT_CO_CHECK(check_fits(found->sandbox->facts.info, changes));

    const LimitChanges before{.memory_bytes = found->spec.memory_bytes, .cpus = found->spec.cpus};
    RDT_CO_TRY(auto resources, plan_limits(node, *found, changes));
    // The record first: what the guest was told and nobody wrote down would be gone with the next start.
    auto done = co_await save(node, found);
    if (done && is_active_now) done = co_await apply(found, std::move(resources), changes);
    if (!done) {
        set_limits(*found, before);
        co_await save_or_log(node, found);
        co_return std::unexpected(
            done.error().within(std::format("update container '{}'", found->record.name)));
    }
    publish(node, *found, "update");
    co_return Status{};
}

} // namespace redoubt::node::sandbox
