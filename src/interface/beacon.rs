//! Who says who we are, and when, where the law of amateur radio wants it; of every radio.
//! Not the saying; each driver does that in its way.

use std::time::Duration;

/// The options of a beacon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeaconSection {
    /// `id_callsign`: what is sent.
    pub text: String,
    /// `id_interval`: how long after the first packet since the last beacon.
    pub interval: Duration,
}
