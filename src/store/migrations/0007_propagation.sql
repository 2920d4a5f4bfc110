-- What this host keeps as a propagation node, for people who are offline, and what its peers have not been given yet.
-- No group owns these rows and no log makes them: without them a message or two has to come another way.

-- Entries by what they are called: SHA-256 of the entry without its stamp.
CREATE TABLE propagation_entries (
    id        BLOB    NOT NULL CHECK (length(id) = 32),
    -- Whose lxmf.delivery it is addressed to.
    recipient BLOB    NOT NULL CHECK (length(recipient) = 16),
    received  INTEGER NOT NULL,
    -- What its propagation stamp is worth.
    value     INTEGER NOT NULL,
    -- Bytes, the stamp included.
    size      INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- Whoever comes for theirs gets the smallest first.
CREATE INDEX propagation_entries_recipient ON propagation_entries (recipient, size, id);
CREATE INDEX propagation_entries_received ON propagation_entries (received);

-- The entries themselves with their stamps. Apart, so that looking for the oldest and largest reads no more than that.
CREATE TABLE propagation_bodies (
    id   BLOB NOT NULL REFERENCES propagation_entries (id) ON DELETE CASCADE,
    body BLOB NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- How much there is; one row.
CREATE TABLE propagation_usage (
    one     INTEGER NOT NULL CHECK (one = 1),
    entries INTEGER NOT NULL CHECK (entries >= 0),
    bytes   INTEGER NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (one)
) STRICT, WITHOUT ROWID;
INSERT INTO propagation_usage (one, entries, bytes) VALUES (1, 0, 0);

-- Entries that are gone, so that a peer does not bring them again: their recipient has them, or nobody came for them.
CREATE TABLE propagation_gone (
    id    BLOB    NOT NULL CHECK (length(id) = 32),
    since INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX propagation_gone_since ON propagation_gone (since);

-- Peers, by their lxmf.propagation.
CREATE TABLE propagation_peers (
    peer BLOB NOT NULL CHECK (length(peer) = 16),
    PRIMARY KEY (peer)
) STRICT, WITHOUT ROWID;

-- What a peer has not been given yet.
CREATE TABLE propagation_unhandled (
    peer BLOB NOT NULL REFERENCES propagation_peers (peer) ON DELETE CASCADE,
    id   BLOB NOT NULL REFERENCES propagation_entries (id) ON DELETE CASCADE,
    PRIMARY KEY (peer, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX propagation_unhandled_id ON propagation_unhandled (id);
