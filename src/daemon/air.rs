//! `roost air`: what the radios of a running server have spent of their airtime, on what, what waits, what notices cost.
//! Not the counting; the node does that.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::ensure;

use super::data_dir;
use super::desk::{DeskAnswer, DeskCommand};
use crate::group::NotifyWay;
use crate::notify::digest::PACKED;
use crate::rns::Node;
use crate::rns::air::limits::{LONG, SHORT};
use crate::rns::air::{AirStatus, ClassStatus, Share, Tally};
use crate::rns::hash::DestinationHash;
use crate::rns::node::Price;
use crate::rns::time::Now;
use crate::server::Addressee;

/// The word that asks for it at the desk.
pub(super) const WORD: &str = "air";
/// Most people whose notices are listed: those that cost most.
const MOST_LISTED: usize = 100;

/// Asks the server that has this data directory.
pub fn air(data: &Path) -> anyhow::Result<DeskAnswer> {
    ensure!(
        data_dir::holder_of(data)?.is_some(),
        "no Roost is running on {}, and airtime is counted while it runs. Start it, or say where it is with --data DIR",
        data.display()
    );
    let (word, arguments, lang) = (WORD.to_owned(), String::new(), String::new());
    super::operate(data, DeskCommand { group: None, word, arguments, lang })
}

/// Is there a radio to report of?
pub(super) fn has_radios(node: &Node, now: Now) -> bool {
    !node.air(now).is_empty()
}

/// What the server answers.
pub(super) fn report(now: Now, node: &Node, addressees: &[Addressee]) -> String {
    let radios = node.air(now);
    if radios.is_empty() {
        return "No interface here is a radio whose airtime is counted.".to_owned();
    }
    let radios = radios
        .iter()
        .map(|(interface, status)| describe(node.interface_name(*interface).unwrap_or_default(), status));
    radios.chain(notices(now, node, addressees)).collect::<Vec<_>>().join("\n")
}

/// What notices take of the air; nothing, if nobody wants any.
fn notices(now: Now, node: &Node, addressees: &[Addressee]) -> Option<String> {
    let mut rows: Vec<_> = addressees.iter().map(|one| (last_day(now, node, one), one)).collect();
    rows.sort_by(|(a, one), (b, other)| b.time.cmp(&a.time).then_with(|| one.name.cmp(&other.name)));
    let mut text = "Notices: what one takes of the air, and how many the last day had\n".to_owned();
    text += "  to                      told of, by             ping    message      sent   seconds";
    let several = rows.iter().any(|(_, one)| rows.first().is_some_and(|(_, first)| one.group != first.group));
    for (day, addressee) in rows.iter().take(MOST_LISTED) {
        notices_row(&mut text, node, addressee, *day);
        if several {
            let _ = write!(text, "  in {}", addressee.group);
        }
    }
    if rows.len() > MOST_LISTED {
        let _ = write!(text, "\n  and {} others, who cost less", rows.len() - MOST_LISTED);
    }
    (!rows.is_empty()).then_some(text)
}

fn notices_row(text: &mut String, node: &Node, addressee: &Addressee, day: Tally) {
    let Addressee { name, choice, delivery, message, .. } = addressee;
    let way = match choice.way {
        NotifyWay::Text => "message",
        NotifyWay::Silent => "silent",
        NotifyWay::Ping(_) => "ping",
    };
    let pinged = match choice.way {
        NotifyWay::Ping(destination) => destination,
        NotifyWay::Text | NotifyWay::Silent => *delivery,
    };
    let price = |to: [DestinationHash; 2], data| {
        let price = to.map(|to| node.price(to, data)).into_iter().find(|price| *price != Price::NoWay);
        match price.unwrap_or(Price::NoWay) {
            Price::NoWay => "no way".to_owned(),
            Price::Nothing => "no radio".to_owned(),
            Price::Air(time) => format!("{} ms", time.as_millis()),
        }
    };
    // They have both from the same place, most likely.
    let (ping, message) = (price([pinged, *delivery], PACKED), price([*delivery, pinged], *message));
    let (told, seconds) = (format!("{}, {way}", choice.mode.name()), day.time.as_secs_f64());
    let _ =
        write!(text, "\n  {name:<23} {told:<18}{ping:>10} {message:>10}{:>10} {seconds:>9.1}", day.frames);
}

