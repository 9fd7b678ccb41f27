// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What `redoubtctl attest node` judges by, from files and from a key broker.

#include <string>
#include <string_view>

#include "common/encoding/json.hpp"
#include "common/tee/host/host_verdict.hpp"
#include "node-daemon/ctl/attest_verbs.hpp"

namespace redoubt::ctl {

struct AttestExpectations {
    tee::host::HostExpectations host; ///< but for the nonce and the guest's digest
    tee::host::GuestExpectations guest;
};

/// Files first, then the broker, whose values are as good. Errors: errno's and invalid_argument naming the
/// file or the option; a broker's own.
[[nodiscard]] Result<AttestExpectations> read_expectations(const AttestNodeOptions& options);

/// Adds what a broker's list of reference values has of it: enrolled_nodes, tpm_pcrN, snp_launch_measurement,
/// init_data. What has ended by then is left out. Errors: invalid_argument naming the member.
[[nodiscard]] Status add_broker_values(AttestExpectations& expectations, const json::Node& list,
                                       const std::string& broker, tee::Time now);

} // namespace redoubt::ctl
