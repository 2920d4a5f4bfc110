//! How packets on an interface are: their size, and the rate that is assumed.
//! Not the interface; the reference gives both ends of one the same.

use std::time::Duration;

use super::{TCP_BITRATE, TCP_HW_MTU};
use crate::rns::air::{Air, Limits};

/// `KISSInterface.HW_MTU`. Links over a modem keep to 500 bytes.
pub const TNC_HW_MTU: usize = 564;

/// `KISSInterface.BITRATE_GUESS`: on the air.
pub const TNC_BITRATE: u64 = 1200;

/// Check sum and flags around a frame on the air.
const FRAME: usize = 4;

/// `Reticulum.MTU`: what every link carries.
const MTU: usize = 500;

/// `Interface.optimise_mtu`: from this rate on, this `HW_MTU`. No larger one: the memory for frames that wait is
/// reckoned with [`TCP_HW_MTU`].
const MTU_BY_BITRATE: [(u64, usize); 5] =
    [(TCP_BITRATE, TCP_HW_MTU), (5_000_000, 8192), (2_000_000, 4096), (1_000_000, 2048), (62_500, 1024)];

/// What the protocol must know of the packets of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Medium {
    /// Bits per second. It decides how long a peer may take to answer, and on TCP which MTU is worthwhile.
    pub bitrate: u64,
    /// Largest packet in bytes.
    pub hw_mtu: usize,
    /// Can links signal `hw_mtu`, or are they held to 500?
    pub mtu_discovery: bool,
    /// If packets go through the air: what that costs, and how much of it is allowed.
    pub air: Option<Air>,
}

impl Medium {
    /// One whose links are held to 500 bytes.
    pub const fn of_plain_links(bitrate: u64, hw_mtu: usize) -> Self {
        Self { bitrate, hw_mtu, mtu_discovery: false, air: None }
    }

    /// TCP, with the MTU that belongs to a rate. Below every one that the reference knows it is held to 500, where the
    /// reference fails.
    pub fn of_tcp(bitrate: u64) -> Self {
        let fitting = MTU_BY_BITRATE.iter().find(|(least, _)| bitrate >= *least);
        match fitting {
            Some((_, hw_mtu)) => Self { bitrate, hw_mtu: *hw_mtu, mtu_discovery: true, air: None },
            None => Self::of_plain_links(bitrate, MTU),
        }
    }

    /// A modem of packet radio, whose transmitter is keyed for `keyed` beside each frame, in which `header` bytes stand
    /// before the packet.
    pub fn of_modem(bitrate: u64, keyed: Duration, header: usize, limits: Limits) -> Self {
        let around = u64::try_from(header.saturating_add(FRAME)).unwrap_or(u64::MAX);
        let micros = around.saturating_mul(8_000_000).checked_div(bitrate).unwrap_or(0);
        let around = keyed.saturating_add(Duration::from_micros(micros));
        Self { air: Some(Air::fixed(bitrate, around, limits)), ..Self::of_plain_links(bitrate, TNC_HW_MTU) }
    }

    /// `fixed_mtu`: whatever the rate.
    #[must_use]
    pub fn with_fixed_mtu(self, hw_mtu: usize) -> Self {
        Self { hw_mtu: hw_mtu.clamp(MTU, TCP_HW_MTU), mtu_discovery: true, ..self }
    }
}

/// TCP, and nobody knows the rate: [`TCP_BITRATE`].
impl Default for Medium {
    fn default() -> Self {
        Self::of_tcp(TCP_BITRATE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_chooses_the_mtu_unless_it_is_fixed() {
        let mtu = |bitrate| Medium::of_tcp(bitrate).hw_mtu;
        assert_eq!([1_000_000_000, 10_000_000, 9_999_999, 62_500].map(mtu), [16_384, 16_384, 8192, 1024]);
        assert_eq!(Medium::of_tcp(1200), Medium::of_plain_links(1200, 500));
        let fixed = Medium::of_tcp(1200).with_fixed_mtu(1000);
        assert_eq!(fixed, Medium { mtu_discovery: true, ..Medium::of_plain_links(1200, 1000) });
    }
}
