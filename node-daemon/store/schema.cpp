// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/store/schema.hpp"

#include <array>

namespace redoubt::node::store {
namespace {

constexpr std::string_view k_version_1 = R"sql(
CREATE TABLE containers (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    spec        TEXT NOT NULL,
    image_id    TEXT NOT NULL,
    command     TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('created', 'starting', 'running', 'stopping', 'exited')),
    created_at  INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    exit_code   INTEGER NOT NULL,
    oom_killed  INTEGER NOT NULL,
    reason      TEXT NOT NULL
) STRICT;
CREATE TABLE sandboxes (
    id                TEXT PRIMARY KEY,
    container_id      TEXT NOT NULL UNIQUE REFERENCES containers (id),
    vmm_pid           INTEGER NOT NULL,
    vmm_start_time    TEXT NOT NULL,
    runtime_directory TEXT NOT NULL,
    facts             TEXT NOT NULL
) STRICT;
CREATE TABLE ledger (
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    owner      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::string_view k_version_2 = R"sql(
CREATE TABLE volumes (
    name       TEXT PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    encrypted  INTEGER NOT NULL,
    anonymous  INTEGER NOT NULL,
    labels     TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
ALTER TABLE containers ADD COLUMN stopped_by_user INTEGER NOT NULL DEFAULT 0;
ALTER TABLE containers ADD COLUMN restart_count INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr std::string_view k_version_3 = R"sql(
CREATE TABLE pods (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    spec       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    wanted     INTEGER NOT NULL
) STRICT;
ALTER TABLE containers ADD COLUMN pod_id TEXT REFERENCES pods (id);
CREATE TABLE sandboxes_of_any (
    id                TEXT PRIMARY KEY,
    container_id      TEXT UNIQUE REFERENCES containers (id),
    pod_id            TEXT UNIQUE REFERENCES pods (id),
    vmm_pid           INTEGER NOT NULL,
    vmm_start_time    TEXT NOT NULL,
    runtime_directory TEXT NOT NULL,
    facts             TEXT NOT NULL,
    CHECK ((container_id IS NULL) <> (pod_id IS NULL))
) STRICT;
INSERT INTO sandboxes_of_any
    SELECT id, container_id, NULL, vmm_pid, vmm_start_time, runtime_directory, facts FROM sandboxes;
DROP TABLE sandboxes;
ALTER TABLE sandboxes_of_any RENAME TO sandboxes;
CREATE TABLE pod_members (
    container_id TEXT PRIMARY KEY REFERENCES containers (id),
    sandbox_id   TEXT NOT NULL,
    slot         INTEGER NOT NULL,
    facts        TEXT NOT NULL
) STRICT;
)sql";

constexpr std::string_view k_version_4 = R"sql(
ALTER TABLE containers ADD COLUMN last_launch TEXT NOT NULL DEFAULT '';
)sql";

constexpr std::string_view k_version_5 = R"sql(
ALTER TABLE volumes ADD COLUMN key_uri TEXT NOT NULL DEFAULT '';
)sql";

constexpr std::array k_migrations = {k_version_1, k_version_2, k_version_3, k_version_4, k_version_5};

} // namespace

std::span<const std::string_view> schema_migrations() {
    return k_migrations;
}

} // namespace redoubt::node::store
