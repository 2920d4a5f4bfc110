//! What people do to what was said, at random: see `random_acts`.

use proptest::prelude::*;

use super::*;

/// Something that changes what was said.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    /// Somebody edits a post of somebody, with the text of that number.
    Edit(u8, u8, u8, u8),
    /// Somebody deletes a post of somebody.
    Delete(u8, u8, u8),
    /// The operator deletes all that somebody has said.
    Purge(u8),
    /// The operator pins a post of somebody, or not any more.
    Pin(u8, u8),
    Unpin(u8, u8),
    /// Somebody says something to somebody.
    Direct(u8, u8, u8),
    /// Retention takes what is older than that.
    Prune(u64),
}

pub(super) fn change() -> impl Strategy<Value = Change> {
    let (who, id) = (|| 1_u8..6, || 0_u8..8);
    prop_oneof![
        2 => (who(), who(), id(), 0_u8..3).prop_map(|(who, whose, id, text)| Change::Edit(who, whose, id, text)),
        1 => (who(), who(), id()).prop_map(|(who, whose, id)| Change::Delete(who, whose, id)),
        1 => who().prop_map(Change::Purge),
        1 => (who(), id()).prop_map(|(whose, id)| Change::Pin(whose, id)),
        1 => (who(), id()).prop_map(|(whose, id)| Change::Unpin(whose, id)),
        1 => (who(), who(), id()).prop_map(|(who, to, id)| Change::Direct(who, to, id)),
        1 => (1_u64..40).prop_map(Change::Prune),
    ]
}

impl Change {
    /// Who does it, and what they do.
    pub(super) fn act(self, tx: &Transaction<'_>) -> (Caller, Act) {
        let post = |who: u8, id: u8, text: &str| link_post(gid(1), person(who), id, text);
        let said = |whose: u8, id: u8| post(whose, id, "text").id;
        let by = |who: u8| Caller::Identified(person(who));
        match self {
            Self::Edit(who, whose, id, text) => {
                let target = said(whose, id);
                (by(who), Act::Edit { target, post: post(who, 100 + text, &format!("text {text}")) })
            }
            Self::Delete(who, whose, id) => {
                (by(who), Act::Delete { target: said(whose, id), reason: String::new() })
            }
            Self::Purge(who) => {
                let (of, reason) = (Some(person(who)), "because".into());
                (Caller::Operator, Act::Purge { of, since: None, before: None, reason })
            }
            Self::Pin(whose, id) => (Caller::Operator, Act::Pin(said(whose, id))),
            Self::Unpin(whose, id) => (Caller::Operator, Act::Unpin(said(whose, id))),
            Self::Direct(who, to, id) => {
                (by(who), Act::Direct { to: person(to), post: post(who, 50 + id, "between us") })
            }
            Self::Prune(to) => {
                let head = tx.head(gid(1)).unwrap().unwrap().seq;
                (Caller::Host, Act::Prune(head.min(Seq(to))))
            }
        }
    }
}
