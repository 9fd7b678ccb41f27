// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace redoubt::installer {

/// What a machine has of what a node needs.
struct MachineFacts {
    bool uefi = false;
    bool secure_boot = false; ///< enforced
    bool setup_mode = false;  ///< the firmware takes keys
    bool tpm2 = false;
    bool kvm = false;
    bool sev_snp = false;
    bool tdx = false;
    bool iommu = false;
    std::uint64_t memory_bytes = 0;
};

/// needed: without it there is no node. wanted: without it some of it is missing or slow.
enum class Weight : std::uint8_t { needed, wanted };

struct Finding {
    std::string what; ///< "TPM 2.0"
    bool there = false;
    Weight weight = Weight::wanted;
    std::string remedy; ///< where it is not there: what to do
    [[nodiscard]] bool operator==(const Finding&) const = default;
};

/// Pure; always the same findings in the same order.
[[nodiscard]] std::vector<Finding> examine(const MachineFacts& facts);
/// One line a finding: "ok      UEFI", "MISSING TPM 2.0: switch on ...".
[[nodiscard]] std::string render(const std::vector<Finding>& findings);
/// Whether nothing that is needed is missing.
[[nodiscard]] bool can_be_a_node(const std::vector<Finding>& findings);

/// Looks at the machine through files below `root` ("/": this one). What cannot be read counts as not there.
[[nodiscard]] MachineFacts gather_machine_facts(const std::filesystem::path& root);

} // namespace redoubt::installer
