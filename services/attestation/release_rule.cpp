// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/release_rule.hpp"

#include <algorithm>

#include "common/encoding/hex.hpp"
#include "common/tee/host/enrolled_node.hpp"
#include "services/attestation/host_rule.hpp"

namespace redoubt::services::attestation {
namespace {

namespace bj = boost::json;

constexpr std::string_view k_init_data = "init_data";
constexpr std::string_view k_tpm = "tpm";

/// Whether a list of digests has this field: each digest cut or filled with zeros to the field's size.
bool lists_digest(const ReferenceValues& values, std::string_view id, std::string_view field, Time now) {
    const auto* found = values.find(id, now);
    if (found == nullptr || field.empty()) return false;
    const auto fits = [&](const bj::value& value) {
        if (!value.is_string()) return false;
        const auto digest = encoding::from_hex(value.get_string());
        return digest && !digest->empty() && encoding::to_hex(fit(*digest, field.size() / 2)) == field;
    };
    if (found->value.is_array()) return std::ranges::any_of(found->value.get_array(), fits);
    return fits(found->value);
}

bj::object object_of(const std::map<std::string, std::string>& texts) {
    bj::object object;
    for (const auto& [name, text] : texts) object[name] = text;
    return object;
}

void check_launch(const ReleaseFacts& facts, const ReferenceValues& values, Time now,
                  std::vector<std::string>& faults) {
    if (facts.launch.empty()) faults.emplace_back("nothing of the launch was measured");
    for (const auto& [name, measured] : facts.launch)
        if (!values.lists(name, measured, now))
            faults.push_back(std::format("{} {} is not among the reference values", name,
                                         measured.empty() ? "(not proved)" : measured));
    if (facts.registers.empty()) return;
    // Registers count where the owner lists them.
    for (const auto* prefix : {"tpm_pcr", "rtmr_"})
        for (const auto& name : values.names(prefix, now)) {
            const auto found = facts.registers.find(name);
            const bool is_of_this_kind = std::ranges::any_of(
                facts.registers, [&](const auto& entry) { return entry.first.starts_with(prefix); });
            if (!is_of_this_kind || facts.launch.contains(name)) continue;
            if (found == facts.registers.end() || !values.lists(name, found->second, now))
                faults.push_back(
                    std::format("{} {} is not among the reference values", name,
                                found == facts.registers.end() ? "(not proved)" : found->second));
        }
}

/// A list that has ended, or cannot be read, still asks for a chip, and has none.
void check_box(const ReleaseFacts& facts, const ReferenceValues& values, Time now,
               std::vector<std::string>& faults) {
    const auto entry = values.all().find(tee::host::k_enrolled_nodes);
    // A TPM's evidence is of a key that is listed itself.
    if (entry == values.all().end() || facts.tee == k_tpm) return;
    const auto nodes = tee::host::parse_enrolled_nodes({&entry->second.value, entry->first});
    if (!nodes) {
        faults.push_back(nodes.error().message);
        return;
    }
    const auto has_chip = [](const tee::host::EnrolledNode& node) { return !node.chip_id.empty(); };
    if (std::ranges::none_of(*nodes, has_chip)) return;
    if (entry->second.expires <= now)
        faults.emplace_back("the enrolment of nodes has ended: enrol them again");
    else if (facts.chip_id.empty())
        faults.emplace_back("the guest's evidence names no chip, and the nodes are enrolled by theirs");
    else if (!std::ranges::contains(*nodes, facts.chip_id, &tee::host::EnrolledNode::chip_id))
        faults.push_back(std::format("chip {} is not of an enrolled node", facts.chip_id));
}

} // namespace

ReleaseFacts release_facts(const Claims& claims, std::string evidence_digest) {
    ReleaseFacts facts;
    facts.tee = claims.tee;
    if (claims.anchor_class) facts.anchor_class = tee::name_of(*claims.anchor_class);
    facts.is_debug = claims.is_debug;
    facts.vmpl = claims.vmpl;
    facts.launch = claims.launch;
    facts.registers = claims.pcrs;
    facts.init_data = claims.init_data;
    facts.evidence_digest = std::move(evidence_digest);
    facts.chip_id = claims.chip_id;
    return facts;
}

bj::object render_facts(const ReleaseFacts& facts) {
    return {{"tee", facts.tee},
            {"anchor-class", facts.anchor_class},
            {"debug", facts.is_debug},
            {"vmpl", facts.vmpl},
            {"launch", object_of(facts.launch)},
            {"registers", object_of(facts.registers)},
            {"init-data", facts.init_data},
            {"evidence-digest", facts.evidence_digest},
            {"chip-id", facts.chip_id}};
}

Result<ReleaseFacts> parse_facts(const json::Node& node) {
    ReleaseFacts facts;
    RDT_TRY(facts.tee, node["tee"].string());
    RDT_TRY(facts.anchor_class, node["anchor-class"].string());
    RDT_TRY(facts.is_debug, node["debug"].boolean());
    RDT_TRY(facts.vmpl, node["vmpl"].unsigned_integer());
    RDT_TRY(facts.launch, node["launch"].string_map());
    RDT_TRY(facts.registers, node["registers"].string_map());
    RDT_TRY(facts.init_data, node["init-data"].string());
    RDT_TRY(facts.evidence_digest, node["evidence-digest"].string());
    RDT_TRY(facts.chip_id, node["chip-id"].string_or()); // tokens of an older broker name no chip
    return facts;
}

std::vector<std::string> release_faults(const ReleaseFacts& facts, const ReferenceValues& values,
                                        AnchorRule anchors, Time now) {
    if (facts.tee == k_host_tee) return host_faults(facts, values, now);
    std::vector<std::string> faults;
    if (facts.is_debug) faults.emplace_back("the guest can be debugged from outside");
    if (facts.vmpl != 0) faults.push_back(std::format("VMPL {} is not 0", facts.vmpl));
    const bool is_simulation = facts.anchor_class == tee::name_of(tee::AnchorClass::simulation);
    const bool is_real = facts.anchor_class == tee::name_of(tee::AnchorClass::production) ||
                         facts.anchor_class == tee::name_of(tee::AnchorClass::operator_given);
    if (!is_real && !(is_simulation && anchors.allows_simulation))
        faults.push_back(std::format("anchor class '{}' is not enabled for this tenant", facts.anchor_class));
    check_launch(facts, values, now, faults);
    if (facts.init_data.empty())
        faults.emplace_back("the guest is bound to no init data");
    else if (!lists_digest(values, k_init_data, facts.init_data, now))
        faults.push_back(std::format("init data {} is not among the reference values", facts.init_data));
    check_box(facts, values, now, faults);
    return faults;
}

} // namespace redoubt::services::attestation
