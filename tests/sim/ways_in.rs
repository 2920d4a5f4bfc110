//! The ways into a group where a byte costs time: in a packet, on a link where a packet does not get there, and with what the
//! group asks for. Not what they cost; `errand_bytes` counts.

use roost::client::{Errand, JoinWish, Outcome};
use roost::rns::airtime::Modulation;

use crate::errands::{Shore, fetch, texts};
use crate::pair::SECOND;

fn join(shore: &mut Shore) -> (Outcome, Vec<usize>) {
    shore.frames_of(Errand::Join(JoinWish { nick: Some("Anna".into()), ..JoinWish::default() }))
}

fn assert_is_in(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Joined { pending: false, number: Some(1), .. }), "{outcome:?}");
}

/// What was shown on the way in, once.
fn shown(shore: &Shore) -> (Vec<String>, String) {
    let [disclosed] = &shore.disclosed[..] else { panic!("{:?}", shore.disclosed) };
    (disclosed.sentences.clone(), disclosed.retention.clone())
}

#[test]
fn what_a_newcomer_should_know_is_shown_once_also_where_the_group_did_not_send_it() {
    let mut shore = Shore::new(1, Modulation::SF8, 0);
    shore.host.set(&mut shore.network, "keep_days 30");
    assert_is_in(&join(&mut shore).0);
    let (sentences, retention) = shown(&shore);
    assert_eq!(
        sentences,
        [
            "Members can keep and share what you write.",
            "This server can read messages and pass them on.",
            "Its key holder may remove messages or you.",
        ]
    );
    assert_eq!(retention, "Messages are kept for 30 days. Pinned ones stay.");
}

#[test]
fn behind_a_transport_node_one_comes_in_and_speaks_and_reads_on_links() {
    let mut shore = Shore::behind_a_relay(Modulation::SF8);
    shore.host.announce(&mut shore.network);
    shore.network.run_for(120 * SECOND);
    assert_is_in(&join(&mut shore).0);
    assert_eq!(shown(&shore).0.len(), 3);
    assert!(matches!(shore.frames_of(Errand::Send { text: "from behind".into() }).0, Outcome::Sent { .. }));
    assert_eq!(texts(&shore.frames_of(fetch()).0), ["from behind"]);
}

#[test]
fn who_knocks_where_there_is_a_price_works_for_it_and_comes_in_on_a_link() {
    let mut shore = Shore::new(1, Modulation::SF8, 0);
    shore.host.set(&mut shore.network, "price 8");
    // This host announces what it did before, so the first packet is refused.
    let (outcome, frames) = join(&mut shore);
    assert_is_in(&outcome);
    assert_eq!(shown(&shore).0.len(), 3);
    assert_eq!(frames.iter().filter(|bytes| **bytes == 243).count(), 1, "{frames:?}");
    assert_eq!(frames.iter().filter(|bytes| **bytes == 86).count(), 1, "{frames:?}");
}

#[test]
fn who_has_to_be_approved_is_told_so_in_a_packet() {
    let mut shore = Shore::new(1, Modulation::SF8, 0);
    shore.host.set(&mut shore.network, "joining approval");
    let (outcome, frames) = join(&mut shore);
    assert!(matches!(outcome, Outcome::Joined { pending: true, number: None, .. }), "{outcome:?}");
    assert_eq!((frames.len(), shown(&shore).0.len()), (4, 3), "{frames:?}");
}
