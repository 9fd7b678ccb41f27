// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The verdict chain: this container, in this guest, on this host. Pure: no I/O and no clock of its own. The
/// claims are docs/formats/evidence.md's.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/tee/evidence/explanation.hpp"
#include "common/tee/host/boot_reference.hpp"
#include "common/tee/host/enrolled_node.hpp"
#include "common/tee/sev_snp/verifier.hpp"

namespace redoubt::tee::host {

/// What is expected of the host.
struct HostExpectations {
    std::string nonce;        ///< raw: what was asked with
    std::string guest_digest; ///< raw SHA-256 of the guest's evidence as it came; empty: of no guest
    BootReference reference;
    std::vector<EnrolledNode> nodes;
    std::string nodes_source; ///< a file's name, or the broker's
};

struct HostVerdict {
    Explanation explanation;
    std::optional<EnrolledNode> node; ///< whose key signed the quote; only when the whole was accepted
};

/// Verifies what a node sent. PCR 11 alone accepts nothing: who boots something else can extend it with the
/// same digests, so PCR 4 (what was booted) has to be among the references, or 7 (who may sign what boots)
/// with 11. Malformed evidence is a verdict.
[[nodiscard]] HostVerdict verify_host(std::string_view evidence, const HostExpectations& expected);

/// What is expected of the guest and the container in it.
struct GuestExpectations {
    std::string container;                 ///< its id in the guest
    std::string runtime_data;              ///< what the container was to bind its evidence to
    std::vector<std::string> measurements; ///< raw; none: nothing is accepted
    std::vector<std::string> host_data;    ///< raw digests of init data; none: nothing is accepted
    sev_snp::AmdAuthorities authorities;
    sev_snp::Endorsements endorsements; ///< beside those in the evidence
    bool allows_simulation = false;
    RevocationRule revocation = RevocationRule::when_given;
    Time at;
};

struct GuestVerdict {
    Explanation container;
    Explanation guest;
    std::string chip_id; ///< hex; empty when the guest was not accepted, or its report names no chip
};

/// Verifies evidence that a container got from its workload API (docs/formats/workload-api.md), of an SNP
/// guest. Malformed evidence is a verdict. Errors: internal.
[[nodiscard]] Result<GuestVerdict> verify_guest(std::string_view evidence, const GuestExpectations& expected);

/// Whether the chip that the guest's report is of is enrolled with the TPM that the host's quote is of. None
/// and empty, for what was not accepted, are refused.
void check_same_box(Explanation& explanation, const std::optional<EnrolledNode>& node,
                    std::string_view chip_id, const std::string& source);

} // namespace redoubt::tee::host
