-- Up to which message members have fetched with requests, so that an author can be told how many did. Written now and
-- then, not with each request, and no part of the log. A row goes when its member does.
CREATE TABLE group_fetches (
    gid           BLOB    NOT NULL REFERENCES groups (gid),
    identity_hash BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    -- The highest number of a message in an answer to them.
    seq           INTEGER NOT NULL,
    PRIMARY KEY (gid, identity_hash)
) STRICT, WITHOUT ROWID;
