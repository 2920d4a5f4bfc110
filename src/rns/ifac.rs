//! Interface access codes (IFAC, page 07): the tail of a signature on every frame of an interface, and a mask over the
//! rest, so that only who knows the network's name and passphrase takes part.
//! Not encryption of content; that is what destinations and links have.
//!
//! Every frame costs one Ed25519 signature, in and out alike: 30 to 40 µs for a packet of up to 500 bytes, 230 µs for a
//! part of a Resource of 16 kB, most of which is the mask.

use std::borrow::Cow;
use std::sync::Arc;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::crypto;
use super::error::DropReason;
use super::hash::sha256;
use super::identity::Identity;
use super::interface::InterfaceSpec;

/// `Reticulum.IFAC_SALT`.
const SALT: [u8; 32] = [
    0xad, 0xf5, 0x4d, 0x88, 0x2c, 0x9a, 0x9b, 0x80, 0x77, 0x1e, 0xb4, 0x99, 0x5d, 0x70, 0x2d, 0x4a, 0x3e,
    0x73, 0x33, 0x91, 0xb2, 0xa0, 0xf5, 0x3f, 0x41, 0x6d, 0x9f, 0x90, 0x7e, 0x55, 0xcf, 0xf8,
];
/// The bit of the first byte that says that a frame carries an access code.
const FLAG: u8 = 0x80;
/// Flags and hops, which stand before the access code.
const HEADER: usize = 2;

/// How many bytes of the signature a frame carries. Both ends must agree; it is not on the wire. The highest bits of
/// the last byte are always 0, so a code of one byte lets one forgery in 17 pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodeSize(u8);

impl CodeSize {
    /// `DEFAULT_IFAC_SIZE` of interfaces over IP.
    pub const IP: Self = Self(16);
    /// `DEFAULT_IFAC_SIZE` of pipes, serial ports and radios.
    pub const SERIAL: Self = Self(8);
    /// `Reticulum.IFAC_MIN_SIZE`.
    pub const LEAST: Self = Self(1);
    /// A whole signature.
    pub const MOST: Self = Self(64);

    /// From the number of bits, as configurations say it, rounded down to bytes; `None` below 8 and above 512.
    pub fn from_bits(bits: u16) -> Option<Self> {
        let bytes = u8::try_from(bits >> 3).ok()?;
        (Self::LEAST.0..=Self::MOST.0).contains(&bytes).then_some(Self(bytes))
    }

    /// In bytes.
    pub fn bytes(self) -> usize {
        usize::from(self.0)
    }
}

/// What a network has in common: proves its own frames and knows them from others.
#[derive(Clone)]
pub struct AccessCode {
    /// Every client of a listener has the same keys.
    keys: Arc<Keys>,
    size: CodeSize,
}

struct Keys {
    mask: Zeroizing<Vec<u8>>,
    signer: Identity,
}

impl AccessCode {
    /// The access code of a network; `None` if it has neither name nor passphrase, empty ones included.
    pub fn new(network_name: Option<&str>, passphrase: Option<&str>, size: CodeSize) -> Option<Self> {
        let mut origin = Zeroizing::new(Vec::with_capacity(64));
        for part in [network_name, passphrase].into_iter().flatten().filter(|part| !part.is_empty()) {
            origin.extend_from_slice(&sha256(&[part.as_bytes()]));
        }
        if origin.is_empty() {
            return None;
        }
        let mask = Zeroizing::new(crypto::derive(&sha256(&[&origin]), &SALT, 64));
        let private: Zeroizing<[u8; 64]> = Zeroizing::new(mask.as_slice().try_into().ok()?);
        let signer = Identity::from_private_bytes(&private);
        Some(Self { keys: Arc::new(Keys { mask, signer }), size })
    }

    /// How many bytes longer it makes a frame.
    pub fn size(&self) -> usize {
        self.size.bytes()
    }

