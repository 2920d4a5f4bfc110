-- Messages over time: which event changed one last, which one holds its text, who may read it; and words to find it by.

-- The last event that changed the message: posted, edited, deleted, pinned, or reacted to. Who follows a group walks by
-- this, so that each message comes once, as it is now. 0 when retention took it: that is told in one number.
ALTER TABLE group_messages ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
-- The event that holds what it says now: its own, or that of the last edit.
ALTER TABLE group_messages ADD COLUMN body INTEGER NOT NULL DEFAULT 0;
-- Whom it is for, if only for one. NULL when wiped, as the author is.
ALTER TABLE group_messages ADD COLUMN recipient BLOB CHECK (length(recipient) = 16);
-- The event that pinned it.
ALTER TABLE group_messages ADD COLUMN pinned INTEGER;
-- Always the number of its reactions with an author; kept here because most messages have none.
ALTER TABLE group_messages ADD COLUMN reactions INTEGER NOT NULL DEFAULT 0;
UPDATE group_messages SET changed = seq, body = seq;

CREATE INDEX group_messages_changed ON group_messages (gid, changed, seq);
CREATE INDEX group_messages_author ON group_messages (gid, author, seq) WHERE author IS NOT NULL;
CREATE INDEX group_messages_pinned ON group_messages (gid, pinned) WHERE pinned IS NOT NULL;

-- What a reaction says, to be counted. NULL when wiped.
ALTER TABLE group_reactions ADD COLUMN emoji TEXT;
CREATE INDEX group_reactions_target ON group_reactions (gid, target, emoji, author) WHERE author IS NOT NULL;
CREATE INDEX group_reactions_author ON group_reactions (gid, author, seq) WHERE author IS NOT NULL;

-- How much of a group's history is kept. One row for each group.
CREATE TABLE group_history (
    gid         BLOB    NOT NULL REFERENCES groups (gid),
    -- Always the number of messages that are not wiped, and the bytes of the events that hold them.
    messages    INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    -- Messages up to this number are kept only if they are pinned; 0 if retention has taken none.
    pruned_to   INTEGER NOT NULL,
    -- The event that said so last.
    pruned_at   INTEGER NOT NULL,
    PRIMARY KEY (gid)
) STRICT, WITHOUT ROWID;
INSERT INTO group_history (gid, messages, bytes, pruned_to, pruned_at)
    SELECT g.gid, count(m.author), coalesce(sum(length(e.private)), 0), 0, 0
    FROM groups AS g
    LEFT JOIN group_messages AS m ON m.gid = g.gid
    LEFT JOIN group_events AS e ON e.gid = m.gid AND e.seq = m.seq
    GROUP BY g.gid;

-- The words of messages, to search in. Made from the log by src/store/search.rs, where it says which words; the texts
-- themselves are not here. A row's number is the group's ordinal times 2^40 plus the message's number, so that what is
-- found comes in order; neither leaves that file. What is wiped leaves no word behind.
CREATE VIRTUAL TABLE group_text USING fts5 (words, content = '', columnsize = 0, detail = none, tokenize = 'ascii');
INSERT INTO group_text (group_text, rank) VALUES ('secure-delete', 1);

-- Which group has which ordinal. This host's own: another one gives others.
CREATE TABLE group_text_ordinals (
    gid     BLOB    NOT NULL REFERENCES groups (gid),
    ordinal INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (gid)
) STRICT, WITHOUT ROWID;
