//! How full a node's tables are, for those who watch it.
//! Not the tables; each has its cap beside its own type.

use super::Node;

/// How many entries each table has; each has a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSizes {
    /// Destinations whose key is known, ours included.
    pub known_destinations: usize,
    /// Paths.
    pub paths: usize,
    /// Hashes of packets that must not be taken in twice.
    pub packet_hashes: usize,
    /// Path requests heard and sent.
    pub path_requests: usize,
    /// Announces whose signature is to be checked.
    pub jobs: usize,
    /// Packets that wait for a proof.
    pub receipts: usize,
    /// Links that end here.
    pub links: usize,
    /// Bytes that links keep of what comes in and goes out on them.
    pub link_bytes: usize,
    /// Links between others that run through here.
    pub relayed_links: usize,
    /// Packets of others that were passed on, whose proof may come back.
    pub reverse: usize,
    /// Hashes of packets of others that must not be passed on twice.
    pub passed_on: usize,
    /// Destinations of others whose announces are counted, so that none comes too often.
    pub announce_rates: usize,
    /// Announces of others that wait to be passed on.
    pub announces: usize,
    /// Announces that wait for their interface's share of the air.
    pub queued_announces: usize,
    /// Announces of newcomers that are held back.
    pub held_announces: usize,
    /// Path requests of others that wait for an answer.
    pub path_answers: usize,
    /// Path requests of others that wait for their interface's share of the air.
    pub onward_searches: usize,
    /// Paths that wait to be asked for again.
    pub repairs: usize,
    /// Paths that wait for a peer to connect again.
    pub tunnel_paths: usize,
    /// Bytes that wait for the air of radios.
    pub air_bytes: usize,
    /// Destinations of notices that wait elsewhere for the air of radios.
    pub in_line: usize,
    /// Destinations of notices whose cost is counted.
    pub told: usize,
}

impl Node {
    /// How full the tables are.
    pub fn table_sizes(&self) -> TableSizes {
        let relay = self.relay.as_deref();
        TableSizes {
            known_destinations: self.known.len(),
            paths: self.paths.len(),
            packet_hashes: self.seen.len(),
            path_requests: self.path_requests.len(),
            jobs: self.jobs.len(),
            receipts: self.receipts.len(),
            links: self.links.len(),
            link_bytes: self.links.kept(),
            relayed_links: relay.map_or(0, |relay| relay.links.len()),
            reverse: relay.map_or(0, |relay| relay.reverse.len()),
            passed_on: relay.map_or(0, |relay| relay.passed_on.len()),
            announce_rates: relay.map_or(0, |relay| relay.rates.len()),
            announces: relay.map_or(0, |relay| relay.announces.len()),
            queued_announces: relay.map_or(0, |relay| relay.queues.len()),
            held_announces: relay.map_or(0, |relay| relay.ingress.len()),
            path_answers: relay.map_or(0, |relay| relay.answers.len()),
            onward_searches: relay.map_or(0, |relay| relay.onward.len()),
            repairs: relay.map_or(0, |relay| relay.repairs.len()),
            tunnel_paths: relay.map_or(0, |relay| relay.tunnels.len()),
            air_bytes: self.wire.air_bytes(),
            in_line: self.wire.in_line(),
            told: self.wire.told_destinations(),
        }
    }
}
