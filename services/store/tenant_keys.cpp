// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// Tenants' keys in the store: read, made, renewed; and values that were sealed before there were any.

#include "services/store/trust_store.hpp"

namespace redoubt::services::store {

Status TrustStore::load_tenant_keys() {
    bool has_keys = false;
    {
        RDT_TRY(auto statement, database_.prepare("SELECT tenant, version, wrapped FROM tenant_key"));
        RDT_CHECK(statement.bind());
        while (true) {
            RDT_TRY(const bool has_row, statement.step());
            if (!has_row) break;
            RDT_CHECK(sealer_.load_tenant_key(statement.column_text(0), statement.column_integer(1),
                                              statement.column_text(2)));
            has_keys = true;
        }
    }
    // Once there are keys, nothing of the first format is believed any more: it would be of an older copy.
    return has_keys ? Status() : bring_forward();
}

Status TrustStore::add_tenant_key(const std::string& tenant, const std::string& now) {
    RDT_TRY(const auto wrapped, sealer_.make_tenant_key(tenant));
    const auto version = sealer_.newest_key(tenant);
    new_keys_.emplace_back(tenant, version);
    RDT_TRY(auto insert, database_.prepare(
                             "INSERT INTO tenant_key(tenant, version, created, wrapped) VALUES(?, ?, ?, ?)"));
    return insert.run(tenant, version, now, wrapped);
}

Result<std::vector<TrustStore::ValueRow>> TrustStore::value_rows() {
    RDT_TRY(auto statement, database_.prepare("SELECT tenant, kind, name, version FROM object "
                                              "WHERE is_removed = 0 ORDER BY tenant, kind, name, version"));
    RDT_CHECK(statement.bind());
    std::vector<ValueRow> rows;
    while (true) {
        RDT_TRY(const bool has_row, statement.step());
        if (!has_row) return rows;
        rows.push_back({{statement.column_text(0), statement.column_text(1), statement.column_text(2)},
                        statement.column_integer(3)});
    }
}

Status TrustStore::seal_again(const ValueRow& row, bool is_first_format) {
    const auto place = place_of(row.object, row.version);
    kms::SealedValue stored;
    {
        RDT_TRY(auto select, database_.prepare("SELECT value, key_version FROM object "
                                               "WHERE tenant = ? AND kind = ? AND name = ? AND version = ?"));
        RDT_CHECK(select.bind(row.object.tenant, row.object.kind, row.object.name, row.version));
        RDT_CHECK(select.step());
        stored = {select.column_text(0), select.column_integer(1)};
    }
    RDT_TRY(const auto value,
            is_first_format ? sealer_.open_first_format(place, stored.text) : sealer_.open(place, stored));
    RDT_TRY(const auto sealed, sealer_.seal(place, value.view()));
    RDT_TRY(auto update, database_.prepare("UPDATE object SET value = ?, key_version = ? "
                                           "WHERE tenant = ? AND kind = ? AND name = ? AND version = ?"));
    return update.run(sealed.text, sealed.key_version, row.object.tenant, row.object.kind, row.object.name,
                      row.version);
}

/// Whether every value opens.
Status TrustStore::check_values() {
    RDT_TRY(const auto rows, value_rows());
    for (const auto& row : rows) RDT_CHECK(get_version(row.object, row.version));
    return {};
}

/// A store of the first format: its values are sealed again by keys of their tenants, all or none.
Status TrustStore::bring_forward() {
    RDT_TRY(const auto rows, value_rows());
    if (rows.empty()) return {};
    const auto seal_all = [&]() -> Status {
        const auto now = clock_();
        for (const auto& row : rows) {
            if (sealer_.newest_key(row.object.tenant) == 0) RDT_CHECK(add_tenant_key(row.object.tenant, now));
            RDT_CHECK(seal_again(row, true));
        }
        return {};
    };
    const auto entry = system_entry("store.upgrade", "store", {{"format", 2}, {"values", rows.size()}});
    return write_with(seal_all, {{entry}});
}

Result<std::vector<std::string>> TrustStore::tenants_with_keys() {
    RDT_TRY(auto statement, database_.prepare("SELECT DISTINCT tenant FROM tenant_key ORDER BY tenant"));
    RDT_CHECK(statement.bind());
    std::vector<std::string> tenants;
    while (true) {
        RDT_TRY(const bool has_row, statement.step());
        if (!has_row) return tenants;
        tenants.push_back(statement.column_text(0));
    }
}

Status TrustStore::renew_tenant_key(const std::string& tenant, const AuditEntry& entry) {
    const auto old = sealer_.newest_key(tenant);
    if (old == 0) return fail(Code::not_found, "tenant '{}' has no key", tenant);
    RDT_TRY(const auto rows, value_rows());
    const auto renew = [&]() -> Status {
        RDT_CHECK(add_tenant_key(tenant, clock_()));
        for (const auto& row : rows)
            if (row.object.tenant == tenant) RDT_CHECK(seal_again(row, false));
        RDT_TRY(auto wipe, database_.prepare("DELETE FROM tenant_key WHERE tenant = ? AND version <= ?"));
        return wipe.run(tenant, old);
    };
    RDT_CHECK(write_with(renew, {{entry}}));
    for (std::int64_t version = old; version > 0; --version) sealer_.forget_tenant_key(tenant, version);
    return {};
}

} // namespace redoubt::services::store
