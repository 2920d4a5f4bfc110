//! A set of permissions: bits in memory, names on disk and on the air.
//! Not whose it is: a role has one, see [`super::role`].

use serde::de::{SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::permission::Permission;

/// Some of the permissions. A bit's place is the permission's place in the program and means nothing outside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PermissionSet(u64);

const _: () = assert!(Permission::ALL.len() <= 64, "a set has room for 64 permissions");

impl PermissionSet {
    /// None.
    pub const NONE: Self = Self(0);

    /// These.
    pub const fn of(permissions: &[Permission]) -> Self {
        let mut set = Self::NONE;
        let mut at = 0;
        while at < permissions.len() {
            set.0 |= bit(permissions[at]);
            at += 1;
        }
        set
    }

    /// Is it in the set?
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }

    /// The set with these, too.
    #[must_use]
    pub const fn with(self, permissions: &[Permission]) -> Self {
        Self(self.0 | Self::of(permissions).0)
    }

    /// The set without these.
    #[must_use]
    pub const fn without(self, permissions: &[Permission]) -> Self {
        Self(self.0 & !Self::of(permissions).0)
    }

    /// What is in one of the two.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Its permissions, in their order.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.has(*permission))
    }
}

const fn bit(permission: Permission) -> u64 {
    1 << permission as u64
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::NONE, |set, permission| set.with(&[permission]))
    }
}

impl Serialize for PermissionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut names = serializer.serialize_seq(Some(self.iter().count()))?;
        for permission in self.iter() {
            names.serialize_element(permission.name())?;
        }
        names.end()
    }
}

/// A name that a newer program has written is passed over: this one can't give what it doesn't know.
impl<'de> Deserialize<'de> for PermissionSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = PermissionSet;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of permissions")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<PermissionSet, A::Error> {
                let mut set = PermissionSet::NONE;
                while let Some(name) = names.next_element::<std::borrow::Cow<'de, str>>()? {
                    set = Permission::from_name(&name).map_or(set, |permission| set.with(&[permission]));
                }
                Ok(set)
            }
        }
        deserializer.deserialize_seq(Names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_comes_back_by_names_and_passes_over_what_it_does_not_know() {
        let set = PermissionSet::of(&[Permission::Kick, Permission::ReadInfo]);
        let text = serde_json::to_string(&set).unwrap();
        assert_eq!(text, r#"["info.read","members.kick"]"#);
        assert_eq!(serde_json::from_str::<PermissionSet>(&text).unwrap(), set);
        let newer = r#"["members.kick","moon.visit","info.read"]"#;
        assert_eq!(serde_json::from_str::<PermissionSet>(newer).unwrap(), set);
        let packed = rmp_serde::to_vec(&set).unwrap();
        assert_eq!(rmp_serde::from_slice::<PermissionSet>(&packed).unwrap(), set);
    }

    #[test]
    fn sets_are_put_together_and_taken_apart() {
        let all: PermissionSet = Permission::ALL.iter().copied().collect();
        assert_eq!(all.iter().count(), Permission::ALL.len());
        let kick = PermissionSet::of(&[Permission::Kick]);
        let rest = all.without(&[Permission::Kick]);
        assert!(!rest.has(Permission::Kick) && rest.has(Permission::ReadBans));
        assert_eq!((rest.union(kick), all.minus(rest)), (all, kick));
    }
}
