//! Whether somebody may make another group on this host.
//! Not what the group is then; its first events say that.

use super::caller::Caller;
use super::name::named_enum;
use super::refusal::{Refusal, RefusalCode};

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

/// What the rule needs to know of the host and the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FoundingFacts {
    /// How many groups there are.
    pub groups: u32,
    /// How many of them the caller has made.
    pub founded: u32,
    /// Is the caller a member of one?
    pub is_member: bool,
}

impl FoundingTerms {
    /// May `caller` make one more? The one place where that is decided.
    pub fn check(&self, caller: Caller, facts: FoundingFacts) -> Result<(), Refusal> {
        match caller {
            Caller::Host | Caller::Operator => return self.check_room(facts),
            Caller::Anonymous | Caller::Token(_) => {
                let what = "This server does not know who you are.";
                return Err(Refusal::new(RefusalCode::Identify, what, "Identify on the link first."));
            }
            Caller::Identified(_) => {}
        }
        let refuse = |what: &str| {
            Err(Refusal::new(RefusalCode::NotAllowed, what, "Ask this server's operator to make one."))
        };
        match self.founders {
            Founders::Operator => return refuse("Only this server's operator makes groups here."),
            Founders::Members if !facts.is_member => {
                return refuse("Only members of a group here may make another.");
            }
            Founders::Members | Founders::Anyone => {}
        }
        if facts.founded >= self.max_each {
            let what = format!("You have made {} groups; {} is the most here.", facts.founded, self.max_each);
            return Err(Refusal::new(RefusalCode::TooMany, what, "Use one that you have."));
        }
        self.check_room(facts)
    }

    fn check_room(&self, facts: FoundingFacts) -> Result<(), Refusal> {
        if facts.groups < self.max_groups {
            return Ok(());
        }
        let what = format!("This server has {} groups; that is the most.", facts.groups);
        Err(Refusal::new(RefusalCode::TooMany, what, "The operator can raise max_groups in server.toml."))
    }
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
        let facts = |groups, founded| FoundingFacts { groups, founded, is_member: true };
        assert_eq!(code(terms, anna, facts(9, 1)), None);
        assert_eq!(code(terms, anna, facts(9, 2)), Some(RefusalCode::TooMany));
        assert_eq!(code(terms, anna, facts(10, 0)), Some(RefusalCode::TooMany));
        assert_eq!(code(terms, Caller::Operator, facts(9, 9)), None);
        assert_eq!(code(terms, Caller::Operator, facts(10, 0)), Some(RefusalCode::TooMany));
    }
}
