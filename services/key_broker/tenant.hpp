// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/tee/tdx/tcb_info.hpp"
#include "services/attestation/appraisal.hpp"
#include "services/key_broker/resource_policy.hpp"
#include "services/reference_values/reference_values.hpp"
#include "services/store/trust_store.hpp"

namespace redoubt::services::key_broker {

/// What a tenant decides for himself.
struct TenantSettings {
    bool allows_simulation = false; ///< believes simulators; shown in every result
    bool allows_vlek = false;
    bool requires_approval = false; ///< two administrators for what destroys or decides
    reference_values::Unsigned unsigned_reference_values = reference_values::Unsigned::accepted;
    reference_values::Signers signers; ///< keys that sign his reference values
    std::vector<std::string> tcb_statuses;
    std::vector<std::string> advisories;
};

/// docs/formats/kbs.md, "tenants". Errors: invalid_argument naming the member.
[[nodiscard]] Result<TenantSettings> parse_tenant_settings(std::string_view text);
/// 1 to 40 of a-z, 0-9 and '-', beginning with a letter.
[[nodiscard]] bool is_tenant_name(std::string_view name);

inline constexpr std::string_view k_default_tenant = "default";
inline constexpr std::string_view k_default_policy_id = "default_cpu";

/// A tenant as the store has him, compiled.
struct Tenant {
    std::string name;
    TenantSettings settings;
    reference_values::ReferenceValues values;
    attestation::Appraiser appraiser;
    std::optional<ResourcePolicy> resource_policy; ///< none: nothing is released
};

/// Tenants in memory, read again when the store has changed. Thread: one strand.
class Tenants {
  public:
    explicit Tenants(store::TrustStore& store) : store_(&store) {}

    /// Lifetime: until the next call. Errors: not_found; data_loss, or a stored policy that no longer
    /// compiles.
    [[nodiscard]] Result<const Tenant*> find(const std::string& name);

  private:
    Result<Tenant> load(const std::string& name);

    store::TrustStore* store_;
    std::uint64_t generation_ = 0;
    std::map<std::string, std::unique_ptr<Tenant>, std::less<>> tenants_;
};

} // namespace redoubt::services::key_broker
