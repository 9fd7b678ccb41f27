// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <functional>

#include "common/async/task.hpp"
#include "services/attestation/fetch_state.hpp"
#include "services/attestation/verifier/verifier.hpp"
#include "services/store/trust_store.hpp"

namespace redoubt::services::vendors {

/// Where what comes from vendors is judged, noted and kept. Lifetime: all borrowed.
struct FetchPlace {
    asio::any_io_executor executor;
    store::TrustStore* store = nullptr; ///< of the audit log
    std::filesystem::path folder;
    std::function<const attestation::Collateral&()> in_use;
    std::function<Status()> reload;
    std::function<tee::Time()> now;
    attestation::FetchState* state = nullptr;
};

/// Notes in the audit log what a vendor said that is not believed. A log that cannot be written is logged.
void note_refusal(const FetchPlace& place, std::string object, const std::string& url, const Error& why);

/// Of [0, 1).
[[nodiscard]] double chance();

} // namespace redoubt::services::vendors
