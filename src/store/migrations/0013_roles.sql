-- Roles, what each may, permissions that single people have, and room for everything that can be set about a group.

-- How a group is set up: `Settings` as JSON, so that a new setting needs no migration. It takes the place of a column for
-- each. Rule 15 lives on in it: a visibility class for each thing, by name.
ALTER TABLE groups ADD COLUMN settings TEXT NOT NULL DEFAULT '';
UPDATE groups SET settings = json_object(
    'n', name, 'p', private_name, 'd', description,
    'v', json_object('i', visibility_info, 'c', visibility_children, 'm', visibility_members, 't', visibility_messages),
    'l', max_text, 'm', max_members
);
ALTER TABLE groups DROP COLUMN name;
ALTER TABLE groups DROP COLUMN private_name;
ALTER TABLE groups DROP COLUMN description;
ALTER TABLE groups DROP COLUMN visibility_info;
ALTER TABLE groups DROP COLUMN visibility_children;
ALTER TABLE groups DROP COLUMN visibility_members;
ALTER TABLE groups DROP COLUMN visibility_messages;
ALTER TABLE groups DROP COLUMN max_text;
ALTER TABLE groups DROP COLUMN max_members;
-- What roles may where that is not as they come: `RoleTable` as JSON.
ALTER TABLE groups ADD COLUMN roles TEXT NOT NULL DEFAULT '{}';
-- The event that last changed settings or roles: who changes them says which one they have seen.
ALTER TABLE groups ADD COLUMN set_at INTEGER NOT NULL DEFAULT 1;
-- Always the number of rows in group_grants: most groups have none, and then nobody needs to look there.
ALTER TABLE groups ADD COLUMN grant_count INTEGER NOT NULL DEFAULT 0;

ALTER TABLE group_members ADD COLUMN role TEXT NOT NULL DEFAULT 'member';

-- How many owners are left, and who is staff: asked where somebody goes or is told something.
CREATE INDEX group_members_roles ON group_members (gid, role, number) WHERE role <> 'member';

-- One permission that one person has beyond their role. Gone with a membership and with a ban.
CREATE TABLE group_grants (
    gid           BLOB    NOT NULL REFERENCES groups (gid),
    identity_hash BLOB    NOT NULL CHECK (length(identity_hash) = 16),
    -- By name, so that a new permission needs no migration.
    permission    TEXT    NOT NULL,
    granted_by    BLOB    CHECK (length(granted_by) = 16),
    since         INTEGER NOT NULL,
    until         INTEGER,
    PRIMARY KEY (gid, identity_hash, permission)
) STRICT, WITHOUT ROWID;

-- What staff looks through: the log without what is said and what people choose for themselves. The kind is the third
-- byte of a header, and one byte as long as it is below 128.
CREATE INDEX group_events_audit ON group_events (gid, seq)
    WHERE substr(header, 3, 1) NOT IN (x'04', x'05', x'08', x'0f', x'10', x'28', x'2d');
