//! Offers of tunnels, as they are sent and read.

use roost::rns::identity::Identity;
use roost::rns::packet::Packet;
use roost::rns::transport::TunnelOffer;

use crate::file::of;
use crate::packets::assert_header;

#[test]
fn tunnels_are_offered_and_read_as_by_the_reference() {
    for vector in of("tunnel") {
        let (inputs, expected) = (&vector.inputs, &vector.expected);
        let identity = Identity::from_private_bytes(&inputs.array("transport_private_key"));
        let frame = TunnelOffer::pack(&identity, inputs.text("interface_name"), inputs.array("random_hash"));
        assert_header(&vector.name, &frame, expected);
        let raw = expected.bytes("raw");
        assert_eq!(hex::encode(&frame), hex::encode(&raw), "{}", vector.name);
        let offer = Packet::parse(&raw).unwrap();
        let tunnel = TunnelOffer::parse(offer.payload).unwrap().verify().unwrap();
        assert_eq!(tunnel.as_bytes(), &expected.array("tunnel_id"), "{}", vector.name);
    }
}
