//! Making another group on this host: who may, and how it begins.
//! Not what happens in it then; its own rules decide that.

use super::caller::Caller;
use super::event::{GroupCreated, GroupEvent, MemberJoined};
use super::id::{GroupId, MemberNumber};
use super::name::named_enum;
use super::preset::Preset;
use super::refusal::{Refusal, RefusalCode};
use super::role::Role;
use super::rules::{self, checked_nick};
use super::sentence::Sentence;
use super::settings::{GroupKind, GroupMode, GroupRole};

/// Longest name of a group in bytes.
pub const MAX_GROUP_NAME: usize = 100;

named_enum! {
    /// Who may make groups.
    pub enum Founders {
        /// Whoever sits at the machine.
        Operator = "operator",
        /// Whoever is a member of a group on this host, too.
        Members = "members",
        /// Whoever says who they are, too.
        Anyone = "anyone",
    }
}

/// What the host allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundingTerms {
    /// Who may.
    pub founders: Founders,
    /// Most groups on the host: each costs two announces every few hours.
    pub max_groups: u32,
    /// Most groups of one person.
    pub max_each: u32,
}

impl Default for FoundingTerms {
    fn default() -> Self {
        Self { founders: Founders::Operator, max_groups: 50, max_each: 3 }
    }
}

/// A group that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What it is to be called.
    pub name: String,
    /// How it is set up.
    pub preset: Preset,
    /// What its owner is to be called.
    pub nick: Option<String>,
}

/// What the rule needs to know of the host and the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FoundingFacts {
    /// How many groups there are.
    pub groups: u32,
    /// How many of them the caller is the owner of.
    pub owned: u32,
    /// Is the caller a member of one?
    pub is_member: bool,
}

impl FoundingTerms {
    /// May `caller` make one more? The one place where that is decided.
    pub fn check(&self, caller: Caller, facts: FoundingFacts) -> Result<(), Refusal> {
        match caller {
            Caller::Host | Caller::Operator => return self.check_room(facts),
            Caller::Anonymous | Caller::Token(_) => return Err(rules::identify()),
            Caller::Identified(_) => {}
        }
        let refuse = |what| Err(Refusal::new(RefusalCode::NotAllowed, what, Sentence::AskOperatorToFound));
        match self.founders {
            Founders::Operator => return refuse(Sentence::OnlyOperatorFounds),
            Founders::Members if !facts.is_member => {
                return refuse(Sentence::OnlyMembersFound);
            }
            Founders::Members | Founders::Anyone => {}
        }
        if facts.owned >= self.max_each {
            let what = Sentence::OwnsMany { owned: facts.owned, most: self.max_each };
            return Err(Refusal::new(RefusalCode::TooMany, what, Sentence::UseOneYouHave));
        }
        self.check_room(facts)
    }

    fn check_room(&self, facts: FoundingFacts) -> Result<(), Refusal> {
        if facts.groups < self.max_groups {
            return Ok(());
        }
        let what = Sentence::HostsMany { groups: facts.groups };
        Err(Refusal::new(RefusalCode::TooMany, what, Sentence::RaiseMaxGroups))
    }
}

/// The first events of a group that `caller` wants, who is its owner then, if it is a person.
pub fn found(
    terms: &FoundingTerms,
    caller: Caller,
    facts: FoundingFacts,
    gid: GroupId,
    plan: Plan,
) -> Result<Vec<GroupEvent>, Refusal> {
    terms.check(caller, facts)?;
    let (settings, roles) = plan.preset.set_up(checked_name(&plan.name)?);
    let (kind, mode, role) = (GroupKind::Group, GroupMode::Plain, GroupRole::Origin);
    let mut events = vec![GroupCreated { gid, kind, mode, role, settings, roles }.into()];
    if let Some(owner) = caller.identity() {
        let nick = plan.nick.map(checked_nick).transpose()?;
        let role = Some(Role::Owner);
        events.push(MemberJoined { role, ..MemberJoined::new(owner, MemberNumber::FIRST, nick) }.into());
    }
    Ok(events)
}

