//! The header of AX.25 around a packet (page 20 §4): from this station to everybody who speaks Reticulum.
//! Not the frame on the air; flags and check sum are the TNC's.
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic, clippy::expect_used)
)]

/// `AX25.HEADER_SIZE`: destination, source, control and protocol.
pub const HEADER_SIZE: usize = 16;
/// With the eight stations that may pass a frame on, the most.
pub const MAX_HEADER: usize = HEADER_SIZE + 8 * ADDRESS;

/// A call sign of six characters, and a byte for the rest.
const ADDRESS: usize = 7;
/// `AX25KISSInterface.dst_call`: nobody's call sign.
const DESTINATION: &[u8; 6] = b"APZRNS";
/// `AX25.CTRL_UI`: a frame outside any connection.
const CONTROL_UI: u8 = 0x03;
/// The bit of the control byte that asks for an answer; it says nothing here.
const POLL: u8 = 0x10;
/// `AX25.PID_NOLAYER3`: no protocol that AX.25 knows.
const NO_LAYER_3: u8 = 0xf0;
/// The bits of the byte behind a call sign that are always set.
const RESERVED: u8 = 0x60;
/// The lowest bit of an address byte: set in the last one.
const LAST: u8 = 0x01;
/// Largest SSID.
const MOST_SSID: u8 = 15;

/// What stands before every packet of this station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header([u8; HEADER_SIZE]);

/// A station that can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StationError {
    /// No call sign.
    #[error("callsign must be 3 to 6 letters and digits, as licensed")]
    CallSign,
    /// No SSID.
    #[error("ssid must be 0 to {MOST_SSID}")]
    Ssid,
}

impl Header {
    /// Of the station with this call sign and this number among those of its owner.
    pub fn new(callsign: &str, ssid: u8) -> Result<Self, StationError> {
        let fits =
            (3..=6).contains(&callsign.len()) && callsign.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !fits {
            return Err(StationError::CallSign);
        }
        if ssid > MOST_SSID {
            return Err(StationError::Ssid);
        }
        // The reference pads with spaces that are not shifted; TNCs that look take them for another character.
        let source =
            callsign.bytes().map(|byte| byte.to_ascii_uppercase()).chain(std::iter::repeat(b' ')).take(6);
        let bytes = DESTINATION.iter().copied().map(shifted).chain([RESERVED]);
        let bytes = bytes.chain(source.map(shifted)).chain([RESERVED | shifted(ssid) | LAST]);
        let mut header = [0; HEADER_SIZE];
        for (place, byte) in header.iter_mut().zip(bytes.chain([CONTROL_UI, NO_LAYER_3])) {
            *place = byte;
        }
        Ok(Self(header))
    }

    /// A packet behind the header.
    pub fn before(&self, packet: &[u8]) -> Vec<u8> {
        [&self.0, packet].concat()
    }
}

/// The packet in a frame, from whichever station and over whichever stations it came. `None` if it is no frame of that
/// kind: of another protocol, or of a connection.
pub fn packet_in(frame: &[u8]) -> Option<&[u8]> {
    let addresses = frame.iter().position(|byte| byte & LAST != 0)?.checked_add(1)?;
    let whole = addresses.checked_rem(ADDRESS) == Some(0);
    let fits = whole && (ADDRESS.saturating_mul(2)..=MAX_HEADER).contains(&addresses);
    match frame.get(addresses..)? {
        [control, NO_LAYER_3, packet @ ..] if fits && control & !POLL == CONTROL_UI => Some(packet),
        _ => None,
    }
}

/// Addresses stand in the upper seven bits.
const fn shifted(byte: u8) -> u8 {
    byte << 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_that_of_the_standard() {
        let header = Header::new("dl1ab", 7).unwrap();
        assert_eq!(hex::encode(header.before(&[0xaa])), "82a0b4a49ca6608898628284406f03f0aa");
        assert_eq!(packet_in(&header.before(&[1, 2, 3])), Some([1, 2, 3].as_slice()));
    }

    #[test]
    fn a_call_sign_is_three_to_six_letters_and_digits_and_an_ssid_at_most_15() {
        for wrong in ["", "ab", "abcdefg", "ab cd", "äbc", "a-b"] {
            assert_eq!(Header::new(wrong, 0), Err(StationError::CallSign), "{wrong}");
        }
        assert_eq!(Header::new("abc", 16), Err(StationError::Ssid));
        assert!(Header::new("abc", 0).is_ok() && Header::new("ABCDEF", 15).is_ok());
    }

    #[test]
    fn the_reference_and_stations_that_pass_frames_on_are_understood() {
        // Padded with 0x20, as the reference does.
        let mut frame = Header::new("abc", 0).unwrap().before(b"packet");
        frame.splice(10..13, [0x20; 3]);
        assert_eq!(packet_in(&frame), Some(b"packet".as_slice()));
        for via in 1..=8 {
            let mut passed_on = frame.clone();
            passed_on[13] &= !LAST;
            for number in 0..via {
                let mut address = [0x82; ADDRESS];
                address[6] = if number + 1 == via { 0xe1 } else { 0xe0 };
                let at = 14 + number * ADDRESS;
                passed_on.splice(at..at, address);
            }
            assert_eq!(packet_in(&passed_on), Some(b"packet".as_slice()), "{via}");
        }
    }

    #[test]
    fn what_is_no_such_frame_is_none() {
        let whole = Header::new("abc", 0).unwrap().before(b"packet");
        for cut in 0..HEADER_SIZE {
            assert_eq!(packet_in(&whole[..cut]), None, "{cut}");
        }
        for (at, byte) in [(0, 0x83), (6, 0x61), (13, 0x60), (14, 0x3f), (15, 0xcc)] {
            let mut other = whole.clone();
            other[at] = byte;
            assert_eq!(packet_in(&other), None, "{at}");
        }
        assert_eq!(packet_in(&[0; 400]), None);
        let polled = Header([&whole[..14], &[0x13, 0xf0]].concat().try_into().unwrap());
        assert_eq!(packet_in(&polled.before(b"packet")), Some(b"packet".as_slice()));
    }
}
