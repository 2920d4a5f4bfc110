-- Groups of others that were heard. Local to this host and no part of the log: where a row is missing, the group is
-- listed again after its next announce. There is a cap (src/store/heard_groups.rs says which and who goes).
CREATE TABLE heard_groups (
    -- Its meshchat.group, and whose that is.
    destination_hash BLOB    NOT NULL PRIMARY KEY CHECK (length(destination_hash) = 16),
    identity_hash    BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    name             TEXT    NOT NULL,
    flags            INTEGER NOT NULL,
    protocol         INTEGER,
    price            INTEGER NOT NULL,
    kind             TEXT,
    hops             INTEGER NOT NULL,
    first            INTEGER NOT NULL,
    heard            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Lists begin with the nearest.
CREATE INDEX heard_groups_by_distance ON heard_groups (hops, destination_hash);