/// A name that a group may have: one line, with something to see and nothing that hides.
fn checked_name(name: &str) -> Result<&str, Refusal> {
    let bad =
        |what| Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::ChooseAnother).in_field("name"));
    let name = name.trim();
    if name.len() > MAX_GROUP_NAME {
        return bad(Sentence::GroupNameTooLong { len: name.len(), max: MAX_GROUP_NAME });
    }
    let may_be = |c: char| matches!(c, '[' | ']' | ':' | '>') || rules::may_be_in_a_nick(c);
    if name.is_empty() || !name.chars().all(may_be) {
        return bad(Sentence::GroupNameNeedsLetters);
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::hash::IdentityHash;

    fn code(terms: FoundingTerms, caller: Caller, facts: FoundingFacts) -> Option<RefusalCode> {
        terms.check(caller, facts).err().map(|refusal| refusal.code)
    }

    #[test]
    fn who_may_make_groups_is_the_operators_choice() {
        let anna = Caller::Identified(IdentityHash::from_bytes([1; 16]));
        let of = |founders| FoundingTerms { founders, ..FoundingTerms::default() };
        let stranger = FoundingFacts { groups: 1, ..FoundingFacts::default() };
        let member = FoundingFacts { is_member: true, ..stranger };
        for (founders, for_stranger, for_member) in [
            (Founders::Operator, Some(RefusalCode::NotAllowed), Some(RefusalCode::NotAllowed)),
            (Founders::Members, Some(RefusalCode::NotAllowed), None),
            (Founders::Anyone, None, None),
        ] {
            assert_eq!(code(of(founders), anna, stranger), for_stranger, "{founders}");
            assert_eq!(code(of(founders), anna, member), for_member, "{founders}");
            assert_eq!(code(of(founders), Caller::Operator, stranger), None);
            assert_eq!(code(of(founders), Caller::Anonymous, stranger), Some(RefusalCode::Identify));
        }
    }

    #[test]
    fn nobody_makes_more_groups_than_the_host_has_room_for_and_nobody_takes_all_of_it() {
        let terms = FoundingTerms { founders: Founders::Anyone, max_groups: 10, max_each: 2 };
        let anna = Caller::Identified(IdentityHash::from_bytes([1; 16]));
        let facts = |groups, owned| FoundingFacts { groups, owned, is_member: true };
        assert_eq!(code(terms, anna, facts(9, 1)), None);
        assert_eq!(code(terms, anna, facts(9, 2)), Some(RefusalCode::TooMany));
        assert_eq!(code(terms, anna, facts(10, 0)), Some(RefusalCode::TooMany));
        assert_eq!(code(terms, Caller::Operator, facts(9, 9)), None);
        assert_eq!(code(terms, Caller::Operator, facts(10, 0)), Some(RefusalCode::TooMany));
    }

    #[test]
    fn who_makes_a_group_is_its_owner_and_the_operator_makes_one_without() {
        let anna = IdentityHash::from_bytes([1; 16]);
        let gid = GroupId::from_bytes([7; 16]);
        let plan = Plan { name: " Perch ".into(), preset: Preset::Family, nick: Some("Anna".into()) };
        let terms = FoundingTerms { founders: Founders::Anyone, ..FoundingTerms::default() };
        let found = |caller| found(&terms, caller, FoundingFacts::default(), gid, plan.clone()).unwrap();
        let events = found(Caller::Identified(anna));
        let [GroupEvent::GroupCreated(created), GroupEvent::MemberJoined(joined)] = events.as_slice() else {
            panic!("{events:?}");
        };
        assert_eq!((created.gid, created.settings.inner_name()), (gid, "Perch"));
        assert_eq!(
            (joined.member, joined.number, joined.role),
            (anna, MemberNumber::FIRST, Some(Role::Owner))
        );
        assert_eq!(found(Caller::Operator).len(), 1);
    }

    #[test]
    fn a_name_is_one_line_that_hides_nothing() {
        for name in ["Perch", " [A] Perch: \u{e4} "] {
            assert_eq!(checked_name(name), Ok(name.trim()));
        }
        for name in ["", "  ", "a\nb", "a\u{202e}b", "\u{200b}", &"x".repeat(101)] {
            assert_eq!(checked_name(name).unwrap_err().field, Some("name"), "{name:?}");
        }
    }
}
