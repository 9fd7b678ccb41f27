// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <vector>

#include "common/async/event.hpp"
#include "common/async/task.hpp"
#include "services/store/trust_store.hpp"

namespace redoubt::services::api {

/// Writes audit records that come together in one transaction, so that a release waits for a disk once and
/// not in a row. Thread: one strand. Lifetime: borrows the store.
class AuditQueue {
  public:
    AuditQueue(asio::any_io_executor executor, store::TrustStore& store)
        : executor_(std::move(executor)), store_(&store) {}

    /// Returns when the record is on the disk. Errors: what the store says; then nothing may be answered.
    Task<> record(store::AuditEntry entry);

  private:
    struct Batch {
        explicit Batch(const asio::any_io_executor& executor) : done(executor) {}
        std::vector<store::AuditEntry> entries;
        Status outcome;
        AsyncEvent done;
    };

    asio::any_io_executor executor_;
    store::TrustStore* store_;
    // Shared by the coroutines that wait for it.
    std::shared_ptr<Batch> open_;
};

} // namespace redoubt::services::api
