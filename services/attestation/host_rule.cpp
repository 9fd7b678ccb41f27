// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/host_rule.hpp"

#include <algorithm>

#include "common/tee/host/enrolled_node.hpp"

namespace redoubt::services::attestation {
namespace {

namespace host = tee::host;

constexpr std::string_view k_registers = "tpm_pcr";
constexpr std::string_view k_resource_plugin = "resource";

void check_enrolment(const ReleaseFacts& facts, const ReferenceValues& values, Time now,
                     std::vector<std::string>& faults) {
    const auto* entry = values.find(host::k_enrolled_nodes, now);
    if (entry == nullptr) {
        faults.emplace_back("no node is enrolled, or the enrolment has ended");
        return;
    }
    const auto nodes = host::parse_enrolled_nodes({&entry->value, entry->id});
    const auto key = facts.launch.find("attestation_key");
    if (!nodes)
        faults.push_back(nodes.error().message);
    else if (key == facts.launch.end() ||
             !std::ranges::contains(*nodes, key->second, &host::EnrolledNode::attestation_key))
        faults.emplace_back("the host's TPM is not of an enrolled node");
}

/// PCR 4, or 7 with 11: without them the other registers say nothing of what was booted.
void check_boot(const ReleaseFacts& facts, const ReferenceValues& values, Time now,
                std::vector<std::string>& faults) {
    const auto names = values.names(k_registers, now);
    for (const auto& name : names) {
        const auto found = facts.registers.find(name);
        if (found == facts.registers.end() || !values.lists(name, found->second, now))
            faults.push_back(std::format("{} {} is not among the reference values", name,
                                         found == facts.registers.end() ? "(not proved)" : found->second));
    }
    const auto has = [&](std::string_view name) { return std::ranges::contains(names, name); };
    if (!has("tpm_pcr4") && !(has("tpm_pcr7") && has("tpm_pcr11")))
        faults.emplace_back(
            "neither tpm_pcr4 nor tpm_pcr7 and tpm_pcr11 are among the reference values: anything could "
            "have been booted");
}

} // namespace

Status read_host_expectations(const ReferenceValues& values, Time now, Expectations& expected) {
    for (const auto& name : values.names(k_registers, now)) {
        const auto* entry = values.find(name, now);
        RDT_CHECK(host::add_reference_value(expected.boot_reference, name, {&entry->value, name},
                                            "reference values"));
    }
    if (const auto* nodes = values.find(host::k_enrolled_nodes, now)) {
        RDT_TRY(expected.nodes, host::parse_enrolled_nodes({&nodes->value, nodes->id}));
    }
    return {};
}

std::vector<std::string> host_faults(const ReleaseFacts& facts, const ReferenceValues& values, Time now) {
    std::vector<std::string> faults;
    if (facts.anchor_class != tee::name_of(tee::AnchorClass::operator_given))
        faults.push_back(
            std::format("anchor class '{}' is not that of an enrolled node", facts.anchor_class));
    check_enrolment(facts, values, now, faults);
    check_boot(facts, values, now, faults);
    return faults;
}

std::string repository_fault(const ReleaseFacts& facts, std::string_view plugin,
                             const std::vector<std::string>& path) {
    const bool is_for_hosts =
        plugin == k_resource_plugin && !path.empty() && path.front() == k_host_repository;
    if (facts.tee == k_host_tee && !is_for_hosts)
        return std::format("a host gets resources of the repository {} alone", k_host_repository);
    if (facts.tee != k_host_tee && is_for_hosts)
        return std::format("the repository {} is for hosts alone", k_host_repository);
    return {};
}

} // namespace redoubt::services::attestation
