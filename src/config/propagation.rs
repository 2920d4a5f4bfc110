//! What `[lxmf]` says about the propagation node, if the server is to be one.
//! Not which nodes the group itself uses.

use super::key::{Key, Takes};
use super::section::Values;

/// Most peers of a propagation node (`MAX_PEERS`).
const MAX_PEERS: usize = 20;

/// The keys.
pub(super) const KEYS: &[Key] = &[
    Key::optional("propagation_node", Takes::Switch),
    Key::optional("propagation_name", Takes::Text { most: 64, of: "a name" }),
    Key::optional("propagation_storage", Takes::Number { least: 1, most: 1_000_000, of: "megabytes" }),
    Key::optional("propagation_message_limit", Takes::Number { least: 1, most: 4_000, of: "kilobytes" }),
    Key::optional("propagation_sync_limit", Takes::Number { least: 1, most: 10_240, of: "kilobytes" }),
    Key::optional("propagation_stamp_cost", Takes::Number { least: 1, most: 24, of: "bits of work" }),
    Key::optional("propagation_stamp_flexibility", Takes::Number { least: 0, most: 24, of: "bits of work" }),
    Key::optional("propagation_peering_cost", Takes::Number { least: 1, most: 26, of: "bits of work" }),
    Key::optional(
        "propagation_peers",
        Takes::Hashes { most: MAX_PEERS, or: None, of: "addresses of propagation nodes" },
    ),
    Key::optional("propagation_clients", Takes::Hashes { most: 1024, or: None, of: "identity hashes" }),
];

/// What is said about the propagation node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropagationSection {
    /// What it calls itself.
    pub name: Option<String>,
    /// Megabytes of messages that it keeps at most.
    pub storage: u64,
    /// Kilobytes that a message from a peer may have.
    pub message_limit: u64,
    /// Kilobytes that one transfer may have.
    pub sync_limit: u64,
    /// Leading zero bits that the stamp of a message should have.
    pub stamp_cost: u8,
    /// So many bits less are taken, too.
    pub stamp_flexibility: u8,
    /// Leading zero bits that the key of a peer must have.
    pub peering_cost: u8,
    /// Its peers, in hexadecimal.
    pub peers: Vec<String>,
    /// Who may fetch messages, in hexadecimal; nobody named means everybody.
    pub clients: Vec<String>,
}

impl Default for PropagationSection {
    /// Costs and the limit of a message are the reference's. The rest is less than there: it is to fit a small computer
    /// with a memory card, which keeps messages for some dozens of people beside the group.
    fn default() -> Self {
        Self {
            name: None,
            storage: 100,
            message_limit: 256,
            sync_limit: 2_048,
            stamp_cost: 16,
            stamp_flexibility: 3,
            peering_cost: 18,
            peers: Vec::new(),
            clients: Vec::new(),
        }
    }
}

impl PropagationSection {
    /// From the values of a section; `None` if the server is to be no node.
    pub(super) fn of(values: &Values) -> Option<Self> {
        if values.switch("propagation_node") != Some(true) {
            return None;
        }
        let default = Self::default();
        let number = |name, default| values.number(name).unwrap_or(default);
        let bits =
            |name, default| values.number(name).and_then(|bits| u8::try_from(bits).ok()).unwrap_or(default);
        Some(Self {
            name: values.text("propagation_name").map(str::to_owned),
            storage: number("propagation_storage", default.storage),
            message_limit: number("propagation_message_limit", default.message_limit),
            sync_limit: number("propagation_sync_limit", default.sync_limit),
            stamp_cost: bits("propagation_stamp_cost", default.stamp_cost),
            stamp_flexibility: bits("propagation_stamp_flexibility", default.stamp_flexibility),
            peering_cost: bits("propagation_peering_cost", default.peering_cost),
            peers: values.names("propagation_peers").to_vec(),
            clients: values.names("propagation_clients").to_vec(),
        })
    }
}

/// What a person wants to know of it.
impl std::fmt::Display for PropagationSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "keeps at most {} MB of messages for others, stamp cost {}",
            self.storage, self.stamp_cost
        )?;
        match self.peers.len() {
            0 => f.write_str(", no peers"),
            1 => f.write_str(", 1 peer"),
            peers => write!(f, ", {peers} peers"),
        }?;
        match self.clients.len() {
            0 => Ok(()),
            1 => f.write_str(", only for 1 identity"),
            clients => write!(f, ", only for {clients} identities"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn read(text: &str) -> Option<PropagationSection> {
        Config::parse(&format!("[lxmf]\n{text}")).unwrap().lxmf.propagation_node
    }

    #[test]
    fn a_server_is_a_propagation_node_only_when_told() {
        assert_eq!(read(""), None);
        assert_eq!(read("propagation_node = false\npropagation_storage = 7"), None);
        assert_eq!(read("propagation_node = true"), Some(PropagationSection::default()));
    }

    #[test]
    fn peers_and_clients_are_named_by_their_hashes() {
        let hash = "00112233445566778899aabbccddeeff";
        let node = read(&format!("propagation_node = true\npropagation_peers = [\"{hash}\"]")).unwrap();
        assert_eq!((node.peers.as_slice(), node.clients.len()), ([hash.to_owned()].as_slice(), 0));
        assert_eq!(node.to_string(), "keeps at most 100 MB of messages for others, stamp cost 16, 1 peer");
        let problems = Config::parse("[lxmf]\npropagation_peers = [\"0011\"]").unwrap_err();
        assert!(problems[0].to_string().contains("32 hexadecimal digits"), "{}", problems[0]);
    }
}
