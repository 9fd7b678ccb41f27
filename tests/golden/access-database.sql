
CREATE TABLE clients (
    fingerprint TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    role        TEXT NOT NULL CHECK (role IN ('viewer', 'admin')),
    added_at    INTEGER NOT NULL,
    added_by    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
    seq  INTEGER PRIMARY KEY,
    line TEXT NOT NULL
) STRICT;
CREATE TABLE audit_dropped (
    seq  INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;