/// What notices to somebody took. Who is told of several groups has one sum.
fn last_day(now: Now, node: &Node, addressee: &Addressee) -> Tally {
    let mut sum = node.told(now, addressee.delivery);
    if let NotifyWay::Ping(destination) = addressee.choice.way {
        sum.merge(node.told(now, destination));
    }
    sum
}

fn describe(name: &str, status: &AirStatus) -> String {
    let mut text = format!("{name}: {}\n", status.air.channel);
    let load = status.load;
    text += &budget("any hour", LONG, status.air.limits.long, load.sent_long);
    text += &budget("any 15 seconds", SHORT, status.air.limits.short, load.sent_short);
    if status.used_up {
        text += "  the hour's airtime was used up: what is not urgent waits until half of it is free\n";
    }
    let (short, long) = (percent(load.taken_short(), SHORT), percent(load.taken_long(), LONG));
    text += &format!("  channel: taken {short:.1} % of the last 15 seconds, {long:.1} % of the last hour\n");
    text += "  since the start    frames      bytes    seconds   waiting   dropped\n";
    for class in &status.classes {
        row(&mut text, class);
    }
    text.truncate(text.trim_end().len());
    text
}

fn budget(of: &str, window: Duration, limit: Option<Share>, spent: Duration) -> String {
    let used = spent.as_secs_f64();
    let Some(limit) = limit else { return format!("  of {of}: no limit; used {used:.1} s\n") };
    let allowed = limit.of(window);
    let left = allowed.saturating_sub(spent).as_secs_f64();
    format!("  of {of}: {limit} = {:.1} s; used {used:.1} s, left {left:.1} s\n", allowed.as_secs_f64())
}

fn row(text: &mut String, status: &ClassStatus) {
    let ClassStatus { class, sent, waiting, dropped } = status;
    let seconds = sent.time.as_secs_f64();
    // Writing to a string can't fail.
    let _ = writeln!(
        text,
        "  {class:<15}{:>10} {:>10} {seconds:>10.1} {:>9} {dropped:>9}",
        sent.frames, sent.bytes, waiting.frames
    );
}

