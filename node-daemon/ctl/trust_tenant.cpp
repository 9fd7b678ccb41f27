// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/encoding/json.hpp"
#include "node-daemon/ctl/trust_call.hpp"

namespace redoubt::ctl {

namespace bj = boost::json;

Result<int> trust_tenant_ls(TrustCall call) {
    RDT_TRY(const auto document, call.client.get("/redoubt/v1/tenants"));
    return show(call, view_tenants(document.root()));
}

Result<int> trust_tenant_create(TrustCall call, const TenantCreateOptions& options) {
    bj::object settings;
    if (!options.settings_file.empty()) {
        RDT_TRY(const auto text, read_input(options.settings_file));
        RDT_TRY(const auto document, json::parse(options.settings_file, text));
        RDT_CHECK(document.root().expect_object());
        settings = document.root().value()->get_object();
    }
    if (options.requires_approval) settings["require_approval"] = true;
    if (options.requires_signed) settings["require_signed_reference_values"] = true;
    const bj::object body{{"name", options.name}, {"settings", std::move(settings)}};
    RDT_TRY(auto made,
            call.client.change("POST", "/redoubt/v1/tenants", bj::serialize(body), "tenant/" + options.name));
    return report_changes(call, {std::move(made)});
}

Result<int> trust_tenant_anchor(TrustCall call, const TenantAnchorOptions& options) {
    RDT_CHECK(check_path_name(options.tenant));
    const bj::object body{{"allow_" + options.anchor, options.enable}};
    RDT_TRY(auto made, call.client.change("PATCH", "/redoubt/v1/tenant/" + options.tenant,
                                          bj::serialize(body), "tenant/" + options.tenant));
    return report_changes(call, {std::move(made)});
}

} // namespace redoubt::ctl
