// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What `redoubtctl trust` asks for, as values: administration of a key broker, redoubt-kbs(8).

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace redoubt::ctl {

/// Which broker, and who we are to it. What is empty comes from the environment, then from trust.toml.
struct TrustConnection {
    std::string kbs; ///< "https://kbs.example:8080"
    std::string ca;
    std::string certificate;
    std::string key;
    std::string token_file;
    std::string tenant;
};

struct ResourceSetOptions {
    std::string file = "-";
    std::string name; ///< REPOSITORY/TYPE/TAG
};
struct ResourceShowOptions {
    std::string name;
};
struct ResourceLsOptions {};
struct ResourceRmOptions {
    std::vector<std::string> names;
};

struct PolicySetOptions {
    std::string kind; ///< "resource", "attestation"
    std::string file;
};
struct PolicyShowOptions {
    std::string kind;
};
struct PolicyLsOptions {};

struct ReferenceValueAddOptions {
    std::string file;        ///< JSON object of names and values
    std::string signed_file; ///< compact JWS of such
    std::string corim_file;
    std::string name;
    std::vector<std::string> values;
};
struct ReferenceValueLsOptions {};
struct ReferenceValueRmOptions {
    std::vector<std::string> names;
};
struct ReferenceValueHistoryOptions {
    std::string name;
};

struct TenantLsOptions {};
struct TenantCreateOptions {
    std::string settings_file; ///< JSON; empty: as unless said
    bool requires_approval = false;
    bool requires_signed = false;
    std::string name;
};
/// Which classes of anchors a tenant believes beside the vendors' own.
struct TenantAnchorOptions {
    bool enable = true;
    std::string tenant;
    std::string anchor; ///< "simulation", "vlek"
};

struct ApprovalLsOptions {};
struct ApprovalDecideOptions {
    bool approve = true;
    std::vector<std::string> ids;
};

struct AuditShowOptions {
    std::int64_t from = 1;
    std::uint64_t limit = 0; ///< 0: all
};
struct AuditVerifyOptions {
    std::string expected; ///< SEQ:HASH, noted earlier
};

struct CollateralImportOptions {
    std::string place; ///< "snp", "tdx/FAMILY"
    std::vector<std::string> paths;
};
struct CollateralLsOptions {};

using TrustAction =
    std::variant<ResourceSetOptions, ResourceShowOptions, ResourceLsOptions, ResourceRmOptions,
                 PolicySetOptions, PolicyShowOptions, PolicyLsOptions, ReferenceValueAddOptions,
                 ReferenceValueLsOptions, ReferenceValueRmOptions, ReferenceValueHistoryOptions,
                 TenantLsOptions, TenantCreateOptions, TenantAnchorOptions, ApprovalLsOptions,
                 ApprovalDecideOptions, AuditShowOptions, AuditVerifyOptions, CollateralImportOptions,
                 CollateralLsOptions>;

struct TrustOptions {
    TrustConnection connection;
    TrustAction action;
};

} // namespace redoubt::ctl
