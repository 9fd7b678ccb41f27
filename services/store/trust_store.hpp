// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.hpp"
#include "common/crypto/secret.hpp"
#include "common/encoding/json.hpp"
#include "common/sqlite/database.hpp"
#include "services/kms/rollback_counter.hpp"
#include "services/kms/root_key.hpp"
#include "services/kms/sealer.hpp"
#include "services/store/audit_chain.hpp"

namespace redoubt::services::store {

/// What kinds of objects the store keeps. Values are in the database: never renumber or rename.
namespace kind {
inline constexpr std::string_view k_tenant = "tenant";
inline constexpr std::string_view k_resource = "resource";
inline constexpr std::string_view k_resource_policy = "resource-policy";
inline constexpr std::string_view k_attestation_policy = "attestation-policy";
inline constexpr std::string_view k_reference_value = "reference-value";
inline constexpr std::string_view k_server_key = "server-key";
inline constexpr std::string_view k_approval = "approval";
} // namespace kind

/// Which object: kind and name within a tenant. The empty tenant is the server itself.
struct ObjectName {
    std::string tenant;
    std::string kind;
    std::string name;
};

/// One version of an object, its value opened.
struct Object {
    std::int64_t version = 0;
    std::string created; ///< "2026-01-31T08:00:00Z"
    std::string author;
    crypto::Secret value;
};
/// One version without its value.
struct ObjectVersion {
    std::string name;
    std::int64_t version = 0;
    std::string created;
    std::string author;
    bool is_removed = false;
};

/// A change of an object: a new version, or none any more.
struct Change {
    ObjectName object;
    std::optional<std::string_view> value; ///< none: its values are wiped and a mark remains
    std::string author;
};

/// The database of the trust services: objects with versions, every value sealed for its place, and the audit
/// log, in one file. A change and its audit record are one transaction; what was answered for is on the disk.
/// Thread: one strand. Source: docs/formats/kbs.md.
class TrustStore {
  public:
    using Clock = std::function<std::string()>; ///< the time as the store writes it
    /// Tries to open one slot. unimplemented: not with what it has, another slot may do.
    using Unlock = std::function<Result<kms::RootKey>(const json::Node& slot, std::string_view store_id)>;

    /// Makes the counter that an opened store goes by.
    using CounterOf = std::function<Result<std::unique_ptr<kms::RollbackCounter>>(const kms::RootKey& root,
                                                                                  std::string_view store_id)>;
    /// How a store and its counter come together: as they were left; a new store's, whatever was there
    /// before; or a copy that somebody wants as it is.
    enum class CounterRule : std::uint8_t { checked, made_anew, taken };

    /// Makes a store with a root key in a passphrase slot. Errors: already_exists; errno's.
    static Status create(const std::filesystem::path& file, const crypto::Secret& passphrase,
                         crypto::PassphraseCost cost, const Clock& clock);
    /// Errors: not_found there is none; permission_denied no slot opens; data_loss the audit log's end does
    /// not fit; failed_precondition of a newer version, or an earlier copy. Without `counter_of` an earlier
    /// copy opens as well.
    static Result<std::unique_ptr<TrustStore>> open(const std::filesystem::path& file, const Unlock& unlock,
                                                    Clock clock, const CounterOf& counter_of = {},
                                                    CounterRule rule = CounterRule::checked);

    /// The newest version. Errors: not_found there is none, or it was removed; data_loss.
    [[nodiscard]] Result<Object> get(const ObjectName& object);
    [[nodiscard]] Result<Object> get_version(const ObjectName& object, std::int64_t version);
    /// Names of a kind, each with its newest version, in the order of names.
    [[nodiscard]] Result<std::vector<ObjectVersion>> list(std::string_view tenant, std::string_view kind);
    /// Every version of one object, newest first.
    [[nodiscard]] Result<std::vector<ObjectVersion>> history(const ObjectName& object);

    /// Writes changes and audit records in one transaction, the records in their order.
    Status write(std::span<const Change> changes, std::span<const AuditEntry> entries);

    /// Audit lines from a sequence number (1 is the first) on.
    [[nodiscard]] Result<std::vector<std::string>> audit_lines(std::int64_t from, std::size_t limit);
    [[nodiscard]] std::int64_t audit_count() const { return sequence_; }
    [[nodiscard]] const std::string& audit_head() const { return head_; }

