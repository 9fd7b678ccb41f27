// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// What administrators look at, and change nothing by.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "common/encoding/base64.hpp"
#include "services/attestation/default_policy.hpp"
#include "services/key_broker/admin.hpp"
#include "services/key_broker/admin_json.hpp"

namespace redoubt::services::key_broker {
namespace {

namespace bj = boost::json;
namespace kind = store::kind;

constexpr std::string_view k_policy_failed = "PolicyEngineError";

bj::object policy_json(std::string_view id, const std::string& text) {
    return {{"policy_id", id},
            {"policy", encoding::to_base64(text, encoding::Base64::url)},
            {"digest", digest_text(text)}};
}

} // namespace

Answer<bj::value> Admin::list_names(const Administrator& who, const Listing& listing) {
    if (const auto allowed = check(who, Role::policy, listing.tenant, listing.operation); !allowed)
        return std::unexpected(allowed.error());
    const auto listed = store_->list(listing.tenant, listing.kind);
    if (!listed) return refuse(k_policy_failed, listed.error());
    bj::array ids;
    for (const auto& entry : *listed) ids.emplace_back(entry.name);
    return ids;
}

Answer<bj::value> Admin::list_resource_policies(const Administrator& who, const std::string& tenant) {
    return list_names(who, {tenant, kind::k_resource_policy, "resource-policy.list"});
}

Answer<bj::value> Admin::list_attestation_policies(const Administrator& who, const std::string& tenant) {
    return list_names(who, {tenant, kind::k_attestation_policy, "attestation-policy.list"});
}

Answer<bj::value> Admin::show_policy(const Administrator& who, const Listing& listing, const std::string& id,
                                     std::string_view built_in) {
    if (const auto allowed = check(who, Role::policy, listing.tenant, listing.operation); !allowed)
        return std::unexpected(allowed.error());
    const auto object = store_->get({listing.tenant, kind_text(listing.kind), id});
    if (object) {
        auto shown = policy_json(id, std::string(object->value.view()));
        shown["version"] = object->version;
        shown["created"] = object->created;
        shown["author"] = object->author;
        return shown;
    }
    if (object.error().code != Code::not_found) return refuse(k_policy_failed, object.error());
    if (built_in.empty()) return refuse(k_policy_failed, 404, "no such policy");
    // Version 0: nobody has set one.
    auto shown = policy_json(id, std::string(built_in));
    shown["version"] = 0;
    return shown;
}

Answer<bj::value> Admin::show_resource_policy(const Administrator& who, const std::string& tenant,
                                              const std::string& id) {
    return show_policy(who, {tenant, kind::k_resource_policy, "resource-policy.show"}, id, {});
}

Answer<bj::value> Admin::show_attestation_policy(const Administrator& who, const std::string& tenant,
                                                 const std::string& id) {
    return show_policy(who, {tenant, kind::k_attestation_policy, "attestation-policy.show"}, id,
                       id == k_default_policy_id ? attestation::default_cpu_policy() : std::string_view());
}

Answer<bj::value> Admin::resource_history(const Administrator& who, const std::string& tenant,
                                          const std::vector<std::string>& path) {
    if (const auto allowed = check(who, Role::secrets, tenant, "resource.history"); !allowed)
        return std::unexpected(allowed.error());
    if (!is_resource_path(path))
        return refuse("InvalidRequestPath", 404, "not a resource: /resource/REPOSITORY/TYPE/TAG");
    const auto versions = store_->history({tenant, kind_text(kind::k_resource), join_path(path)});
    if (!versions) return refuse("PluginInternalError", versions.error());
    if (versions->empty()) return refuse("PluginInternalError", 404, "no such resource");
    bj::array items;
    for (const auto& entry : *versions) items.push_back(history_json(entry));
    return items;
}

Answer<bj::value> Admin::reference_value_history(const Administrator& who, const std::string& tenant,
                                                 const std::string& id) {
    if (const auto allowed = check(who, Role::policy, tenant, "reference-value.history"); !allowed)
        return std::unexpected(allowed.error());
    const store::ObjectName name{tenant, kind_text(kind::k_reference_value), id};
    const auto versions = store_->history(name);
    if (!versions) return refuse("RvpsError", versions.error());
    if (versions->empty()) return refuse("RvpsError", 404, "no such reference value");
    bj::array items;
    for (const auto& entry : *versions) {
        auto item = history_json(entry);
        // What was removed is wiped; of the rest each version still says what it said.
        if (const auto object = store_->get_version(name, entry.version)) {
            const auto value = reference_values::parse_stored(id, object->value.view());
            if (!value) return refuse("RvpsError", value.error());
            item["value"] = value->value;
            item["expires"] = tee::render_time(value->expires);
            item["source"] = value->source;
        } else if (object.error().code != Code::not_found) {
            return refuse("RvpsError", object.error());
        }
        items.push_back(std::move(item));
    }
    return items;
}

Answer<bj::value> Admin::get_reference_value(const Administrator& who, const std::string& tenant,
                                             const std::string& id) {
    if (const auto allowed = check(who, Role::policy, tenant, "reference-value.get"); !allowed)
        return std::unexpected(allowed.error());
    const auto found = tenants_->find(tenant);
    if (!found) return refuse("RvpsError", found.error());
    const auto* value = (*found)->values.find(id, now_());
    if (value == nullptr) return refuse("RvpsError", 404, "no such reference value");
    return value->value;
}

Answer<bj::value> Admin::list_reference_values(const Administrator& who, const std::string& tenant) {
    if (const auto allowed = check(who, Role::policy, tenant, "reference-value.list"); !allowed)
        return std::unexpected(allowed.error());
    const auto found = tenants_->find(tenant);
    if (!found) return refuse("RvpsError", found.error());
    bj::array items;
    for (const auto& [id, value] : (*found)->values.all())
        items.push_back(bj::object{{"name", id},
                                   {"value", value.value},
                                   {"expires", tee::render_time(value.expires)},
                                   {"source", value.source}});
    return items;
}

} // namespace redoubt::services::key_broker
