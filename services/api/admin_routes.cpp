// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/api/admin_routes.hpp"

#include <array>
#include <charconv>

#include "services/api/answers.hpp"

namespace redoubt::services::api {
namespace {

using Call = const AdminCall&;
using http::ServerResponse;

constexpr std::size_t k_prefix_segments = 3; ///< of "/kbs/v0/": nothing, "kbs" and "v0"

std::string joined_rest(Call call) {
    return key_broker::join_path(call.rest());
}

// ---- resources

ServerResponse put_resource(Call call) {
    return done(call.admin.put_resource(call.who, call.tenant, call.rest(), call.request.body));
}
ServerResponse remove_resource(Call call) {
    return done(call.admin.remove_resource(call.who, call.tenant, call.rest()));
}
ServerResponse list_resources(Call call) {
    return shown(call.admin.list_resources(call.who, call.tenant));
}
ServerResponse resource_history(Call call) {
    return shown(call.admin.resource_history(call.who, call.tenant, call.rest()));
}

// ---- policies

ServerResponse set_resource_policy(Call call) {
    return done(call.admin.set_resource_policy(call.who, call.tenant, call.request.body));
}
ServerResponse list_resource_policies(Call call) {
    return shown(call.admin.list_resource_policies(call.who, call.tenant));
}
ServerResponse show_resource_policy(Call call) {
    return shown(call.admin.show_resource_policy(call.who, call.tenant, joined_rest(call)));
}
ServerResponse set_attestation_policy(Call call) {
    return done(call.admin.set_attestation_policy(call.who, call.tenant, call.request.body));
}
ServerResponse list_attestation_policies(Call call) {
    return shown(call.admin.list_attestation_policies(call.who, call.tenant));
}
ServerResponse show_attestation_policy(Call call) {
    return shown(call.admin.show_attestation_policy(call.who, call.tenant, joined_rest(call)));
}

// ---- reference values

ServerResponse add_reference_values(Call call) {
    return done(call.admin.add_reference_values(call.who, call.tenant, call.request.body));
}
ServerResponse get_reference_value(Call call) {
    return shown(call.admin.get_reference_value(call.who, call.tenant, joined_rest(call)));
}
ServerResponse remove_reference_value(Call call) {
    return done(call.admin.remove_reference_value(call.who, call.tenant, joined_rest(call)));
}
ServerResponse list_reference_values(Call call) {
    return shown(call.admin.list_reference_values(call.who, call.tenant));
}
ServerResponse reference_value_history(Call call) {
    return shown(call.admin.reference_value_history(call.who, call.tenant, joined_rest(call)));
}

// ---- keys of TPMs

ServerResponse begin_enrolment(Call call) {
    return shown(call.admin.begin_enrolment(call.who, call.tenant, call.request.body, call.collateral));
}
ServerResponse finish_enrolment(Call call) {
    return done(call.admin.finish_enrolment(call.who, call.tenant, call.request.body));
}

// ---- the broker itself

ServerResponse list_tenants(Call call) {
    return shown(call.admin.list_tenants(call.who));
}
ServerResponse create_tenant(Call call) {
    return done(call.admin.create_tenant(call.who, call.request.body));
}
ServerResponse put_tenant(Call call) {
    return done(call.admin.put_tenant(call.who, joined_rest(call), call.request.body));
}
ServerResponse change_tenant(Call call) {
    return done(call.admin.change_tenant(call.who, joined_rest(call), call.request.body));
}
ServerResponse list_approvals(Call call) {
    return shown(call.admin.list_approvals(call.who));
}
ServerResponse approve(Call call) {
    return done(call.admin.approve(call.who, joined_rest(call)));
}
ServerResponse reject(Call call) {
    return done(call.admin.reject(call.who, joined_rest(call)));
}
ServerResponse list_collateral(Call call) {
    return shown(call.admin.list_collateral(call.who, call.collateral));
}
ServerResponse import_collateral(Call call) {
    return done(call.admin.import_collateral(call.who, call.request.body, call.collateral));
}
ServerResponse read_audit(Call call) {
    std::int64_t from = 1;
    for (const auto& [name, value] : query_of(call.request))
        if (name == "from") std::from_chars(value.data(), value.data() + value.size(), from);
    auto lines = call.admin.read_audit(call.who, from);
    return lines ? reply(200, "application/jsonl", *std::move(lines)) : problem(lines.error());
}

constexpr auto k_routes = std::to_array<AdminRoute>({
    {"POST", "/kbs/v0/resource/{repository}/{type}/{tag}", put_resource},
    {"DELETE", "/kbs/v0/resource/{repository}/{type}/{tag}", remove_resource},
    {"GET", "/redoubt/v1/resource/{repository}/{type}/{tag}", resource_history},
    {"GET", "/redoubt/v1/resources", list_resources},
    {"POST", "/kbs/v0/resource-policy", set_resource_policy},
    {"GET", "/kbs/v0/resource-policy", list_resource_policies},
    {"GET", "/redoubt/v1/resource-policy/{id}", show_resource_policy},
    {"POST", "/kbs/v0/attestation-policy", set_attestation_policy},
    {"GET", "/redoubt/v1/attestation-policy", list_attestation_policies},
    {"GET", "/redoubt/v1/attestation-policy/{id}", show_attestation_policy},
    {"POST", "/kbs/v0/reference-value", add_reference_values},
    {"GET", "/kbs/v0/reference-value/{name}", get_reference_value},
    {"DELETE", "/redoubt/v1/reference-value/{name}", remove_reference_value},
    {"GET", "/redoubt/v1/reference-values", list_reference_values},
    {"GET", "/redoubt/v1/reference-value-history/{name}", reference_value_history},
    {"POST", "/redoubt/v1/tpm-challenge", begin_enrolment},
    {"POST", "/redoubt/v1/tpm-enrolment", finish_enrolment},
    {"GET", "/redoubt/v1/tenants", list_tenants},
    {"POST", "/redoubt/v1/tenants", create_tenant},
    {"PUT", "/redoubt/v1/tenant/{name}", put_tenant},
    {"PATCH", "/redoubt/v1/tenant/{name}", change_tenant},
    {"GET", "/redoubt/v1/approvals", list_approvals},
    {"POST", "/redoubt/v1/approval/{id}", approve},
    {"DELETE", "/redoubt/v1/approval/{id}", reject},
    {"GET", "/redoubt/v1/collateral", list_collateral},
    {"POST", "/redoubt/v1/collateral", import_collateral},
    {"GET", "/redoubt/v1/audit", read_audit},
});

} // namespace

bool AdminRoute::is_asked_by(std::string_view wanted, const std::vector<std::string>& segments) const {
    if (wanted != method || segments.empty()) return false;
    auto name = path;
    for (std::size_t i = 0; i < k_prefix_segments; ++i) name.remove_prefix(name.find('/') + 1);
    const auto slash = name.find('/');
    const bool takes_more = slash != std::string_view::npos;
    return name.substr(0, slash) == segments[0] && takes_more == (segments.size() > 1);
}

std::span<const AdminRoute> admin_routes() {
    return k_routes;
}

} // namespace redoubt::services::api
