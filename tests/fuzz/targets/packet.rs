//! Packets: what is parsed is packed to the same bytes, and no hop changes its hash.

use roost::rns::packet::{Context, Packet, Propagation};
use roost::rns::transport::PathRequest;

use crate::vectors;

pub(super) fn run(frame: &[u8]) {
    if let Ok(request) = PathRequest::parse(frame) {
        let packed = request.pack();
        let again = Packet::parse(&packed).expect("a path request is a packet");
        assert_eq!(PathRequest::parse(again.payload), Ok(request));
    }
    let Ok(packet) = Packet::parse(frame) else { return };
    assert_eq!(packet.pack(), frame);
    assert_eq!(Context::from_byte(packet.context.to_byte()), packet.context);
    let (transport_id, propagation) = (None, Propagation::Broadcast);
    let elsewhere =
        Packet { hops: 127, context_flag: !packet.context_flag, transport_id, propagation, ..packet };
    assert_eq!(elsewhere.hash(), packet.hash());
    let packed = elsewhere.pack();
    assert_eq!(Packet::parse(&packed), Ok(elsewhere));
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let categories =
        ["packet", "packet_malformed", "proof", "path_request", "tunnel", "link_packet", "transport"];
    vectors::rns(&categories, &["raw", "received_raw", "sent_raw", "payload"])
}
