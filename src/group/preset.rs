//! Presets: how a new group is set up, in one word.
//! Not a kind of group: everything that a preset sets can be changed later.

use super::name::named_enum;
use super::permission::Permission;
use super::role::{Role, RoleTable};
use super::settings::{GroupAccess, Settings};

named_enum! {
    /// How a new group is set up.
    pub enum Preset {
        /// Everybody may find it, join and post; its staff keeps the peace.
        Public = "public",
        /// Its name and what is said stay inside; members let others in.
        Family = "family",
        /// Staff posts; everybody may find it, join, read and react.
        Announcements = "announcements",
        /// Everybody may find it, join and post, and nobody keeps the peace.
        Unmoderated = "unmoderated",
    }
}

/// What may be missing from who only listens.
const SPEAKING: &[Permission] =
    &[Permission::Post, Permission::Attach, Permission::EditOwn, Permission::Direct];

impl Preset {
    /// The settings and the roles of a new group called `name`.
    pub fn set_up(self, name: impl Into<String>) -> (Settings, RoleTable) {
        let public = Settings::public(name);
        match self {
            Self::Public => (public, RoleTable::default()),
            Self::Family => (public.with_access(GroupAccess::Private), RoleTable::default()),
            Self::Announcements => {
                let listens = [Role::Member, Role::Newcomer];
                (public, without(&listens, SPEAKING))
            }
            Self::Unmoderated => (public, without(Role::ALL, Role::MODERATION)),
        }
    }
}

fn without(roles: &[Role], permissions: &[Permission]) -> RoleTable {
    roles.iter().fold(RoleTable::default(), |table, role| {
        table.with(*role, table.permissions(*role).without(permissions))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_an_announcement_room_staff_posts_and_others_react() {
        let (settings, roles) = Preset::Announcements.set_up("News");
        assert_eq!(settings.access, GroupAccess::Public);
        assert!(roles.permissions(Role::Moderator).has(Permission::Post));
        let member = roles.permissions(Role::Member);
        assert!(!member.has(Permission::Post) && member.has(Permission::React));
    }

    #[test]
    fn nobody_keeps_the_peace_in_an_unmoderated_group() {
        let (_, roles) = Preset::Unmoderated.set_up("Agora");
        assert!(Role::MODERATION.iter().all(|permission| !roles.anybody_may(*permission)));
        assert!(roles.permissions(Role::Member).has(Permission::Post));
    }

    #[test]
    fn a_family_keeps_its_name_inside() {
        let (settings, roles) = Preset::Family.set_up("The Bölls");
        assert_eq!((settings.public_name(), settings.inner_name()), ("Private Group", "The Bölls"));
        assert!(roles.is_default());
    }
}
