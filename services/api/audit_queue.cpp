// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/api/audit_queue.hpp"

namespace redoubt::services::api {

Task<> AuditQueue::record(store::AuditEntry entry) {
    const bool is_first = !open_;
    if (is_first) open_ = std::make_shared<Batch>(executor_);
    const auto batch = open_;
    batch->entries.push_back(std::move(entry));
    if (!is_first) {
        while (!batch->done.is_set()) {
            co_await batch->done.wait();
            if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
                co_return fail(Code::cancelled, "audit record: cancelled");
        }
        co_return batch->outcome;
    }
    // Whoever is ready to run now joins the batch.
    co_await asio::post(executor_, asio::use_awaitable);
    open_.reset();
    batch->outcome = store_->write({}, batch->entries);
    batch->done.set();
    co_return batch->outcome;
}

} // namespace redoubt::services::api
