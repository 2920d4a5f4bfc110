-- Which messages held a command that a member gave and that was carried out. Whoever recorded such a message on the air
-- can send it again at any time, also after a restart: it must not be carried out twice. Posts need no row here, they
-- are found by their post_id. Rows are never deleted; each belongs to something that a member did, as events do.
CREATE TABLE group_commands (
    gid          BLOB NOT NULL REFERENCES groups (gid),
    -- The LXMF message's hash: it covers destination, source and what was signed.
    message_hash BLOB NOT NULL CHECK (length(message_hash) = 32),
    PRIMARY KEY (gid, message_hash)
) STRICT, WITHOUT ROWID;

-- Does another member have the same nick? Asked for each name that is shown in a chat.
CREATE INDEX group_members_nick ON group_members (gid, nick) WHERE nick IS NOT NULL;