    /// The frame of a packet. The same packet always gives the same frame. `None` if that is no packet.
    pub fn seal(&self, packet: &[u8]) -> Option<Vec<u8>> {
        let (header, rest) = packet.split_first_chunk::<HEADER>()?;
        let code = self.code(packet);
        let mut frame = Vec::with_capacity(packet.len().saturating_add(self.size()));
        let (header_mask, rest_mask) = self.masks(&code, rest.len())?;
        frame.extend(masked(header, &header_mask));
        frame.extend_from_slice(&code);
        frame.extend(masked(rest, &rest_mask));
        *frame.first_mut()? |= FLAG;
        Some(frame)
    }

    /// The packet of a frame, if the frame was made with the same name, passphrase and size.
    pub fn open(&self, frame: &[u8]) -> Result<Vec<u8>, DropReason> {
        let (header, after) = frame.split_first_chunk::<HEADER>().ok_or(DropReason::Truncated)?;
        let [flags, _] = header;
        if flags & FLAG == 0 {
            return Err(DropReason::NoAccessCode);
        }
        let (code, rest) = after.split_at_checked(self.size()).ok_or(DropReason::Truncated)?;
        if rest.is_empty() {
            return Err(DropReason::Truncated);
        }
        let (header_mask, rest_mask) = self.masks(code, rest.len()).ok_or(DropReason::TooLarge)?;
        let mut packet = Vec::with_capacity(frame.len());
        packet.extend(masked(header, &header_mask));
        packet.extend(masked(rest, &rest_mask));
        if let Some(first) = packet.first_mut() {
            *first &= !FLAG;
        }
        // Only the tail of the signature came along, so it can't be verified; but it can be made again.
        if bool::from(self.code(&packet).ct_eq(code)) { Ok(packet) } else { Err(DropReason::WrongAccessCode) }
    }

    /// The secret that the network has in common: what the name and passphrase become.
    pub fn key(&self) -> &[u8] {
        &self.keys.mask
    }

    /// The whole signature over a packet, of which a frame carries the last bytes.
    pub fn sign(&self, packet: &[u8]) -> [u8; 64] {
        self.keys.signer.sign(packet)
    }

    /// Tells one network from another without a secret (`Interface.ifac_signature`).
    pub fn fingerprint(&self) -> [u8; 64] {
        self.sign(&sha256(&[self.key()]))
    }

    /// The last bytes of the signature over a packet.
    fn code(&self, packet: &[u8]) -> Vec<u8> {
        let signature = self.sign(packet);
        let rest = signature.len().saturating_sub(self.size());
        signature.into_iter().skip(rest).collect()
    }

    /// What is laid over the header and over what follows the code. The mask counts the code's own bytes, too, and
    /// leaves them unused.
    fn masks(&self, code: &[u8], rest: usize) -> Option<(Vec<u8>, Vec<u8>)> {
        let before = HEADER.checked_add(self.size())?;
        let mut mask = crypto::derive(code, &self.keys.mask, before.checked_add(rest)?);
        let rest_mask = mask.split_off(before);
        Some((mask, rest_mask))
    }
}

fn masked<'a>(bytes: &'a [u8], mask: &'a [u8]) -> impl Iterator<Item = u8> + 'a {
    bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask)
}

impl PartialEq for AccessCode {
    /// Do the two let each other's frames in? Says nothing about the secret that its public half does not.
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.keys.signer.public() == other.keys.signer.public()
    }
}

impl Eq for AccessCode {}

impl std::fmt::Debug for AccessCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccessCode({} bytes, …)", self.size())
    }
}

/// The last packet that was sealed, and how: what goes out on all clients of a listener is signed once.
#[derive(Debug, Default)]
pub(super) struct Sealer(Option<Sealed>);

#[derive(Debug)]
struct Sealed {
    code: AccessCode,
    packet: Vec<u8>,
    frame: Vec<u8>,
}

impl Sealer {
    /// The frame of a packet on an interface with this access code.
    pub(super) fn seal(&mut self, code: &AccessCode, packet: Vec<u8>) -> Option<Vec<u8>> {
        if let Some(last) = &self.0
            && last.packet == packet
            && last.code == *code
        {
            return Some(last.frame.clone());
        }
        let frame = code.seal(&packet)?;
        self.0 = Some(Sealed { code: code.clone(), packet, frame: frame.clone() });
        Some(frame)
    }
}

