//! What `[lxmf]` says: how messages are taken and kept, and whether the server is a propagation node.
//! Not the group; that has a section of its own.

use super::key::{Key, Takes};
use super::propagation::PropagationSection;
use super::section::Values;

/// The keys.
pub(super) const KEYS: &[Key] = &[
    // No more than the server pays to others.
    Key::optional("stamp_cost", Takes::Number { least: 0, most: 22, of: "bits of work" }),
    Key::optional("enforce_stamps", Takes::Switch),
    Key::optional("acknowledge", Takes::Switch),
];

/// What is said about messages. What isn't said is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LxmfSection {
    /// The stamp that is asked for, if one is.
    pub stamps: Option<StampSection>,
    /// Whether authors are told that a message has come through a propagation node.
    pub acknowledge: Option<bool>,
    /// The propagation node, if the server is to be one.
    pub propagation_node: Option<PropagationSection>,
}

/// What is asked of those who write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampSection {
    /// Leading zero bits.
    pub cost: u8,
    /// Whether a message that brings less is refused.
    pub enforced: bool,
}

impl LxmfSection {
    /// From the values of a section.
    pub(super) fn of(values: &Values) -> Self {
        Self {
            stamps: StampSection::of(values),
            acknowledge: values.switch("acknowledge"),
            propagation_node: PropagationSection::of(values),
        }
    }
}

impl StampSection {
    fn of(values: &Values) -> Option<Self> {
        let cost = values.number("stamp_cost").and_then(|cost| u8::try_from(cost).ok());
        let enforced = values.switch("enforce_stamps") != Some(false);
        cost.filter(|cost| *cost > 0).map(|cost| Self { cost, enforced })
    }
}

/// What a person wants to know of it.
impl std::fmt::Display for StampSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let otherwise = if self.enforced { "refused" } else { "taken, too" };
        let plural = if self.cost == 1 { "" } else { "s" };
        write!(
            f,
            "asked for, {} bit{plural} of work or a ticket; a message without is {otherwise}",
            self.cost
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn stamps(text: &str) -> Option<StampSection> {
        Config::parse(&format!("[lxmf]\n{text}")).unwrap().lxmf.stamps
    }

    #[test]
    fn stamps_are_asked_for_only_when_told_and_then_enforced() {
        assert_eq!(
            (stamps(""), stamps("stamp_cost = 0"), stamps("enforce_stamps = true")),
            (None, None, None)
        );
        assert_eq!(stamps("stamp_cost = 8"), Some(StampSection { cost: 8, enforced: true }));
        let lenient = stamps("stamp_cost = 1\nenforce_stamps = false").unwrap();
        assert_eq!(
            lenient.to_string(),
            "asked for, 1 bit of work or a ticket; a message without is taken, too"
        );
        assert!(Config::parse("[lxmf]\nstamp_cost = 23").is_err());
    }

    #[test]
    fn acknowledgements_are_only_off_when_told() {
        let acknowledge = |text: &str| Config::parse(text).unwrap().lxmf.acknowledge;
        assert_eq!((acknowledge(""), acknowledge("[lxmf]\nacknowledge = false")), (None, Some(false)));
    }
}
