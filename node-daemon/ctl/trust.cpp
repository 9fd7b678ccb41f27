// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// `redoubtctl trust`: administration of a key broker. docs/formats/kbs.md has what is asked of it.

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <variant>

#include "common/base/file.hpp"
#include "common/base/overload.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/trust_call.hpp"
#include "node-daemon/ctl/trust_settings.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

std::string environment_of(const char* name) {
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): one thread
    return value == nullptr ? "" : value;
}

int code_of(const Error& error) {
    return error.code == Code::not_found ? k_trust_not_there : k_exit_failed;
}

Result<int> act(TrustCall call, const TrustAction& action) {
    return std::visit(
        Overload{
            [&](const ResourceSetOptions& options) { return trust_resource_set(call, options); },
            [&](const ResourceShowOptions& options) { return trust_resource_show(call, options); },
            [&](const ResourceLsOptions&) { return trust_resource_ls(call); },
            [&](const ResourceRmOptions& options) { return trust_resource_rm(call, options); },
            [&](const PolicySetOptions& options) { return trust_policy_set(call, options); },
            [&](const PolicyShowOptions& options) { return trust_policy_show(call, options); },
            [&](const PolicyLsOptions&) { return trust_policy_ls(call); },
            [&](const ReferenceValueAddOptions& options) { return trust_reference_value_add(call, options); },
            [&](const ReferenceValueLsOptions&) { return trust_reference_value_ls(call); },
            [&](const ReferenceValueRmOptions& options) { return trust_reference_value_rm(call, options); },
            [&](const ReferenceValueHistoryOptions& options) {
                return trust_reference_value_history(call, options);
            },
            [&](const TenantLsOptions&) { return trust_tenant_ls(call); },
            [&](const TenantCreateOptions& options) { return trust_tenant_create(call, options); },
            [&](const TenantAnchorOptions& options) { return trust_tenant_anchor(call, options); },
            [&](const ApprovalLsOptions&) { return trust_approval_ls(call); },
            [&](const ApprovalDecideOptions& options) { return trust_approval_decide(call, options); },
            [&](const AuditShowOptions& options) { return trust_audit_show(call, options); },
            [&](const AuditVerifyOptions& options) { return trust_audit_verify(call, options); },
            [&](const CollateralImportOptions& options) { return trust_collateral_import(call, options); },
            [&](const CollateralLsOptions&) { return trust_collateral_ls(call); },
        },
        action);
}

} // namespace

Result<int> trust(const TrustOptions& options, bool json) {
    RDT_TRY(const auto connection,
            complete_connection(options.connection, environment_of, trust_config_file(environment_of)));
    RDT_TRY(auto client, TrustClient::make(connection));
    const auto code = act({client, json}, options.action);
    if (code) return code;
    print_error(code.error());
    return code_of(code.error());
}

Result<int> show(TrustCall call, const Result<TrustView>& view) {
    if (!view) return std::unexpected(view.error().within("the broker's answer"));
    RDT_CHECK(print(render(*view, call.json)));
    return 0;
}

Result<int> report_changes(TrustCall call, const std::vector<TrustChange>& changes) {
    RDT_CHECK(print(render_changes(changes, call.json)));
    const bool waits =
        std::ranges::any_of(changes, [](const TrustChange& change) { return !change.approval.empty(); });
    return waits ? k_trust_waits : 0;
}

Result<int> change_each(TrustCall call, const std::vector<std::string>& names,
                        const std::function<Result<TrustChange>(const std::string&)>& change) {
    std::vector<TrustChange> changes;
    int worst = 0;
    for (const auto& name : names) {
        if (auto made = change(name)) {
            changes.push_back(*std::move(made));
        } else {
            print_error(made.error());
            worst = std::max(worst, code_of(made.error()));
        }
    }
    RDT_TRY(const int code, report_changes(call, changes));
    return std::max(worst, code);
}

Result<std::string> read_input(const std::string& file) {
    constexpr std::size_t k_largest = 16U << 20U;
    if (file != "-") return read_file(file, k_largest);
    std::string text;
    for (std::istreambuf_iterator<char> next(std::cin), end; next != end; ++next) {
        if (text.size() == k_largest)
            return fail(Code::resource_exhausted, "standard input: more than {} bytes", k_largest);
        text += *next;
    }
    return text;
}

} // namespace redoubt::ctl
