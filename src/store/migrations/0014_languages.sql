-- In which language a member wants to be spoken to. Most never say, so they have no row. A row goes when its member does.
CREATE TABLE group_languages (
    gid           BLOB NOT NULL REFERENCES groups (gid),
    identity_hash BLOB NOT NULL CHECK (length(identity_hash) = 16),
    language      TEXT NOT NULL,
    PRIMARY KEY (gid, identity_hash)
) STRICT, WITHOUT ROWID;
