//! Roles: what a member is to the group, how they rank, and what each may.
//! Not who has which (that stands with the member), and not the check: that is [`crate::group::rules::may`].

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::name::named_enum;
use super::permission::Permission;
use super::permission_set::PermissionSet;

named_enum! {
    /// What a member is to the group.
    pub enum Role {
        /// Whose group it is. There is always one left.
        Owner = "owner",
        /// Runs it for the owner.
        Admin = "admin",
        /// Keeps the peace.
        Moderator = "moderator",
        /// Takes part.
        Member = "member",
        /// Reads.
        Reader = "reader",
        /// Has come lately, and may less until known.
        Newcomer = "newcomer",
    }
}

/// What a role is worth: nobody acts on somebody of their own rank or above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank(u8);

impl Rank {
    /// Of who is no member.
    pub const STRANGER: Self = Self(0);
    /// Of who has been given something that members don't have: above other members, below moderators.
    pub const TRUSTED: Self = Self(4);
    /// Of the operator of the machine and of the program itself.
    pub const HOST: Self = Self(u8::MAX);
}

impl Role {
    /// Its rank.
    pub const fn rank(self) -> Rank {
        match self {
            Self::Owner => Rank(7),
            Self::Admin => Rank(6),
            Self::Moderator => Rank(5),
            Self::Member => Rank(3),
            Self::Reader => Rank(2),
            Self::Newcomer => Rank(1),
        }
    }

    /// Does it belong to those who look after the group?
    pub fn is_staff(self) -> bool {
        self.rank() >= Self::Moderator.rank()
    }

    /// What it may unless the group says otherwise.
    pub const fn default_permissions(self) -> PermissionSet {
        match self {
            Self::Owner => Self::Admin.default_permissions().with(&[Permission::Export]),
            Self::Admin => Self::Moderator.default_permissions().with(&[
                Permission::RenameOthers,
                Permission::RenameGroup,
                Permission::ChangeSettings,
                Permission::ChangeRoles,
                Permission::Announce,
            ]),
            Self::Moderator => Self::Member.default_permissions().with(Self::MODERATION).with(&[
                Permission::Pin,
                Permission::Invite,
                Permission::ReadStatus,
                Permission::ReadAudit,
                Permission::ReadBans,
            ]),
            Self::Member => {
                let more = &[Permission::Attach, Permission::Direct, Permission::React];
                Self::Newcomer.default_permissions().with(more)
            }
            Self::Newcomer => {
                Self::Reader.default_permissions().with(&[Permission::Post, Permission::EditOwn])
            }
            Self::Reader => PermissionSet::of(&[
                Permission::ReadInfo,
                Permission::ReadChildren,
                Permission::ReadMembers,
                Permission::ReadMessages,
                Permission::Join,
                Permission::Leave,
                Permission::Found,
                Permission::SwitchRelay,
                Permission::ChangeNick,
                Permission::DeleteOwn,
            ]),
        }
    }

    /// What is done to people and their messages without asking them.
    pub const MODERATION: &[Permission] = &[
        Permission::DeleteAny,
        Permission::Review,
        Permission::Approve,
        Permission::Kick,
        Permission::Mute,
        Permission::Ban,
        Permission::Unban,
    ];
}

/// What each role of a group may. Roles that are as they come take no room where it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoleTable {
    changed: [Option<PermissionSet>; Role::ALL.len()],
}

impl RoleTable {
    /// What `role` may.
    pub fn permissions(&self, role: Role) -> PermissionSet {
        let changed = self.changed.get(role as usize).copied().flatten();
        changed.unwrap_or(role.default_permissions())
    }

    /// The table with that for `role`.
    #[must_use]
    pub fn with(mut self, role: Role, permissions: PermissionSet) -> Self {
        if let Some(entry) = self.changed.get_mut(role as usize) {
            *entry = (permissions != role.default_permissions()).then_some(permissions);
        }
        self
    }

    /// Are all roles as they come?
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Some role has it, so somebody could use it.
    pub fn anybody_may(&self, permission: Permission) -> bool {
        Role::ALL.iter().any(|role| self.permissions(*role).has(permission))
    }
}

impl Serialize for RoleTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let changed = Role::ALL.iter().zip(self.changed);
        serializer.collect_map(changed.filter_map(|(role, permissions)| Some((role.name(), permissions?))))
    }
}

/// A role that a newer program has written is passed over.
impl<'de> Deserialize<'de> for RoleTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let named = BTreeMap::<String, PermissionSet>::deserialize(deserializer)?;
        let known = named.iter().filter_map(|(name, set)| Some((Role::from_name(name)?, *set)));
        Ok(known.fold(Self::default(), |table, (role, set)| table.with(role, set)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_ranks_higher_may_more_and_readers_only_read() {
        for pair in [Role::Owner, Role::Admin, Role::Moderator, Role::Member, Role::Newcomer].windows(2) {
            let [above, below] = pair else { panic!() };
            assert!(above.rank() > below.rank());
            let lost = below.default_permissions().minus(above.default_permissions());
            assert_eq!(lost, PermissionSet::NONE, "{above} lacks what {below} has");
        }
        let reader = Role::Reader.default_permissions();
        assert!(reader.has(Permission::ReadMessages) && !reader.has(Permission::Post));
        assert!(!reader.has(Permission::React));
    }

    #[test]
    fn every_permission_is_somebodys() {
        let owner = Role::Owner.default_permissions();
        let programs_own = [Permission::LetGo, Permission::Prune];
        for permission in Permission::ALL {
            assert_ne!(owner.has(*permission), programs_own.contains(permission), "{permission}");
        }
    }

    #[test]
    fn a_table_keeps_what_differs_from_how_roles_come() {
        let table = RoleTable::default();
        assert_eq!(serde_json::to_string(&table).unwrap(), "{}");
        let quiet = Role::Member.default_permissions().without(&[Permission::Post]);
        let changed = table.with(Role::Member, quiet);
        assert_eq!(changed.permissions(Role::Member), quiet);
        assert_eq!(changed.permissions(Role::Admin), Role::Admin.default_permissions());
        let text = serde_json::to_string(&changed).unwrap();
        assert_eq!(serde_json::from_str::<RoleTable>(&text).unwrap(), changed);
        let packed = rmp_serde::to_vec_named(&changed).unwrap();
        assert_eq!(rmp_serde::from_slice::<RoleTable>(&packed).unwrap(), changed);
        assert!(changed.with(Role::Member, Role::Member.default_permissions()).is_default());
    }
}
