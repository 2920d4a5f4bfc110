//! Messages on paper: whatever somebody has typed or scanned is a message that was signed, or an error.

use roost::lxmf::{Event, Router, delivery_destination};
use roost::rns::Node;
use roost::rns::destination::name_hash;
use roost::rns::time::Now;

use crate::peer::{ours, theirs};
use crate::vectors;

pub(super) fn run(input: &[u8]) {
    let (now, mut node, mut router) = (Now::default(), Node::new([1; 32]), Router::new());
    let address = router.register(&mut node, ours().clone(), "Perch", Vec::new());
    node.learn(now, name_hash("lxmf.delivery"), theirs().public());
    let read = router.read_paper(now, &mut node, &String::from_utf8_lossy(input));
    let Some(event) = router.poll_event() else { return };
    assert!(read.is_ok(), "{event:?}");
    let Event::Received { message, author, .. } = event else { panic!("{event:?}") };
    assert!(message.verify(&author) && author == *theirs().public());
    assert_eq!((message.destination, message.source), (address, delivery_destination(author.hash())));
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let message = roost::lxmf::Message {
        time: Now::default().unix,
        title: Vec::new(),
        content: b"by hand".to_vec(),
        fields: Vec::new(),
    };
    let (now, mut node, mut router) = (Now::default(), Node::new([2; 32]), Router::new());
    let source = router.register(&mut node, theirs().clone(), "Wren", Vec::new());
    node.learn(now, name_hash("lxmf.delivery"), ours().public());
    let to = delivery_destination(ours().hash());
    let message = roost::lxmf::OutboundMessage::new(source, to, &message);
    let written = router.write_paper(now, &mut node, &message).expect("it is short");
    vectors::papers().into_iter().chain([written]).map(String::into_bytes).collect()
}
