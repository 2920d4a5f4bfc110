-- What a member's nick looks like, as src/group/look.rs has it: members who look alike are told apart by their hashes.
-- SQL can't reckon it, so src/store/refill.rs fills it in for members of older versions.
ALTER TABLE group_members ADD COLUMN look TEXT;
CREATE INDEX group_members_look ON group_members (gid, look) WHERE look IS NOT NULL;
CREATE INDEX group_members_no_look ON group_members (gid) WHERE nick IS NOT NULL AND look IS NULL; -- which those are
DROP INDEX group_members_nick;
