//! The three signalling bytes of a link request and its proof: link mode and MTU in one number.
//! Not the decision what to do with them; that is the handshake.

use super::super::packet::MTU;

/// `Link.MODE_AES256_CBC`: the only mode in use.
pub(super) const MODE_AES256_CBC: u8 = 1;

/// `Link.MTU_BYTEMASK`: the largest MTU that can be signalled.
pub(super) const MAX_MTU: usize = 0x1f_ffff;

/// What the bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signalling {
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

    /// The three bytes.
    pub(super) fn to_bytes(self) -> [u8; 3] {
        let mtu = u32::try_from(self.mtu.min(MAX_MTU)).unwrap_or(0);
        let [_, first, second, third] = mtu.to_be_bytes();
        [first | self.mode << 5, second, third]
    }
}
