// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/tenant.hpp"

#include <algorithm>
#include <array>

#include "common/encoding/json.hpp"
#include "common/jose/jwk.hpp"
#include "common/jose/jws.hpp"
#include "services/attestation/default_policy.hpp"

namespace redoubt::services::key_broker {
namespace {

namespace kind = store::kind;

Result<reference_values::Signers> read_signers(const json::Node& node) {
    reference_values::Signers signers;
    RDT_TRY(const auto keys, node.array_or_empty());
    for (const auto& key_node : keys) {
        RDT_TRY(auto jwk, jose::parse_jwk(key_node));
        if (!jose::algorithm_of(jwk.key)) return key_node.wrong("not a key for ES256, ES384 or EdDSA");
        signers.push_back(std::move(jwk.key));
    }
    return signers;
}

/// A stored policy's text; nothing when the tenant has none.
Result<std::optional<std::string>> read_policy(store::TrustStore& store, const store::ObjectName& name) {
    auto object = store.get(name);
    if (object) return std::optional(std::string(object->value.view()));
    if (object.error().code == Code::not_found) return std::optional<std::string>();
    return std::unexpected(std::move(object).error());
}

} // namespace

Result<TenantSettings> parse_tenant_settings(std::string_view text) {
    RDT_TRY(const auto document, json::parse("tenant", text));
    const auto root = document.root();
    RDT_TRY(const auto members, root.members());
    for (const auto& [name, node] : members)
        if (!std::ranges::contains(
                std::array<std::string_view, 7>{"require_approval", "allow_simulation", "allow_vlek",
                                                "require_signed_reference_values", "reference_value_signers",
                                                "tcb_statuses", "advisories"},
                name))
            return node.wrong("no such setting");
    TenantSettings settings;
    RDT_TRY(settings.allows_simulation, root["allow_simulation"].boolean_or(false));
    RDT_TRY(settings.allows_vlek, root["allow_vlek"].boolean_or(false));
    RDT_TRY(settings.requires_approval, root["require_approval"].boolean_or(false));
    RDT_TRY(const bool needs_signature, root["require_signed_reference_values"].boolean_or(false));
    if (needs_signature) settings.unsigned_reference_values = reference_values::Unsigned::refused;
    RDT_TRY(settings.signers, read_signers(root["reference_value_signers"]));
    RDT_TRY(settings.tcb_statuses, root["tcb_statuses"].strings_or_empty());
    for (const auto& status : settings.tcb_statuses)
        RDT_CHECK(tee::tdx::parse_tcb_status(status).transform([](auto) {}));
    RDT_TRY(settings.advisories, root["advisories"].strings_or_empty());
    return settings;
}

bool is_tenant_name(std::string_view name) {
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return !name.empty() && name.size() <= 40 && is_letter(name[0]) && std::ranges::all_of(name, [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
    });
}

Result<const Tenant*> Tenants::find(const std::string& name) {
    if (generation_ != store_->generation()) {
        tenants_.clear();
        generation_ = store_->generation();
    }
    if (const auto found = tenants_.find(name); found != tenants_.end()) return found->second.get();
    RDT_TRY(auto tenant, load(name));
    const auto [place, is_new] = tenants_.emplace(name, std::make_unique<Tenant>(std::move(tenant)));
    return place->second.get();
}

Result<Tenant> Tenants::load(const std::string& name) {
    if (!is_tenant_name(name)) return fail(Code::not_found, "no such tenant");
    const auto stored = store_->get({"", std::string(kind::k_tenant), name});
    if (!stored) return std::unexpected(stored.error());
    RDT_TRY(auto settings, parse_tenant_settings(stored->value.view()));
    reference_values::ReferenceValues values;
    RDT_TRY(const auto listed, store_->list(name, kind::k_reference_value));
    for (const auto& entry : listed) {
        RDT_TRY(const auto object,
                store_->get_version({name, std::string(kind::k_reference_value), entry.name}, entry.version));
        RDT_TRY(auto value, reference_values::parse_stored(entry.name, object.value.view()));
        values.add(std::move(value));
    }
    RDT_TRY(const auto appraisal, read_policy(*store_, {name, std::string(kind::k_attestation_policy),
                                                        std::string(k_default_policy_id)}));
    RDT_TRY(auto appraiser, attestation::Appraiser::compile(appraisal ? std::string_view(*appraisal)
                                                                      : attestation::default_cpu_policy()));
    RDT_TRY(const auto policy_text,
            read_policy(*store_, {name, std::string(kind::k_resource_policy), "resource-policy"}));
    std::optional<ResourcePolicy> policy;
    if (policy_text) {
        RDT_TRY(policy, ResourcePolicy::compile(*policy_text));
    }
    return Tenant{name, std::move(settings), std::move(values), std::move(appraiser), std::move(policy)};
}

} // namespace redoubt::services::key_broker
