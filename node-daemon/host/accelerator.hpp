// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Which accelerator VMs get. /dev/kvm may open, and make a VM, and still never run one (nested and
/// para-virtual hosts), so KVM counts only when a guest kernel has booted under it. See
/// docs/adr/0010-kvm-must-be-proved.md.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/async/task.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::node::host {

struct AcceleratorChoice {
    launch::Accelerator accelerator = launch::Accelerator::tcg;
    std::string reason; ///< "kvm: a guest kernel booted", "no kvm: /dev/kvm does not exist"
};

/// What the operator asked for.
enum class AcceleratorWish { automatic, kvm, tcg };
/// Errors: invalid_argument when `text` is not auto, kvm or tcg.
[[nodiscard]] Result<AcceleratorWish> parse_accelerator_wish(std::string_view text);

struct ProbeInputs {
    AcceleratorWish wish = AcceleratorWish::automatic;
    std::filesystem::path kvm_device = "/dev/kvm";
    /// Remembers the answer; read only when `key` is the same. Best below the runtime directory.
    std::filesystem::path cache;
    /// What the answer depends on: boot id, hypervisor version, guest kernel. One line.
    std::string key;
};

/// Boots a guest under KVM and returns when it has shown life; fails when it has not.
/// The composition gives it, as this module knows no hypervisor.
using TrialBoot = std::function<Task<void>()>;

/// Decides once; the answer of a trial is remembered in the cache.
/// Errors: failed_precondition KVM was demanded and does not work.
Task<AcceleratorChoice> choose_accelerator(ProbeInputs inputs, TrialBoot trial);

/// The cache file's content, and back; nothing when it is another key's, or unreadable.
[[nodiscard]] std::string render_probe_cache(const std::string& key, const AcceleratorChoice& choice);
[[nodiscard]] std::optional<AcceleratorChoice> parse_probe_cache(std::string_view text, std::string_view key);

} // namespace redoubt::node::host
