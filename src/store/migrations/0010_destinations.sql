-- Whose a destination is, for everybody in `identities`: people copy either hash from their clients, and whoever acts on
-- a person may give either. Made from identity hashes alone, and no part of the log.
CREATE TABLE destinations (
    destination_hash BLOB NOT NULL PRIMARY KEY CHECK (length(destination_hash) = 16),
    identity_hash    BLOB NOT NULL CHECK (length(identity_hash) = 16),
    -- App name and aspects, such as lxmf.delivery.
    name             TEXT NOT NULL
) STRICT, WITHOUT ROWID;
