// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/vm_settings.hpp"

#include <utility>

#include "common/log/log.hpp"

namespace redoubt::node {

Result<hypervisor::qemu::QemuSettings> make_vm_settings(const Config& config) {
    hypervisor::qemu::QemuSettings settings;
    settings.program = config.hypervisor.qemu;
    settings.most_templates = config.hypervisor.templates;
    settings.template_limit = config.sandbox.boot_timeout;
    if (!config.hypervisor.user.empty()) {
        RDT_TRY(settings.run_as, hypervisor::qemu::find_identity(config.hypervisor.user)
                                     .transform_error(context("hypervisor.user")));
    }
    if (hypervisor::qemu::VmGroups groups; const auto usable = groups.check())
        settings.groups = std::move(groups);
    else
        log::warning("VMs have no ceiling of memory: " + usable.error().message);
    return settings;
}

} // namespace redoubt::node
