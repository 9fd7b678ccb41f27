// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/async/event.hpp"
#include "common/async/task_scope.hpp"
#include "services/attestation/verifier/chip.hpp"
#include "services/vendors/fetch_place.hpp"
#include "services/vendors/targets.hpp"
#include "services/vendors/vendor_client.hpp"

namespace redoubt::services::vendors {

/// Fetches the VCEK of a guest's chip when it is needed and not at hand: once for all who wait for it, not
/// more often than a rate, and not soon again what was asked for in vain. Whoever waits goes on in any case;
/// the verifier says what is missing. Thread: one strand. Lifetime: borrows the client.
class VcekFetcher {
  public:
    VcekFetcher(FetchPlace place, VendorClient& client, const FetchSettings& settings);

    /// Returns when the VCEK is at hand, or will not be.
    asio::awaitable<void> prepare(attestation::Chip chip);
    asio::awaitable<void> stop();

  private:
    struct Flight {
        explicit Flight(const asio::any_io_executor& executor) : done(executor) {}
        AsyncEvent done;
    };

    /// Null: it is not asked for.
    std::shared_ptr<Flight> begin(const attestation::Chip& chip, const std::string& key);
    asio::awaitable<void> fetch(attestation::Chip chip, std::string key, std::shared_ptr<Flight> flight);
    Status keep(const attestation::Chip& chip, const std::string& key, const std::string& url,
                const http::Response& answer);
    void remember_failure(const std::string& key, const Error& why);
    bool take_allowance();

    FetchPlace place_;
    VendorClient* client_;
    std::string amd_url_;
    std::vector<tee::sev_snp::Product> products_;
    std::chrono::seconds retry_;
    double per_second_;
    double allowance_;
    Clock::time_point filled_ = Clock::now();
    std::map<std::string, std::shared_ptr<Flight>> flights_; // shared by those who wait
    std::map<std::string, tee::Time> in_vain_;               ///< until when it is not asked for
    TaskScope tasks_;
};

} // namespace redoubt::services::vendors
