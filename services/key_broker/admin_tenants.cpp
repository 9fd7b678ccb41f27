// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// Tenants: who there is, and what each decides for himself.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/encoding/json.hpp"
#include "services/key_broker/admin.hpp"
#include "services/key_broker/admin_json.hpp"

namespace redoubt::services::key_broker {
namespace {

namespace bj = boost::json;
namespace kind = store::kind;

} // namespace

Answer<void> Admin::create_tenant(const Administrator& who, std::string_view body) {
    if (const auto allowed = check(who, Role::admin, "", "tenant.put"); !allowed) return allowed;
    const auto document = json::parse("tenant", body);
    if (!document) return refuse("SerdeError", document.error());
    const auto name = document->root()["name"].string();
    if (!name) return refuse("SerdeError", name.error());
    const auto settings = document->root()["settings"];
    const auto there = store_->get({"", kind_text(kind::k_tenant), *name});
    if (there) return refuse("TenantExists", 409, "there is a tenant of that name");
    if (there.error().code != Code::not_found) return refuse("PluginInternalError", there.error());
    return put_tenant(who, *name, settings.is_present() ? bj::serialize(*settings.value()) : "{}");
}

Answer<void> Admin::change_tenant(const Administrator& who, const std::string& name, std::string_view body) {
    if (const auto allowed = check(who, Role::admin, "", "tenant.put"); !allowed) return allowed;
    const auto object = store_->get({"", kind_text(kind::k_tenant), name});
    if (!object && object.error().code == Code::not_found)
        return refuse("InvalidRequestPath", 404, "no such tenant");
    if (!object) return refuse("PluginInternalError", object.error());
    const auto settings = json::parse("tenant", object->value.view());
    if (!settings) return refuse("PluginInternalError", settings.error());
    const auto change = json::parse("tenant", body);
    if (!change) return refuse("SerdeError", change.error());
    const auto members = change->root().members();
    if (!members) return refuse("SerdeError", members.error());
    auto merged = settings->root().value()->as_object();
    for (const auto& [key, node] : *members)
        if (node.is_present())
            merged[key] = *node.value();
        else
            merged.erase(key);
    return put_tenant(who, name, bj::serialize(merged));
}

Answer<void> Admin::put_tenant(const Administrator& who, const std::string& name, std::string_view settings) {
    if (const auto allowed = check(who, Role::admin, "", "tenant.put"); !allowed) return allowed;
    if (!is_tenant_name(name))
        return refuse("InvalidRequestPath", 404,
                      "not a tenant's name: a-z, 0-9 and '-', beginning with a letter");
    const auto parsed = parse_tenant_settings(settings);
    if (!parsed) return refuse("SerdeError", parsed.error());
    return write(who, {{{"", kind_text(kind::k_tenant), name}, settings, {}}}, "tenant.put", name,
                 "tenant/" + name,
                 {{"settings", digest_text(settings)}, {"allow_simulation", parsed->allows_simulation}});
}

Answer<bj::value> Admin::list_tenants(const Administrator& who) {
    if (const auto allowed = check(who, Role::auditor, "", "tenant.list"); !allowed)
        return std::unexpected(allowed.error());
    const auto listed = store_->list("", kind::k_tenant);
    if (!listed) return refuse("PluginInternalError", listed.error());
    bj::array items;
    for (const auto& entry : *listed) {
        auto item = version_json(entry);
        const auto object = store_->get({"", kind_text(kind::k_tenant), entry.name});
        if (!object) return refuse("PluginInternalError", object.error());
        const auto settings = json::parse("tenant", object->value.view());
        if (settings) item["settings"] = *settings->root().value();
        items.push_back(std::move(item));
    }
    return items;
}

} // namespace redoubt::services::key_broker
