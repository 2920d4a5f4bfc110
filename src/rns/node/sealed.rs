//! What is encrypted to a destination and travels by another road than a packet to it: on paper, or by way of a node that
//! keeps it for a while.
//! Not packets; those are encrypted where they are sent, and decrypted where they come in.

use super::Node;
use crate::rns::error::{DropReason, MisuseError};
use crate::rns::hash::DestinationHash;
use crate::rns::time::Now;

impl Node {
    /// Encrypts `data` to a destination, with its ratchet if one is known.
    pub fn seal(
        &mut self,
        now: Now,
        destination: DestinationHash,
        data: &[u8],
    ) -> Result<Vec<u8>, MisuseError> {
        let (known, ratchet) =
            self.known.take_up(now.instant, destination).ok_or(MisuseError::UnknownDestination)?;
        let sealed = known.identity.encrypt(data, ratchet.as_ref(), &mut self.random);
        sealed.ok_or(MisuseError::UnknownDestination)
    }

    /// Decrypts what was encrypted to one of our destinations, perhaps long ago: all its ratchets are tried. That takes
    /// some 25 ms for what none of them fits, so the caller bounds how often it happens.
    pub fn unseal(&self, destination: DestinationHash, sealed: &[u8]) -> Result<Vec<u8>, DropReason> {
        self.own.get(&destination).ok_or(DropReason::NotForUs)?.unseal(sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::destination::DestinationSpec;
    use crate::rns::identity::Identity;
    use crate::rns::random::Random;
    use crate::rns::ratchet::{BaseKey, Ratchet, RatchetTerms, Ratchets};
    use crate::rns::time::Instant;
    use std::time::Duration;

    const MAIL: &str = "lxmf.delivery";

    fn node_with_ratchets(stored: Vec<Ratchet>) -> (Node, DestinationHash, Identity) {
        let mut node = Node::new([1; 32]);
        let identity = Identity::generate(&mut Random::from_seed([2; 32]));
        let interval = Duration::from_secs(90 * 60);
        let destination = node.register_destination(DestinationSpec {
            identity: identity.clone(),
            full_name: MAIL.to_owned(),
            app_data: Vec::new(),
            request_paths: Vec::new(),
            max_resource: 0,
            ratchets: Ratchets::On(RatchetTerms { stored, interval, base_key: BaseKey::Accepted }),
        });
        (node, destination, identity)
    }

    #[test]
    fn what_was_sealed_for_the_oldest_ratchet_is_opened_and_so_is_what_was_sealed_without_one() {
        let mut random = Random::from_seed([3; 32]);
        let now = Now::default();
        let ratchets: Vec<_> = (0..300).map(|_| Ratchet::draw(now.unix, &mut random)).collect();
        let oldest = ratchets.last().unwrap().public();
        let (node, destination, identity) = node_with_ratchets(ratchets);
        for ratchet in [None, Some(&oldest)] {
            let sealed = identity.public().encrypt(b"kept for a month", ratchet, &mut random).unwrap();
            for _ in 0..20 {
                assert_eq!(node.unseal(destination, &sealed), Ok(b"kept for a month".to_vec()));
            }
        }
        assert_eq!(node.unseal(destination, &[7; 200]), Err(DropReason::Undecryptable));
        let elsewhere = DestinationHash::from_bytes([9; 16]);
        assert_eq!(node.unseal(elsewhere, &[7; 200]), Err(DropReason::NotForUs));
    }

    #[test]
    fn what_one_node_seals_its_recipient_opens() {
        let now = Now { instant: Instant::from_micros(1_000_000), ..Now::default() };
        let (mut ours, destination, identity) = node_with_ratchets(Vec::new());
        let mut theirs = Node::new([5; 32]);
        assert_eq!(theirs.seal(now, destination, b"hello"), Err(MisuseError::UnknownDestination));
        theirs.learn(now, crate::rns::destination::name_hash(MAIL), identity.public());
        let sealed = theirs.seal(now, destination, b"hello").unwrap();
        assert_eq!(ours.unseal(destination, &sealed), Ok(b"hello".to_vec()));
        assert!(ours.poll_event().is_none());
    }
}
