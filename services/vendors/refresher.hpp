// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <vector>

#include "common/async/task_scope.hpp"
#include "services/attestation/collateral_import.hpp"
#include "services/vendors/fetch_place.hpp"
#include "services/vendors/targets.hpp"
#include "services/vendors/vendor_client.hpp"

namespace redoubt::services::vendors {

/// Keeps what vendors say fresh: asks each address before what it gave ends, one at a time, and less often
/// while it fails. What does not pass the checks of an import changes nothing; the service goes on with what
/// it has. Thread: one strand. Lifetime: borrows the client.
class Refresher {
  public:
    Refresher(FetchPlace place, VendorClient& client, const FetchSettings& settings);

    void start() { tasks_.spawn(run()); }
    asio::awaitable<void> stop();

  private:
    asio::awaitable<void> run();
    asio::awaitable<void> refresh(std::size_t index);
    /// Judges and keeps an answer; gives when the first of it ends.
    Result<std::optional<tee::Time>> keep(const Target& target, const http::Response& answer);
    Status note(const Target& target, const attestation::StagedCollateral& staged,
                const attestation::CollateralImport& import);
    [[nodiscard]] tee::Time first_due(const Target& target, attestation::FetchedStatement& statement) const;
    [[nodiscard]] Duration pause() const;

    FetchPlace place_;
    VendorClient* client_;
    std::vector<Target> targets_; ///< in the order of the state's statements
    std::chrono::seconds refresh_;
    std::chrono::seconds retry_;
    TaskScope tasks_;
};

} // namespace redoubt::services::vendors
