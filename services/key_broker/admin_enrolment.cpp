// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// Which TPMs and which boxes a tenant knows.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

#include "common/tee/host/enrolled_node.hpp"
#include "services/key_broker/admin.hpp"
#include "services/key_broker/admin_json.hpp"

namespace redoubt::services::key_broker {
namespace {

namespace bj = boost::json;
namespace kind = store::kind;
using reference_values::ReferenceValues;
using tee::host::EnrolledNode;

constexpr std::string_view k_known_keys = "trusted_aks";

bj::array with_key(const ReferenceValues& values, const std::string& key, tee::Time now) {
    bj::array keys;
    const auto* known = values.find(k_known_keys, now);
    if (known != nullptr && known->value.is_array()) keys = known->value.get_array();
    if (!std::ranges::contains(keys, bj::value(key))) keys.emplace_back(key);
    return keys;
}

/// Why a node cannot be known beside another; empty when it can. A chip and a TPM that were enrolled together
/// stay together: else a stranger's TPM would speak for a known chip.
std::string conflict_of(const EnrolledNode& known, const EnrolledNode& added) {
    const bool is_same_tpm = known.endorsement_key == added.endorsement_key;
    if (!added.chip_id.empty() && known.chip_id == added.chip_id && !is_same_tpm)
        return std::format("chip {} is enrolled with another endorsement key (sha256:{})", added.chip_id,
                           known.endorsement_key);
    if (is_same_tpm && !known.chip_id.empty() && known.chip_id != added.chip_id)
        return std::format("endorsement key sha256:{} is enrolled with another chip ({})",
                           added.endorsement_key, known.chip_id);
    return {};
}

/// The tenant's nodes and this one; one of the same TPM gives way.
Result<bj::array> with_node(const ReferenceValues& values, const EnrolledNode& added, tee::Time now) {
    bj::array list;
    const auto* known = values.find(tee::host::k_enrolled_nodes, now);
    if (known != nullptr) {
        RDT_TRY(const auto nodes, tee::host::parse_enrolled_nodes({&known->value, known->id}));
        for (const auto& node : nodes) {
            if (const auto conflict = conflict_of(node, added); !conflict.empty())
                return fail(Code::already_exists, "{}: take that out of {} first", conflict,
                            tee::host::k_enrolled_nodes);
            if (node.attestation_key != added.attestation_key)
                list.push_back(tee::host::render_enrolled_node(node));
        }
    }
    list.push_back(tee::host::render_enrolled_node(added));
    return list;
}

std::string stored(std::string_view name, bj::array value, const std::string& author, tee::Time now) {
    return reference_values::render_stored(
        {std::string(name), std::move(value), now + reference_values::k_default_lifetime, author});
}

} // namespace

Answer<bj::value> Admin::begin_enrolment(const Administrator& who, const std::string& tenant,
                                         std::string_view body, const attestation::Collateral& collateral) {
    if (const auto allowed = check(who, Role::policy, tenant, "tpm.challenge"); !allowed)
        return std::unexpected(allowed.error());
    auto challenge = enrolment_.challenge(tenant, body, collateral, now_());
    if (!challenge) return refuse("AttestationError", challenge.error());
    return *std::move(challenge);
}

Answer<void> Admin::finish_enrolment(const Administrator& who, const std::string& tenant,
                                     std::string_view body) {
    if (const auto allowed = check(who, Role::policy, tenant, "tpm.enrol"); !allowed) return allowed;
    const auto enrolled = enrolment_.activate(tenant, body, now_());
    if (!enrolled) return refuse("AttestationError", enrolled.error());
    const auto found = tenants_->find(tenant);
    if (!found) return refuse("RvpsError", found.error());
    auto nodes = with_node((*found)->values, *enrolled, now_());
    if (!nodes) return refuse("AttestationError", nodes.error());
    const auto node_text = stored(tee::host::k_enrolled_nodes, *std::move(nodes), who.name, now_());
    const auto key_text =
        stored(k_known_keys, with_key((*found)->values, enrolled->attestation_key, now_()), who.name, now_());
    bj::object facts{{"key", digest_text(enrolled->attestation_key)},
                     {"endorsement_key", "sha256:" + enrolled->endorsement_key}};
    if (!enrolled->chip_id.empty()) facts["chip_id"] = enrolled->chip_id;
    const auto place = [&](std::string_view name) {
        return store::ObjectName{tenant, kind_text(kind::k_reference_value), std::string(name)};
    };
    // Both or none: a key without its box would speak for any chip.
    return write(who,
                 {{place(k_known_keys), key_text, {}}, {place(tee::host::k_enrolled_nodes), node_text, {}}},
                 "tpm.enrol", tenant, "reference-value/trusted_aks", std::move(facts));
}

} // namespace redoubt::services::key_broker