/// Of a window.
pub(super) fn percent(time: Duration, window: Duration) -> f64 {
    time.as_secs_f64() / window.as_secs_f64() * 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::{NotifyChoice, NotifyMode};
    use crate::interface::{Medium, Template};
    use crate::rns::air::{Air, Class, Limits};
    use crate::rns::airtime::Modulation;
    use crate::rns::hash::{IdentityHash, PacketHash};
    use crate::rns::identity::Identity;
    use crate::rns::interface::InterfaceSpec;
    use crate::rns::snapshot::{DestinationRecord, PathRecord, Snapshot};
    use crate::rns::time::{Instant, UnixTime};

    fn at(secs: u64) -> Now {
        Now { instant: Instant::from_micros(secs * 1_000_000), unix: UnixTime::from_micros(0) }
    }

    const RADIO: &str = "RNode on the roof";

    fn radio() -> InterfaceSpec {
        let limits = Limits { long: Share::from_hundredths(100), short: None };
        InterfaceSpec {
            air: Some(Air::lora(Modulation::SF8, limits)),
            ..Template::new(RADIO, Medium::of_plain_links(3125, 508)).bare_spec()
        }
    }

    fn destination(number: u8) -> DestinationHash {
        DestinationHash::from_bytes([number; 16])
    }

    /// Somebody whose announce has come over an interface, so many hops away.
    fn known(snapshot: &mut Snapshot, number: u8, interface: &str, hops: u8) {
        let touched = at(10).unix;
        snapshot.destinations.push(DestinationRecord {
            destination: destination(number),
            public_key: *Identity::from_private_bytes(&[number; 64]).public().as_bytes(),
            app_data: None,
            emission: 0,
            ratchet: None,
            touched,
            used: false,
        });
        snapshot.paths.push(PathRecord {
            destination: destination(number),
            interface: interface.to_owned(),
            next_hop: (hops > 1).then(|| IdentityHash::from_bytes([9; 16])),
            hops,
            announce: PacketHash::from_bytes([number; 32]),
            blobs: Vec::new(),
            touched,
            used: false,
            copy: None,
        });
    }

    fn addressee(name: &str, number: u8, way: NotifyWay, message: usize) -> Addressee {
        let choice = NotifyChoice { mode: NotifyMode::All, way, ..NotifyChoice::OFF };
        let (group, name, delivery) = ("Village".to_owned(), name.to_owned(), destination(number));
        Addressee { group, name, choice, delivery, message }
    }

    #[test]
    fn an_operator_sees_what_a_notice_to_each_member_costs_and_what_those_of_the_last_day_took() {
        let mut node = Node::new([1; 32]);
        let mut snapshot = Snapshot::default();
        for (number, hops) in [(1, 1), (2, 1), (3, 2)] {
            known(&mut snapshot, number, RADIO, hops);
        }
        known(&mut snapshot, 4, "tcp", 1);
        node.restore(at(10), snapshot);
        node.add_interface(at(10), radio());
        node.add_interface(at(10), Template::new("tcp", Medium::of_plain_links(10_000_000, 508)).bare_spec());
        for (seconds, to, data) in [(20, 2, 28), (60, 1, 150), (100, 2, 28)] {
            let sent = node.send_packet_patiently(
                at(seconds),
                destination(to),
                &vec![7; data],
                Class::Notice,
                Duration::ZERO,
            );
            sent.unwrap();
            node.handle_timeout(at(seconds));
            assert!(node.poll_transmit().is_some());
        }
        let addressees = [
            addressee("Away (05050505)", 5, NotifyWay::Text, 160),
            addressee("Wire (04040404)", 4, NotifyWay::Text, 160),
            addressee("Far (03030303)", 3, NotifyWay::Silent, 144),
            addressee("Anna (06060606)", 6, NotifyWay::Ping(destination(2)), 160),
            addressee("Ben (01010101)", 1, NotifyWay::Text, 150),
        ];
        let report = report(at(200), &node, &addressees);
        insta::assert_snapshot!(report.split_once("Notices").unwrap().1);
        let took = |number| node.told(at(200), destination(number));
        // Page 23 §1: 19 bytes of header, 32 of key, 16 of IV, 32 of HMAC, and what is carried in whole blocks.
        assert_eq!(took(2).time, Modulation::SF8.time_on_air(131) * 2);
        assert_eq!((took(1).bytes, took(1).time), (259, Modulation::SF8.time_on_air(259)));
        assert_eq!(node.price(destination(1), 150), Price::Air(Modulation::SF8.time_on_air(259)));
        assert_eq!(node.price(destination(3), 28), Price::Air(Modulation::SF8.time_on_air(131 + 16)));
        assert_eq!(node.told(at(100_000), destination(2)), Tally::default());
    }

    #[test]
    fn an_operator_sees_what_was_spent_on_what_and_what_is_left() {
        let mut node = Node::new([1; 32]);
        let radio = node.add_interface(at(10), radio());
        let address = node.register_plain("roost.test");
        node.send_plain(address, &[7; 181]).unwrap();
        node.handle_timeout(at(10));
        assert!(node.poll_transmit().is_some());
        node.handle_frame(at(11), radio, &[0; 200]);
        node.send_plain(address, &[7; 181]).unwrap();
        node.handle_timeout(at(10));
        assert_eq!(node.poll_transmit(), None, "the first is still on the air");
        assert!(node.air_on(at(11), radio, Class::Relay, 500, destination(1)).is_none());
        insta::assert_snapshot!(report(at(11), &node, &[]));
        assert_eq!(
            report(at(11), &Node::new([1; 32]), &[]),
            "No interface here is a radio whose airtime is counted."
        );
    }
}
