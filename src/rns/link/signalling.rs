//! The three signalling bytes of a link request and its proof: link mode and MTU in one number.
//! Not the decision what to do with them; that is the handshake.

use super::super::error::DropReason;
use super::super::packet::MTU;

/// `Link.MODE_AES256_CBC`: the only mode in use.
pub(super) const MODE_AES256_CBC: u8 = 1;

/// `Link.MTU_BYTEMASK`: the largest MTU that can be signalled.
pub(super) const MAX_MTU: usize = 0x1f_ffff;

/// What the bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signalling {
    /// Largest packet on the link.
    pub(super) mtu: usize,
    /// How its packets are encrypted.
    pub(super) mode: u8,
}

impl Signalling {
    /// What counts when the bytes are absent.
    pub(super) const ABSENT: Self = Self { mtu: MTU, mode: MODE_AES256_CBC };

    /// `mtu` in the mode in use.
    pub(super) fn of_mtu(mtu: usize) -> Self {
        Self { mtu: mtu.min(MAX_MTU), mode: MODE_AES256_CBC }
    }

    /// Reads what stands behind the keys: three bytes or nothing.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [] => Some(Self::ABSENT),
            &[first, second, third] => {
                let mtu = usize::from(first & 0x1f) << 16 | usize::from(second) << 8 | usize::from(third);
                Some(Self { mtu: if mtu == 0 { MTU } else { mtu }, mode: first >> 5 })
            }
            _ => None,
        }
    }

    /// The link request payload as a transport node passes it on, from an interface that carries `inbound` bytes to
    /// one that carries `outbound`, or leaves the size of packets alone (page 04 §4).
    pub(crate) fn clamp(
        payload: &[u8],
        inbound: usize,
        outbound: Option<usize>,
    ) -> Result<Vec<u8>, DropReason> {
        let (keys, bytes) = payload.split_first_chunk::<64>().ok_or(DropReason::Malformed)?;
        let wanted = Self::parse(bytes).ok_or(DropReason::Malformed)?;
        // Nothing was signalled, or zero, which says as little.
        let silent = bytes.iter().zip([0x1f, 0xff, 0xff]).all(|(byte, mask)| byte & mask == 0);
        match outbound.map(|outbound| outbound.min(inbound)) {
            _ if silent => Ok(payload.to_vec()),
            None => Ok(keys.to_vec()),
            Some(carried) if carried < wanted.mtu => {
                if wanted.mode != MODE_AES256_CBC {
                    return Err(DropReason::UnsupportedMode);
                }
                let clamped = Self { mtu: carried, ..wanted }.to_bytes();
                Ok([keys.as_slice(), &clamped].concat())
            }
            Some(_) => Ok(payload.to_vec()),
        }
    }

    /// The three bytes.
    pub(super) fn to_bytes(self) -> [u8; 3] {
        let mtu = u32::try_from(self.mtu.min(MAX_MTU)).unwrap_or(0);
        let [_, first, second, third] = mtu.to_be_bytes();
        [first | self.mode << 5, second, third]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(mtu: usize, mode: u8) -> Vec<u8> {
        [&[7; 64][..], &Signalling { mtu, mode }.to_bytes()].concat()
    }

    #[test]
    fn a_transport_node_lowers_the_size_to_what_both_its_sides_carry() {
        let clamp = |mtu, inbound, outbound| Signalling::clamp(&request(mtu, 1), inbound, Some(outbound));
        assert_eq!(clamp(8192, 8192, 1196), Ok(request(1196, 1)));
        assert_eq!(clamp(8192, 1064, 1196), Ok(request(1064, 1)));
        assert_eq!(clamp(500, 8192, 1196), Ok(request(500, 1)));
        assert_eq!(Signalling::clamp(&request(8192, 2), 500, Some(500)), Err(DropReason::UnsupportedMode));
        assert_eq!(Signalling::clamp(&request(8192, 2), 9000, Some(9000)), Ok(request(8192, 2)));
    }

    #[test]
    fn where_no_size_can_be_signalled_the_bytes_go() {
        assert_eq!(Signalling::clamp(&request(8192, 1), 8192, None), Ok(vec![7; 64]));
        assert_eq!(Signalling::clamp(&[7; 64], 8192, None), Ok(vec![7; 64]));
        assert_eq!(Signalling::clamp(&[7; 64], 100, Some(100)), Ok(vec![7; 64]));
        let zero = [&[7; 64][..], &[0x20, 0, 0]].concat();
        assert_eq!(Signalling::clamp(&zero, 8192, None), Ok(zero));
        assert_eq!(Signalling::clamp(&[7; 66], 8192, None), Err(DropReason::Malformed));
    }
}
