// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/admin.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>

#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"
#include "services/key_broker/admin_json.hpp"

namespace redoubt::services::key_broker {
namespace {

namespace bj = boost::json;
namespace kind = store::kind;

constexpr std::array<std::string_view, 5> k_roles{"admin", "secrets", "policy", "auditor", "verifier"};
constexpr std::string_view k_resource_policy = "resource-policy";
constexpr std::size_t k_audit_page = 1000;

Result<std::string> read_policy_text(const json::Node& node) {
    RDT_TRY(const auto encoded, node.string());
    return encoding::from_base64(encoded, encoding::Base64::url).transform_error(context("{}", node.path()));
}

} // namespace

std::optional<Role> role_of_name(std::string_view name) {
    for (std::size_t i = 0; i < k_roles.size(); ++i)
        if (k_roles.at(i) == name) return static_cast<Role>(i);
    return std::nullopt;
}

Answer<void> Admin::check(const Administrator& who, Role needed, const std::string& tenant,
                          std::string_view operation) {
    if (!who.may(needed, tenant)) {
        store::AuditEntry entry{
            .tenant = tenant,
            .actor = who.name,
            .peer = who.peer,
            .operation = std::string(operation),
            .object = {},
            .decision = "refused",
            .reason = std::format("role '{}' may not", k_roles.at(static_cast<std::size_t>(who.role))),
            .facts = {}};
        if (const auto written = store_->write({}, {{entry}}); !written)
            return refuse("AdminAuthAccess", written.error());
        return refuse("AdminAuthAccess", 401, "not allowed to do this");
    }
    if (tenant.empty()) return {};
    const auto found = tenants_->find(tenant);
    if (!found && found.error().code == Code::not_found)
        return refuse("InvalidRequestPath", 404, "no such tenant");
    if (!found) return refuse("AdminAuthAccess", found.error());
    return {};
}

Answer<void> Admin::write(const Administrator& who, std::vector<store::Change> changes,
                          std::string_view operation, const std::string& tenant, std::string object,
                          bj::object facts) {
    // Where the tenant is not there yet, nobody has asked for a second pair of eyes.
    if (const auto found = tenants_->find(tenant);
        found && (*found)->settings.requires_approval && needs_approval(operation))
        return suspend(who, changes, operation, tenant, std::move(object), std::move(facts));
    for (auto& change : changes) change.author = who.name;
    store::AuditEntry entry{.tenant = tenant,
                            .actor = who.name,
                            .peer = who.peer,
                            .operation = std::string(operation),
                            .object = std::move(object),
                            .decision = "allowed",
                            .reason = {},
                            .facts = std::move(facts)};
    const auto written = store_->write(changes, {{entry}});
    if (!written) return refuse("StorageBackendInitialization", 500, "internal error");
    return {};
}

Answer<void> Admin::suspend(const Administrator& who, const std::vector<store::Change>& changes,
                            std::string_view operation, const std::string& tenant, std::string object,
                            bj::object facts) {
    PendingChange pending{tenant,          std::string(operation),       std::move(object),
                          who.name,        now_() + k_approval_lifetime, {},
                          std::move(facts)};
    for (const auto& change : changes)
        pending.parts.push_back(
            {change.object, change.value ? std::optional(std::string(*change.value)) : std::nullopt});
    const auto random = crypto::random_bytes(8);
    if (!random) return refuse("StorageBackendInitialization", random.error());
    const auto id = encoding::to_hex(*random);
    const auto text = render_pending(pending);
    const std::vector<store::Change> stored{{{"", kind_text(kind::k_approval), id}, text, who.name}};
    store::AuditEntry entry{
        .tenant = tenant,
        .actor = who.name,
        .peer = who.peer,
        .operation = "approval.ask",
        .object = pending.object,
        .decision = "allowed",
        .reason = {},
        .facts = {{"operation", operation}, {"approval", id}, {"change", digest_text(text)}}};
    if (!store_->write(stored, {{entry}}))
        return refuse("StorageBackendInitialization", 500, "internal error");
    return std::unexpected(
        Refusal{.variant = "ApprovalPending",
                .status = 202,
                .detail = std::format("waits for another administrator: POST /redoubt/v1/approval/{}", id),
                .approval = id});
}

Answer<PendingChange> Admin::find_pending(const Administrator& who, const std::string& id) {
    const auto object = store_->get({"", kind_text(kind::k_approval), id});
    if (!object && object.error().code == Code::not_found)
        return refuse("PluginInternalError", 404, "no such approval");
    if (!object) return refuse("PluginInternalError", object.error());
    auto pending = parse_pending(object->value.view());
    if (!pending) return refuse("PluginInternalError", pending.error());
    const auto needed = pending->operation == "resource.remove" ? Role::secrets
                        : pending->operation == "tenant.put"    ? Role::admin
                                                                : Role::policy;
    if (!who.may(needed, pending->operation == "tenant.put" ? "" : pending->tenant))
        return refuse("AdminAuthAccess", 401, "not allowed to do this");
    return *std::move(pending);
}

Answer<void> Admin::approve(const Administrator& who, const std::string& id) {
    const auto pending = find_pending(who, id);
    if (!pending) return std::unexpected(pending.error());
    if (pending->by == who.name)
        return refuse("AdminAuthAccess", 401, "who asked for a change cannot approve it");
    if (pending->ends <= now_()) return refuse("PluginInternalError", 404, "it waited too long");
    std::vector<store::Change> changes{{{"", kind_text(kind::k_approval), id}, std::nullopt, who.name}};
    const auto author = pending->by + ", approved by " + who.name;
    for (const auto& part : pending->parts)
        changes.push_back(
            {part.object, part.value ? std::optional<std::string_view>(*part.value) : std::nullopt, author});
    auto facts = pending->facts;
    facts["approval"] = id;
    facts["approved_by"] = who.name;
    const store::AuditEntry entry{.tenant = pending->tenant,
                                  .actor = pending->by,
                                  .peer = who.peer,
                                  .operation = pending->operation,
                                  .object = pending->object,
                                  .decision = "allowed",
                                  .reason = {},
                                  .facts = std::move(facts)};
    if (!store_->write(changes, {{entry}}))
        return refuse("StorageBackendInitialization", 500, "internal error");
    return {};
}

Answer<void> Admin::reject(const Administrator& who, const std::string& id) {
    const auto pending = find_pending(who, id);
    if (!pending) return std::unexpected(pending.error());
    return write(who, {{{"", kind_text(kind::k_approval), id}, std::nullopt, {}}}, "approval.reject",
                 pending->tenant, pending->object, {{"operation", pending->operation}, {"approval", id}});
}

Answer<bj::value> Admin::list_approvals(const Administrator& who) {
    const auto listed = store_->list("", kind::k_approval);
    if (!listed) return refuse("PluginInternalError", listed.error());
    bj::array items;
    for (const auto& entry : *listed) {
        const auto pending = find_pending(who, entry.name);
        if (!pending || pending->ends <= now_()) continue;
        items.push_back(bj::object{{"approval", entry.name},
                                   {"tenant", pending->tenant},
                                   {"operation", pending->operation},
                                   {"object", pending->object},
                                   {"by", pending->by},
                                   {"ends", tee::render_time(pending->ends)},
                                   {"facts", pending->facts}});
    }
    return items;
}

Answer<void> Admin::put_resource(const Administrator& who, const std::string& tenant,
                                 const std::vector<std::string>& path, std::string_view value) {
    if (const auto allowed = check(who, Role::secrets, tenant, "resource.put"); !allowed) return allowed;
    if (!is_resource_path(path))
        return refuse("InvalidRequestPath", 404, "not a resource: /resource/REPOSITORY/TYPE/TAG");
    const auto name = join_path(path);
    return write(who, {{{tenant, kind_text(kind::k_resource), name}, value, {}}}, "resource.put", tenant,
                 "resource/" + name, {{"bytes", value.size()}});
}

Answer<void> Admin::remove_resource(const Administrator& who, const std::string& tenant,
                                    const std::vector<std::string>& path) {
    if (const auto allowed = check(who, Role::secrets, tenant, "resource.remove"); !allowed) return allowed;
    if (!is_resource_path(path))
        return refuse("InvalidRequestPath", 404, "not a resource: /resource/REPOSITORY/TYPE/TAG");
    const auto name = join_path(path);
    const store::ObjectName object{tenant, kind_text(kind::k_resource), name};
    if (!store_->get(object)) return refuse("PluginInternalError", 404, "no such resource");
    return write(who, {{object, std::nullopt, {}}}, "resource.remove", tenant, "resource/" + name);
}

Answer<bj::value> Admin::list_resources(const Administrator& who, const std::string& tenant) {
    if (const auto allowed = check(who, Role::secrets, tenant, "resource.list"); !allowed)
        return std::unexpected(allowed.error());
    const auto listed = store_->list(tenant, kind::k_resource);
    if (!listed) return refuse("PluginInternalError", listed.error());
    bj::array items;
    for (const auto& entry : *listed) items.push_back(version_json(entry));
    return items;
}

Answer<void> Admin::set_resource_policy(const Administrator& who, const std::string& tenant,
                                        std::string_view body) {
    if (const auto allowed = check(who, Role::policy, tenant, "resource-policy.set"); !allowed)
        return allowed;
    const auto document = json::parse("policy", body);
    if (!document) return refuse("SerdeError", document.error());
    const auto text = read_policy_text(document->root()["policy"]);
    if (!text) return refuse("SerdeError", text.error());
    const auto compiled = ResourcePolicy::compile(*text);
    if (!compiled) return refuse("ParsePolicyError", compiled.error());
    return write(who,
                 {{{tenant, kind_text(kind::k_resource_policy), std::string(k_resource_policy)}, *text, {}}},
                 "resource-policy.set", tenant, "resource-policy", {{"policy", compiled->digest()}});
}

Answer<void> Admin::set_attestation_policy(const Administrator& who, const std::string& tenant,
                                           std::string_view body) {
    if (const auto allowed = check(who, Role::policy, tenant, "attestation-policy.set"); !allowed)
        return allowed;
    const auto document = json::parse("policy", body);
    if (!document) return refuse("SerdeError", document.error());
    const auto id = document->root()["policy_id"].string();
    if (!id) return refuse("SerdeError", id.error());
    if (*id != k_default_policy_id)
        return std::unexpected(Refusal{
            "ParsePolicyError", 401,
            std::format("policy '{}' is not implemented: only {}", id->substr(0, 60), k_default_policy_id),
            Code::unimplemented});
    const auto text = read_policy_text(document->root()["policy"]);
    if (!text) return refuse("SerdeError", text.error());
    if (const auto compiled = attestation::Appraiser::compile(*text); !compiled)
        return refuse("ParsePolicyError", compiled.error());
    return write(who, {{{tenant, kind_text(kind::k_attestation_policy), *id}, *text, {}}},
                 "attestation-policy.set", tenant, "attestation-policy/" + *id,
                 {{"policy", digest_text(*text)}});
}

Answer<void> Admin::add_reference_values(const Administrator& who, const std::string& tenant,
                                         std::string_view message) {
    if (const auto allowed = check(who, Role::policy, tenant, "reference-value.add"); !allowed)
        return allowed;
    const auto found = tenants_->find(tenant);
    if (!found) return refuse("RvpsError", found.error());
    const auto& settings = (*found)->settings;
    const auto values = reference_values::parse_message(message, settings.signers,
                                                        settings.unsigned_reference_values, who.name, now_());
    if (!values) return refuse("RvpsError", values.error());
    std::vector<std::string> texts;
    for (const auto& value : *values) texts.push_back(reference_values::render_stored(value));
    std::vector<store::Change> changes;
    bj::array names;
    for (std::size_t i = 0; i < values->size(); ++i) {
        changes.push_back({{tenant, kind_text(kind::k_reference_value), (*values)[i].id}, texts[i], {}});
        names.emplace_back((*values)[i].id);
    }
    return write(who, std::move(changes), "reference-value.add", tenant, "reference-value",
                 {{"names", std::move(names)}, {"message", digest_text(message)}});
}

Answer<void> Admin::remove_reference_value(const Administrator& who, const std::string& tenant,
                                           const std::string& id) {
    if (const auto allowed = check(who, Role::policy, tenant, "reference-value.remove"); !allowed)
        return allowed;
    const store::ObjectName object{tenant, kind_text(kind::k_reference_value), id};
    if (!store_->get(object)) return refuse("RvpsError", 404, "no such reference value");
    return write(who, {{object, std::nullopt, {}}}, "reference-value.remove", tenant,
                 "reference-value/" + id);
}

Answer<std::string> Admin::read_audit(const Administrator& who, std::int64_t from) {
    if (const auto allowed = check(who, Role::auditor, "", "audit.read"); !allowed)
        return std::unexpected(allowed.error());
    const auto lines = store_->audit_lines(from, k_audit_page);
    if (!lines) return refuse("PluginInternalError", lines.error());
    std::string text;
    for (const auto& line : *lines) text += line + "\n";
    if (const auto written = write(who, {}, "audit.read", "", std::format("audit/{}", from)); !written)
        return std::unexpected(written.error());
    return text;
}

} // namespace redoubt::services::key_broker
