// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/audit/chain.hpp"
#include "common/audit/record.hpp"
#include "common/base/error.hpp"
#include "common/sqlite/database.hpp"
#include "node-daemon/access/role.hpp"

namespace redoubt::node::access {

/// Ordered migrations; never edit one that was released. Golden text: tests/golden/access-database.sql.
[[nodiscard]] std::span<const std::string_view> access_migrations();

/// Consecutive records of the audit log.
struct AuditPage {
    std::int64_t count_before = 0; ///< records before the first of these, kept or not
    std::string previous_hash;     ///< that the first of these names
    std::vector<std::string> lines;
};

/// Clients with a role, and the audit log: a file of its own beside the state database. What a call has
/// written is on the disk when it returns. Blocks. Thread: any. Format: docs/formats/node-access.md.
class AccessStore {
  public:
    /// The time of a record: "2026-01-31T08:00:00.000Z".
    using Clock = std::function<std::string()>;

    /// Of the audit log so many records are kept at least; older ones go, and the hash of the last that went
    /// stays.
    static constexpr std::int64_t k_kept_records = 200'000;
    static constexpr std::int64_t k_dropped_at_once = 1'000;

    /// Errors: those of SQLite; data_loss the log's end is damaged; failed_precondition a newer version.
    static Result<std::unique_ptr<AccessStore>> open(const std::filesystem::path& file, Clock clock,
                                                     std::int64_t kept_records = k_kept_records);

    Result<std::vector<Client>> clients();
    /// With its record, or not at all. Errors: already_exists the certificate or the name is there.
    Status add(const Client& client, const audit::Entry& entry);
    /// Errors: not_found.
    Status remove(const crypto::Digest& fingerprint, const audit::Entry& entry);
    Status note(const audit::Entry& entry);
    /// From record `from` on, or from the first that is kept; `limit` at most.
    Result<AuditPage> audit(std::int64_t from, std::size_t limit);

  private:
    AccessStore(sqlite::Database database, Clock clock, std::int64_t kept_records)
        : database_(std::move(database)), clock_(std::move(clock)), kept_records_(kept_records) {}
    Status load_end();
    Status write(const std::function<Status()>& change, const audit::Entry& entry);
    Status append(const audit::Entry& entry, std::int64_t sequence, std::string& head);
    Status drop_old(std::int64_t newest);
    Result<std::string> hash_of(std::int64_t sequence);

    std::mutex mutex_; ///< of all below
    sqlite::Database database_;
    Clock clock_;
    std::int64_t kept_records_;
    std::int64_t first_ = 1; ///< that is kept
    std::int64_t sequence_ = 0;
    std::string first_previous_ = std::string(audit::k_first_hash); ///< that the first kept one names
    std::string head_ = std::string(audit::k_first_hash);
};

} // namespace redoubt::node::access
