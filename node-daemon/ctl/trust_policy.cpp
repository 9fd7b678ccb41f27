// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/encoding/base64.hpp"
#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/trust_call.hpp"

namespace redoubt::ctl {
namespace {

namespace bj = boost::json;

constexpr std::string_view k_attestation = "attestation";
constexpr std::string_view k_attestation_id = "default_cpu";
constexpr std::string_view k_resource_id = "resource-policy";

std::string_view id_of(std::string_view kind) {
    return kind == k_attestation ? k_attestation_id : k_resource_id;
}

Result<PolicyShown> get_policy(TrustCall call, std::string_view kind, std::string_view id) {
    RDT_CHECK(check_path_name(id));
    RDT_TRY(const auto document, call.client.get(std::format("/redoubt/v1/{}-policy/{}", kind, id)));
    return read_policy_shown(kind, document.root());
}

} // namespace

Result<int> trust_policy_set(TrustCall call, const PolicySetOptions& options) {
    RDT_TRY(const auto text, read_input(options.file));
    bj::object body{{"policy", encoding::to_base64(text, encoding::Base64::url)}};
    if (options.kind == k_attestation) body["policy_id"] = k_attestation_id;
    const auto path = std::format("/kbs/v0/{}-policy", options.kind);
    RDT_TRY(auto made, call.client.change("POST", path, bj::serialize(body), options.kind + "-policy"));
    return report_changes(call, {std::move(made)});
}

Result<int> trust_policy_show(TrustCall call, const PolicyShowOptions& options) {
    RDT_TRY(const auto policy, get_policy(call, options.kind, id_of(options.kind)));
    auto value = policy_value(policy);
    value["text"] = as_utf8(policy.text);
    RDT_CHECK(
        print(call.json ? indented(bj::object{{"version", 1}, {"policy", std::move(value)}}) : policy.text));
    return 0;
}

Result<int> trust_policy_ls(TrustCall call) {
    std::vector<PolicyShown> policies;
    RDT_TRY(const auto listed, call.client.get("/kbs/v0/resource-policy"));
    RDT_TRY(const auto ids, listed.root().strings());
    for (const auto& id : ids) {
        RDT_TRY(auto policy, get_policy(call, "resource", id));
        policies.push_back(std::move(policy));
    }
    // There always is one: the tenant's, or the one that holds where he has set none.
    RDT_TRY(auto attestation, get_policy(call, k_attestation, k_attestation_id));
    policies.push_back(std::move(attestation));
    return show(call, view_policies(policies));
}

} // namespace redoubt::ctl
