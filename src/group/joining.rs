//! How people come into a group: who may, at what price, and what is asked of them afterwards.
//! Not who has come: members, applicants and invites are rows of their own.

use super::name::named_enum;
use crate::rns::time::UnixTime;

named_enum! {
    /// What somebody needs to become a member.
    pub enum JoinMode {
        /// Nothing but to ask.
        Open = "open",
        /// The approval of somebody who may approve.
        Approval = "approval",
        /// An invite.
        Invite = "invite",
        /// Nobody joins; who may add people still does.
        Closed = "closed",
    }
}

/// Most bits of work that joining may cost: minutes for a phone, and each further bit doubles them.
pub const MAX_PRICE: u8 = 30;
/// Longest text in bytes of somebody who asks to join.
pub const MAX_APPLICATION: usize = 200;
/// Longest greeting in bytes: it stands in the answer to who has joined, beside what must be there.
pub const MAX_GREETING: usize = 400;
/// Longest probation in seconds: a year.
pub const MAX_PROBATION: u32 = 365 * 86_400;
/// Most people that may wait for approval, whatever is set.
pub const MOST_PENDING: u16 = 1_000;

/// How people come in. What is not set costs no byte in an event.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct JoinTerms {
    /// What it takes.
    #[serde(rename = "m", default = "open", skip_serializing_if = "is_open")]
    pub mode: JoinMode,
    /// Leading zero bits of work; 0 for none.
    #[serde(rename = "p", default, skip_serializing_if = "is_zero")]
    pub price: u8,
    /// Seconds for which a new member is a newcomer; 0 for none.
    #[serde(rename = "n", default, skip_serializing_if = "is_zero")]
    pub probation: u32,
    /// Most people who wait for approval at a time. Then only who has waited for long makes room for another.
    #[serde(rename = "q", default = "some_pending", skip_serializing_if = "is_some_pending")]
    pub max_pending: u16,
    /// Days after which a member of whom nothing was heard is let go; 0 for never.
    #[serde(rename = "i", default, skip_serializing_if = "is_zero")]
    pub idle_days: u16,
    /// What somebody is told who has joined.
    #[serde(rename = "g", default, skip_serializing_if = "String::is_empty")]
    pub greeting: String,
}

impl JoinTerms {
    /// So many may wait unless it is set otherwise.
    pub const DEFAULT_MAX_PENDING: u16 = 100;

    /// Is nothing set?
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Is somebody who joined then still a newcomer? Follows from the clock alone, so nothing has to happen at the end.
    pub fn is_on_probation(&self, joined: UnixTime, now: UnixTime) -> bool {
        let end = joined.as_micros().saturating_add(i64::from(self.probation).saturating_mul(1_000_000));
        now.as_micros() < end
    }
}

impl Default for JoinTerms {
    /// Anybody may, at once, for nothing.
    fn default() -> Self {
        Self {
            mode: JoinMode::Open,
            price: 0,
            probation: 0,
            max_pending: Self::DEFAULT_MAX_PENDING,
            idle_days: 0,
            greeting: String::new(),
        }
    }
}

const fn open() -> JoinMode {
    JoinMode::Open
}

const fn some_pending() -> u16 {
    JoinTerms::DEFAULT_MAX_PENDING
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_open(mode: &JoinMode) -> bool {
    *mode == JoinMode::Open
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_some_pending(most: &u16) -> bool {
    *most == JoinTerms::DEFAULT_MAX_PENDING
}

fn is_zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_costs_nothing_and_comes_back() {
        let packed = rmp_serde::to_vec_named(&JoinTerms::default()).unwrap();
        assert_eq!(packed, [0x80]);
        assert_eq!(rmp_serde::from_slice::<JoinTerms>(&packed).unwrap(), JoinTerms::default());
        let terms = JoinTerms {
            mode: JoinMode::Approval,
            price: 12,
            probation: 3_600,
            max_pending: 7,
            idle_days: 90,
            greeting: "Be kind.".into(),
        };
        let packed = rmp_serde::to_vec_named(&terms).unwrap();
        assert_eq!(rmp_serde::from_slice::<JoinTerms>(&packed).unwrap(), terms);
    }

    #[test]
    fn probation_ends_by_the_clock() {
        let terms = JoinTerms { probation: 60, ..JoinTerms::default() };
        let at = |secs: i64| UnixTime::from_micros(secs * 1_000_000);
        assert!(terms.is_on_probation(at(100), at(100)) && terms.is_on_probation(at(100), at(159)));
        assert!(!terms.is_on_probation(at(100), at(160)));
        assert!(!JoinTerms::default().is_on_probation(at(100), at(100)));
    }
}