    /// Further ways to open the root key, by number. The last one stays. Errors: not_found;
    /// failed_precondition it is the last.
    struct Slot {
        std::int64_t id = 0;
        std::string kind;
    };
    Status add_slot(const std::string& parameters, const AuditEntry& entry);
    Status remove_slot(std::int64_t id, const AuditEntry& entry);
    [[nodiscard]] Result<std::vector<Slot>> slots();

    /// Tenants that have a key, and gives one of them another: everything of his is sealed by it, and the one
    /// before is wiped. In copies of the store it is still there. Errors: not_found; data_loss a value that
    /// does not open.
    [[nodiscard]] Result<std::vector<std::string>> tenants_with_keys();
    Status renew_tenant_key(const std::string& tenant, const AuditEntry& entry);

    /// Lets the counter rise for changes that came too soon behind others; before the store is closed.
    Status settle();

    [[nodiscard]] const kms::RootKey& root_key() const { return root_; }
    [[nodiscard]] const std::string& id() const { return id_; }
    /// Rises with every write of an object: what was read before may be old.
    [[nodiscard]] std::uint64_t generation() const { return generation_; }

  private:
    TrustStore(sqlite::Database database, kms::RootKey root, kms::Sealer sealer, std::string id, Clock clock)
        : database_(std::move(database)), root_(std::move(root)), sealer_(std::move(sealer)),
          id_(std::move(id)), clock_(std::move(clock)) {}

    static kms::Place place_of(const ObjectName& object, std::int64_t version) {
        return {object.tenant, object.kind, object.name, version, "value"};
    }
    /// One row that holds a value.
    struct ValueRow {
        ObjectName object;
        std::int64_t version = 0;
    };

    /// What the store says of its counter.
    struct CounterNote {
        std::string kind;
        std::uint64_t value = 0;
    };
    Result<std::optional<CounterNote>> counter_note();
    Status write_counter_note(std::uint64_t value);
    Status join_counter(const CounterOf& counter_of, CounterRule rule);
    Status compare_counter(const std::optional<CounterNote>& note,
                           const std::optional<std::uint64_t>& reached);
    Status anchor(std::uint64_t reached, const std::string& operation);
    Status advance_counter();
    [[nodiscard]] bool is_counter_due() const;

    /// Whether what is written is something that an earlier copy would not have.
    enum class Writes : std::uint8_t { change, record };

    Status load_audit_end();
    Status load_tenant_keys();
    Status add_tenant_key(const std::string& tenant, const std::string& now);
    Result<std::vector<ValueRow>> value_rows();
    Status check_values();
    Status bring_forward();
    Status seal_again(const ValueRow& row, bool is_first_format);
    Status apply(const Change& change, const std::string& now);
    Status write_with(const std::function<Status()>& change, std::span<const AuditEntry> entries,
                      Writes writes = Writes::change);
    Status write_transaction(const std::function<Status()>& change, std::span<const AuditEntry> entries);
    Result<std::int64_t> newest_version(const ObjectName& object);

    sqlite::Database database_;
    kms::RootKey root_;
    kms::Sealer sealer_;
    std::string id_;
    Clock clock_;
    std::int64_t sequence_ = 0;
    std::string head_ = std::string(k_first_hash);
    std::uint64_t generation_ = 1;
    std::unique_ptr<kms::RollbackCounter> counter_; ///< null: none
    std::uint64_t counter_value_ = 0;
    std::optional<std::chrono::steady_clock::time_point> last_rise_;
    bool is_unsettled_ = false;
    std::vector<std::pair<std::string, std::int64_t>> new_keys_; ///< of the transaction that is being made
};

/// Opens slots of the kind "passphrase". Lifetime: borrows the passphrase.
[[nodiscard]] TrustStore::Unlock by_passphrase(const crypto::Secret& passphrase);

/// Copies a store that may be in use into an empty file. Errors: as sqlite.
Status copy_store(const std::filesystem::path& from, const std::filesystem::path& to);

/// Every audit line of a store's file, without opening the store: the log is not sealed. Errors: as sqlite.
Status read_audit_lines(const std::filesystem::path& file,
                        const std::function<Status(std::string_view)>& take);

} // namespace redoubt::services::store