/// The packet of a frame that came in on an interface, if it may.
pub(super) fn admit<'a>(spec: &InterfaceSpec, frame: &'a [u8]) -> Result<Cow<'a, [u8]>, DropReason> {
    if frame.len() > spec.max_frame() {
        return Err(DropReason::TooLarge);
    }
    match &spec.access {
        // Whether the flag is set where no code is expected shows when the packet is read.
        None => Ok(Cow::Borrowed(frame)),
        Some(code) => code.open(frame).map(Cow::Owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(network_name: Option<&str>, passphrase: Option<&str>) -> Option<AccessCode> {
        AccessCode::new(network_name, passphrase, CodeSize::IP)
    }

    #[test]
    fn without_name_and_passphrase_there_is_no_access_code() {
        for (name, passphrase) in [(None, None), (Some(""), None), (None, Some("")), (Some(""), Some(""))] {
            assert!(code(name, passphrase).is_none());
        }
        assert_eq!(code(Some("perch"), Some("")), code(Some("perch"), None));
    }

    #[test]
    fn a_name_is_not_a_passphrase_once_both_are_set() {
        assert_ne!(code(Some("a"), Some("b")), code(Some("b"), Some("a")));
    }

    #[test]
    fn the_size_is_said_in_bits_and_rounded_down() {
        let bytes = |bits| CodeSize::from_bits(bits).map(CodeSize::bytes);
        assert_eq!([8, 15, 16, 128, 512, 519].map(bytes), [1, 1, 2, 16, 64, 64].map(Some));
        assert_eq!([0, 7, 520, u16::MAX].map(bytes), [None; 4]);
    }

    #[test]
    fn secrets_are_not_printed() {
        assert_eq!(format!("{:?}", code(Some("perch"), None)), "Some(AccessCode(16 bytes, …))");
    }

    #[test]
    fn a_frame_with_any_bit_changed_is_dropped() {
        let code = code(Some("perch"), Some("on a branch")).unwrap();
        let packet: Vec<u8> = (0..40).collect();
        let frame = code.seal(&packet).unwrap();
        assert_eq!(code.open(&frame), Ok(packet));
        for bit in 0..frame.len() * 8 {
            let mut changed = frame.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let expected = if bit == 7 { DropReason::NoAccessCode } else { DropReason::WrongAccessCode };
            assert_eq!(code.open(&changed), Err(expected), "bit {bit}");
        }
    }

    #[test]
    fn a_frame_cut_anywhere_is_dropped() {
        let code = code(Some("perch"), None).unwrap();
        let frame = code.seal(&[0; 40]).unwrap();
        for length in 0..frame.len() {
            let reason = code.open(&frame[..length]).unwrap_err();
            let truncated = length <= HEADER + code.size();
            assert_eq!(reason == DropReason::Truncated, truncated, "{length} bytes: {reason}");
        }
    }

    #[test]
    fn frames_longer_than_255_blocks_of_the_mask_come_back_whole() {
        let code = code(None, Some("long")).unwrap();
        for length in [8141, 8142, 8143, 8144, 16_384, 32_768] {
            let packet: Vec<u8> = (0..length).map(|n| u8::try_from(n % 127).unwrap()).collect();
            let frame = code.seal(&packet).unwrap();
            assert_eq!(frame.len(), length + 16);
            assert_eq!(code.open(&frame), Ok(packet));
        }
    }

    #[test]
    fn a_packet_for_many_is_sealed_once_and_never_mistaken_for_another() {
        let (one, two) = (code(Some("one"), None).unwrap(), code(Some("two"), None).unwrap());
        let mut sealer = Sealer::default();
        for (code, packet) in [(&one, [1; 30]), (&one, [1; 30]), (&two, [1; 30]), (&two, [2; 30])] {
            assert_eq!(sealer.seal(code, packet.to_vec()), code.seal(&packet));
        }
    }
}
