//! How packets on a TCP connection are: their size, and the rate that is assumed.
//! Not the connection; the reference gives one name to both ends of it.

use super::{TCP_BITRATE, TCP_HW_MTU};

/// `Reticulum.MTU`: what every link carries.
const MTU: usize = 500;

/// `Interface.optimise_mtu`: from this rate on, this `HW_MTU`. No larger one: the memory for frames that wait is
/// reckoned with [`TCP_HW_MTU`].
const MTU_BY_BITRATE: [(u64, usize); 5] =
    [(TCP_BITRATE, TCP_HW_MTU), (5_000_000, 8192), (2_000_000, 4096), (1_000_000, 2048), (62_500, 1024)];

/// What can be set about the packets of a TCP interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpLink {
    /// Bits per second. It decides how long a peer may take to answer, and which MTU is worthwhile.
    pub bitrate: u64,
    /// Largest packet in bytes.
    pub hw_mtu: usize,
    /// Can links signal `hw_mtu`, or are they held to 500?
    pub mtu_discovery: bool,
}

impl TcpLink {
    /// With the MTU that belongs to a rate. Below every one that the reference knows it is held to 500, where the
    /// reference fails.
    pub fn of_bitrate(bitrate: u64) -> Self {
        let fitting = MTU_BY_BITRATE.iter().find(|(least, _)| bitrate >= *least);
        match fitting {
            Some((_, hw_mtu)) => Self { bitrate, hw_mtu: *hw_mtu, mtu_discovery: true },
            None => Self { bitrate, hw_mtu: MTU, mtu_discovery: false },
        }
    }

    /// `fixed_mtu`: whatever the rate.
    #[must_use]
    pub fn with_fixed_mtu(self, hw_mtu: usize) -> Self {
        Self { hw_mtu: hw_mtu.clamp(MTU, TCP_HW_MTU), mtu_discovery: true, ..self }
    }
}

/// Nobody knows the rate: [`TCP_BITRATE`].
impl Default for TcpLink {
    fn default() -> Self {
        Self::of_bitrate(TCP_BITRATE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_chooses_the_mtu_unless_it_is_fixed() {
        let mtu = |bitrate| TcpLink::of_bitrate(bitrate).hw_mtu;
        assert_eq!([1_000_000_000, 10_000_000, 9_999_999, 62_500].map(mtu), [16_384, 16_384, 8192, 1024]);
        assert_eq!(TcpLink::of_bitrate(1200), TcpLink { bitrate: 1200, hw_mtu: 500, mtu_discovery: false });
        let fixed = TcpLink::of_bitrate(1200).with_fixed_mtu(1000);
        assert_eq!(fixed, TcpLink { bitrate: 1200, hw_mtu: 1000, mtu_discovery: true });
    }
}
