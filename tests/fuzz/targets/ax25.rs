//! AX.25: what is found in a frame is its end, behind a header of whole addresses; what a station sends is found.

use roost::interface::ax25::{HEADER_SIZE, Header, MAX_HEADER, packet_in};

pub(super) fn run(input: &[u8]) {
    if let Some(packet) = packet_in(input) {
        assert!(input.ends_with(packet));
        let header = input.len() - packet.len();
        assert!((HEADER_SIZE..=MAX_HEADER).contains(&header) && (header - 2).is_multiple_of(7), "{header}");
    }
    let station = Header::new("N0CALL", 7).unwrap();
    assert_eq!(packet_in(&station.before(input)), Some(input));
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let whole = Header::new("N0CALL", 7).unwrap().before(b"packet");
    let mut over_another = whole.clone();
    over_another[13] = 0x60;
    over_another.splice(14..14, *b"\x82\x84\x86\x40\x40\x40\x63");
    vec![whole, over_another]
}
