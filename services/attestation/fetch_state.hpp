// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// How fetching from vendors goes, for whoever shows it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/tee/evidence/certificate.hpp"

namespace redoubt::services::attestation {

/// One address that something is fetched from, again and again.
struct FetchedStatement {
    std::string url;
    std::string kind;                ///< as in the list of collateral: "revocation-list"
    std::vector<std::string> places; ///< "snp", "tdx/FAMILY"
    std::optional<tee::Time> came;   ///< when it was last got; none: not since the start, nor known of before
    tee::Time next;                  ///< when it is asked for again
    std::uint32_t failures = 0;      ///< one after the other
    std::string error;               ///< of the last try; empty: it went well, or there was none
};

/// Thread: one strand.
struct FetchState {
    std::vector<FetchedStatement> statements;
    std::uint64_t fetches = 0; ///< that brought something good
    std::uint64_t failures = 0;
    std::uint64_t vcek_fetches = 0;
    std::uint64_t vcek_failures = 0;
    std::uint64_t vceks_declined = 0; ///< not asked for: too often, or lately in vain
};

} // namespace redoubt::services::attestation
