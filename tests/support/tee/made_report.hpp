// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/tee/sev_snp/verifier.hpp"
#include "services/simtee/amd_chain.hpp"
#include "tests/support/tee/authority.hpp"

namespace redoubt::tests {

/// AMD's authorities as the simulator makes them, for one Milan chip.
struct MadeAmd : services::simtee::AmdChain {
    [[nodiscard]] tee::sev_snp::AmdAuthorities authorities() const;
    [[nodiscard]] tee::sev_snp::Endorsements endorsements() const;
};
MadeAmd make_amd();

/// A version 3 Milan report of that chip, before its signature: change what the test is about, then sign.
std::string make_report_body();
std::string sign_report(std::string body, const crypto::PrivateKey& key);

} // namespace redoubt::tests
