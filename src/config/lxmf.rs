//! What `[lxmf]` says: how messages are taken and kept, and whether the server is a propagation node.
//! Not the group; that has a section of its own.

use std::time::Duration;

use super::key::{Key, Takes};
use super::propagation::PropagationSection;
use super::section::Values;

/// The word for the nearest propagation nodes that were heard.
const NEAREST: &str = "auto";
/// How many of those are used.
const NEAREST_COUNT: usize = 2;
/// Minutes between fetches where nothing is said.
const FETCH_INTERVAL: u64 = 60;

/// The keys.
pub(super) const KEYS: &[Key] = &[
    // No more than the server pays to others.
    Key::optional("stamp_cost", Takes::Number { least: 0, most: 22, of: "bits of work" }),
    Key::optional("enforce_stamps", Takes::Switch),
    Key::optional("propagation_nodes", Takes::Hashes { most: 16, or: Some(NEAREST), of: "addresses" }),
    Key::optional("fetch_interval", Takes::Number { least: 1, most: 10_080, of: "minutes" }),
    Key::optional("acknowledge", Takes::Switch),
];

/// What is said about messages. What isn't said is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LxmfSection {
    /// The stamp that is asked for, if one is.
    pub stamps: Option<StampSection>,
    /// The propagation nodes that are used, if any are.
    pub nodes: Option<NodesSection>,
    /// Whether authors are told that a message has come through a propagation node.
    pub acknowledge: Option<bool>,
    /// The propagation node, if the server is to be one.
    pub propagation_node: Option<PropagationSection>,
}

/// Which propagation nodes are used, and how often they are asked for mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodesSection {
    /// The addresses of those that are named, in the order of the file.
    pub named: Vec<[u8; 16]>,
    /// And so many more, the nearest.
    pub nearest: usize,
    /// Between two fetches from each.
    pub interval: Duration,
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
            nodes: NodesSection::of(values),
            acknowledge: values.switch("acknowledge"),
            propagation_node: PropagationSection::of(values),
        }
    }
}

impl NodesSection {
    fn of(values: &Values) -> Option<Self> {
        let names = values.names("propagation_nodes");
        let address = |name: &String| hex::decode(name).ok().and_then(|bytes| bytes.try_into().ok());
        let mut named: Vec<[u8; 16]> = Vec::new();
        for address in names.iter().filter_map(address) {
            if !named.contains(&address) {
                named.push(address);
            }
        }
        let nearest = if names.iter().any(|name| name == NEAREST) { NEAREST_COUNT } else { 0 };
        let minutes = values.number("fetch_interval").unwrap_or(FETCH_INTERVAL);
        let interval = Duration::from_secs(minutes.saturating_mul(60));
        (!names.is_empty()).then_some(Self { named, nearest, interval })
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
impl std::fmt::Display for NodesSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let minutes = self.interval.as_secs().checked_div(60).unwrap_or(0);
        let every = if minutes == 1 { "every minute".to_owned() } else { format!("every {minutes} minutes") };
        match (self.named.len(), self.nearest) {
            (0, _) => write!(f, "the nearest {} that are heard", self.nearest)?,
            (1, 0) => f.write_str("1 node")?,
            (named, 0) => write!(f, "{named} nodes")?,
            (named, nearest) => write!(f, "{named} named, and the nearest {nearest} that are heard")?,
        }
        write!(f, "; mail is fetched {every}")
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
    fn propagation_nodes_are_named_or_found_and_nothing_is_fetched_unless_told() {
        let nodes = |text: &str| Config::parse(&format!("[lxmf]\n{text}")).map(|config| config.lxmf.nodes);
        assert_eq!(nodes("fetch_interval = 5"), Ok(None));
        let (one, other) = ("aa".repeat(16), "BB".repeat(16));
        let text = format!("propagation_nodes = [\"{one}\", \"auto\", \"{other}\", \"{one}\"]");
        let both = nodes(&text).unwrap().unwrap();
        assert_eq!((both.named.clone(), both.nearest), (vec![[0xaa; 16], [0xbb; 16]], 2));
        assert_eq!(
            both.to_string(),
            "2 named, and the nearest 2 that are heard; mail is fetched every 60 minutes"
        );
        let auto = nodes("propagation_nodes = [\"auto\"]\nfetch_interval = 1").unwrap().unwrap();
        assert_eq!(auto.to_string(), "the nearest 2 that are heard; mail is fetched every minute");
        for wrong in ["propagation_nodes = [\"aabb\"]", "propagation_nodes = []", "fetch_interval = 0"] {
            assert!(nodes(wrong).is_err(), "{wrong}");
        }
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
