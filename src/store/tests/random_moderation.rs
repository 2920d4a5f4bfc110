//! What staff does about people and what they say, at random: see `random_acts`.

use proptest::prelude::*;

use super::*;
use crate::group::ModerationTerms;
use crate::group::moderation::Hold;

/// What somebody, or the operator, does about somebody.
#[derive(Debug, Clone, Copy)]
pub(super) enum Measure {
    Kick(u8),
    Mute(u8, Option<i64>),
    Unmute(u8),
    /// With all that they have said.
    BanWithAll(u8),
    /// From now on posts are looked at first, or not any more.
    Hold(Hold),
    /// A signed post of somebody, by the number of its text.
    Publish(u8, u8),
    Drop(u8, u8),
}

pub(super) fn measure() -> impl Strategy<Value = Measure> {
    let (who, text) = (|| 1_u8..6, || 0_u8..8);
    prop_oneof![
        1 => who().prop_map(Measure::Kick),
        2 => (who(), prop::option::of(1_i64..500)).prop_map(|(who, secs)| Measure::Mute(who, secs)),
        1 => who().prop_map(Measure::Unmute),
        1 => who().prop_map(Measure::BanWithAll),
        2 => prop::sample::select(&[Hold::Nothing, Hold::First, Hold::Everything][..]).prop_map(Measure::Hold),
        2 => (who(), text()).prop_map(|(who, text)| Measure::Publish(who, text)),
        1 => (who(), text()).prop_map(|(who, text)| Measure::Drop(who, text)),
    ]
}

impl Measure {
    pub(super) fn act(self, tx: &Transaction<'_>, now: i64) -> Act {
        let post = |who: u8, text: u8| lxmf_post(gid(1), person(who), &format!("text {text}")).id;
        let reason = || "because".to_owned();
        match self {
            Self::Kick(who) => Act::Kick { member: person(who), reason: reason() },
            Self::Mute(who, secs) => {
                let until = secs.map(|secs| time(now + secs));
                Act::Mute { identity: person(who), reason: reason(), until }
            }
            Self::Unmute(who) => Act::Unmute { identity: person(who) },
            Self::BanWithAll(who) => {
                Act::Ban { identity: person(who), reason: reason(), until: None, remove: Remove::All }
            }
            Self::Hold(hold) => {
                let settings = tx.group(gid(1)).unwrap().unwrap().facts.settings;
                let moderation = ModerationTerms { hold, ..settings.moderation.clone() };
                Act::ChangeSettings(Box::new(Settings { moderation, ..settings }))
            }
            Self::Publish(who, text) => Act::Publish(post(who, text)),
            Self::Drop(who, text) => Act::Drop { post: post(who, text), reason: reason() },
        }
    }
}

/// What waits for nobody any more has left no text.
pub(super) fn assert_nothing_is_left_of_what_waited(tx: &Transaction<'_>) {
    let sql = "SELECT count(*) FROM group_events AS e LEFT JOIN group_held AS h ON h.gid = e.gid AND h.seq = e.seq \
               WHERE substr(hex(e.header), 5, 2) = '21' AND e.private IS NOT NULL AND h.author IS NULL";
    assert_eq!(tx.sql.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}
