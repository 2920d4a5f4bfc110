//! LXMF messages and announces: what is unpacked keeps the bytes that were signed, and names nobody who has not.

use roost::lxmf::announce::MAX_DISPLAY_NAME;
use roost::lxmf::{DeliveryAnnounce, UnverifiedMessage};
use roost::rns::identity::PublicIdentity;

use crate::vectors;

pub(super) fn run(packed: &[u8]) {
    let announce = DeliveryAnnounce::decode(packed);
    if let Some(name) = &announce.display_name {
        assert!(name.len() <= MAX_DISPLAY_NAME && !name.contains(char::is_control));
    }
    assert_eq!(DeliveryAnnounce::decode(&announce.encode()), announce);
    let Ok(message) = UnverifiedMessage::unpack(packed) else { return };
    assert_eq!(&packed[..16], message.destination().as_bytes());
    assert_eq!(&packed[16..32], message.source().as_bytes());
    let nobody = PublicIdentity::from_bytes([3; 64]);
    assert!(message.verified_by(&nobody).is_err());
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let announces = ["delivery_announce_app_data", "delivery_announce_decode"];
    let messages = vectors::lxmf(&["messages", "raw_messages", "propagated"], &["packed"]);
    messages.into_iter().chain(vectors::lxmf(&announces, &["app_data"])).collect()
}
