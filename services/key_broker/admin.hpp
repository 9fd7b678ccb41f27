// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What administrators do: each change and its audit record are one transaction.

#include <boost/json/value.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/attestation/fetch_state.hpp"
#include "services/key_broker/broker.hpp"
#include "services/key_broker/pending_change.hpp"
#include "services/key_broker/refusal.hpp"
#include "services/key_broker/tenant.hpp"
#include "services/key_broker/tpm_enrolment.hpp"
#include "services/store/trust_store.hpp"

namespace redoubt::services::key_broker {

/// What somebody may do. Each role may do its own things only, admin all.
enum class Role : std::uint8_t { admin, secrets, policy, auditor, verifier };
[[nodiscard]] std::optional<Role> role_of_name(std::string_view name);

/// Who asks, and where he may.
struct Administrator {
    std::string name; ///< "certificate:alice", "issuer:subject"
    Role role = Role::auditor;
    std::string tenant; ///< empty: every tenant
    std::string peer;

    [[nodiscard]] bool may(Role needed, std::string_view where) const {
        return (role == Role::admin || role == needed) && (tenant.empty() || tenant == where);
    }
};

/// Where collateral lies, and how it comes into use.
struct CollateralPlace {
    std::filesystem::path folder;
    std::function<Status()> reload;
    const attestation::FetchState* fetches = nullptr; ///< null: nothing is fetched
};

/// Thread: one strand. Lifetime: borrows both.
class Admin {
  public:
    Admin(store::TrustStore& store, Tenants& tenants, std::function<tee::Time()> now, TpmEnrolment enrolment,
          CollateralPlace collateral)
        : store_(&store), tenants_(&tenants), now_(std::move(now)), enrolment_(std::move(enrolment)),
          collateral_(std::move(collateral)) {}

    /// Whether somebody may do what is not in this class's hands; a refusal is in the audit log. Errors: 404
    /// no such tenant.
    Answer<void> authorise(const Administrator& who, Role needed, const std::string& tenant,
                           std::string_view operation) {
        return check(who, needed, tenant, operation);
    }

    Answer<void> put_resource(const Administrator& who, const std::string& tenant,
                              const std::vector<std::string>& path, std::string_view value);
    Answer<void> remove_resource(const Administrator& who, const std::string& tenant,
                                 const std::vector<std::string>& path);
    /// Names and versions, never values.
    Answer<boost::json::value> list_resources(const Administrator& who, const std::string& tenant);
    /// Every version of one, newest first, also when it was removed.
    Answer<boost::json::value> resource_history(const Administrator& who, const std::string& tenant,
                                                const std::vector<std::string>& path);

    /// `body` is {"policy": base64url}.
    Answer<void> set_resource_policy(const Administrator& who, const std::string& tenant,
                                     std::string_view body);
    Answer<boost::json::value> list_resource_policies(const Administrator& who, const std::string& tenant);
    /// `body` is {"policy_id": "default_cpu", "policy": base64url}.
    Answer<void> set_attestation_policy(const Administrator& who, const std::string& tenant,
                                        std::string_view body);
    Answer<boost::json::value> list_attestation_policies(const Administrator& who, const std::string& tenant);
    /// {"policy_id", "policy": base64url, "digest", "version", ...}; version 0 is what holds where the tenant
    /// has set none.
    Answer<boost::json::value> show_resource_policy(const Administrator& who, const std::string& tenant,
                                                    const std::string& id);
    Answer<boost::json::value> show_attestation_policy(const Administrator& who, const std::string& tenant,
                                                       const std::string& id);

    Answer<void> add_reference_values(const Administrator& who, const std::string& tenant,
                                      std::string_view message);
    Answer<boost::json::value> get_reference_value(const Administrator& who, const std::string& tenant,
                                                   const std::string& id);
    Answer<boost::json::value> list_reference_values(const Administrator& who, const std::string& tenant);
    Answer<void> remove_reference_value(const Administrator& who, const std::string& tenant,
                                        const std::string& id);
    /// Every version of one, newest first, with its value where it was not removed.
    Answer<boost::json::value> reference_value_history(const Administrator& who, const std::string& tenant,
                                                       const std::string& id);

    /// Enrolment of a TPM's attestation key: see TpmEnrolment. The second step adds it to
    /// `trusted_aks`, and with its endorsement key and chip to `enrolled_nodes`.
    Answer<boost::json::value> begin_enrolment(const Administrator& who, const std::string& tenant,
                                               std::string_view body,
                                               const attestation::Collateral& collateral);
    Answer<void> finish_enrolment(const Administrator& who, const std::string& tenant, std::string_view body);

    Answer<void> put_tenant(const Administrator& who, const std::string& name, std::string_view settings);
    /// `body` is {"name", "settings"?}. Errors: TenantExists 409.
    Answer<void> create_tenant(const Administrator& who, std::string_view body);
    /// Changes the settings that `body` has; null: as unless said.
    Answer<void> change_tenant(const Administrator& who, const std::string& name, std::string_view body);
    Answer<boost::json::value> list_tenants(const Administrator& who);

    /// What vendors say, as it is at hand; and more of it: services/attestation/collateral_import.hpp.
    Answer<boost::json::value> list_collateral(const Administrator& who,
                                               const attestation::Collateral& collateral);
    Answer<void> import_collateral(const Administrator& who, std::string_view body,
                                   const attestation::Collateral& collateral);

    /// Changes that wait for another administrator. Errors of these two: AdminAuthAccess who asked for it, or
    /// who could not have; 404 there is none, or not any more.
    Answer<void> approve(const Administrator& who, const std::string& id);
    Answer<void> reject(const Administrator& who, const std::string& id);
    Answer<boost::json::value> list_approvals(const Administrator& who);
    /// Audit records from a sequence number on, at most 1,000, as lines.
    Answer<std::string> read_audit(const Administrator& who, std::int64_t from);

  private:
    /// Which objects, and what looking at them is called in the audit log when it is refused.
    struct Listing {
        const std::string& tenant;
        std::string_view kind;
        std::string_view operation;
    };
    Answer<boost::json::value> list_names(const Administrator& who, const Listing& listing);
    Answer<boost::json::value> show_policy(const Administrator& who, const Listing& listing,
                                           const std::string& id, std::string_view built_in);
    Answer<void> check(const Administrator& who, Role needed, const std::string& tenant,
                       std::string_view operation);
    Answer<void> suspend(const Administrator& who, const std::vector<store::Change>& changes,
                         std::string_view operation, const std::string& tenant, std::string object,
                         boost::json::object facts);
    Answer<PendingChange> find_pending(const Administrator& who, const std::string& id);
    Answer<void> write(const Administrator& who, std::vector<store::Change> changes,
                       std::string_view operation, const std::string& tenant, std::string object,
                       boost::json::object facts = {});

    store::TrustStore* store_;
    Tenants* tenants_;
    std::function<tee::Time()> now_;
    TpmEnrolment enrolment_;
    CollateralPlace collateral_;
};

} // namespace redoubt::services::key_broker
