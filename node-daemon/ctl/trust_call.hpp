// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The verbs of `redoubtctl trust`, one file a noun. Results are exit codes.

#include <functional>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/ctl/trust_client.hpp"
#include "node-daemon/ctl/trust_output.hpp"
#include "node-daemon/ctl/trust_verbs.hpp"

namespace redoubt::ctl {

inline constexpr int k_trust_not_there = 1; ///< what was named; or the audit log is broken
inline constexpr int k_trust_waits = 3;     ///< for another administrator

/// What every verb works with.
struct TrustCall {
    TrustClient& client;
    bool json = false;
};

Result<int> trust_resource_set(TrustCall call, const ResourceSetOptions& options);
Result<int> trust_resource_show(TrustCall call, const ResourceShowOptions& options);
Result<int> trust_resource_ls(TrustCall call);
Result<int> trust_resource_rm(TrustCall call, const ResourceRmOptions& options);
Result<int> trust_policy_set(TrustCall call, const PolicySetOptions& options);
Result<int> trust_policy_show(TrustCall call, const PolicyShowOptions& options);
Result<int> trust_policy_ls(TrustCall call);
Result<int> trust_reference_value_add(TrustCall call, const ReferenceValueAddOptions& options);
Result<int> trust_reference_value_ls(TrustCall call);
Result<int> trust_reference_value_rm(TrustCall call, const ReferenceValueRmOptions& options);
Result<int> trust_reference_value_history(TrustCall call, const ReferenceValueHistoryOptions& options);
Result<int> trust_tenant_ls(TrustCall call);
Result<int> trust_tenant_create(TrustCall call, const TenantCreateOptions& options);
Result<int> trust_tenant_anchor(TrustCall call, const TenantAnchorOptions& options);
Result<int> trust_approval_ls(TrustCall call);
Result<int> trust_approval_decide(TrustCall call, const ApprovalDecideOptions& options);
Result<int> trust_audit_show(TrustCall call, const AuditShowOptions& options);
Result<int> trust_audit_verify(TrustCall call, const AuditVerifyOptions& options);
Result<int> trust_collateral_import(TrustCall call, const CollateralImportOptions& options);
Result<int> trust_collateral_ls(TrustCall call);

/// Prints an answer.
Result<int> show(TrustCall call, const Result<TrustView>& view);
/// Prints what became of changes. The exit code is that of the worst.
Result<int> report_changes(TrustCall call, const std::vector<TrustChange>& changes);
/// Makes one change for each name; a failure is printed and the others go on.
Result<int> change_each(TrustCall call, const std::vector<std::string>& names,
                        const std::function<Result<TrustChange>(const std::string&)>& change);
/// A file, or standard input for "-". Limits: 16 MiB. Errors: errno's, naming the file.
[[nodiscard]] Result<std::string> read_input(const std::string& file);

} // namespace redoubt::ctl
