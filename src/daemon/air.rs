//! `roost air`: what the radios of a running server have spent of their airtime, on what, and what waits.
//! Not the counting; the node does that.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::ensure;

use super::data_dir;
use super::desk::{DeskAnswer, DeskCommand};
use crate::rns::Node;
use crate::rns::air::limits::{LONG, SHORT};
use crate::rns::air::{AirStatus, ClassStatus, Share};
use crate::rns::time::Now;

/// The word that asks for it at the desk.
pub(super) const WORD: &str = "air";

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

/// What the server answers.
pub(super) fn report(now: Now, node: &Node) -> String {
    let radios = node.air(now);
    if radios.is_empty() {
        return "No interface here is a radio whose airtime is counted.".to_owned();
    }
    let radios = radios
        .iter()
        .map(|(interface, status)| describe(node.interface_name(*interface).unwrap_or_default(), status));
    radios.collect::<Vec<_>>().join("\n")
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
    use crate::interface::{Medium, Template};
    use crate::rns::air::{Air, Class, Limits};
    use crate::rns::airtime::Modulation;
    use crate::rns::interface::InterfaceSpec;
    use crate::rns::time::{Instant, UnixTime};

    fn at(secs: u64) -> Now {
        Now { instant: Instant::from_micros(secs * 1_000_000), unix: UnixTime::from_micros(0) }
    }

    #[test]
    fn an_operator_sees_what_was_spent_on_what_and_what_is_left() {
        let mut node = Node::new([1; 32]);
        let limits = Limits { long: Share::from_hundredths(100), short: None };
        let spec = InterfaceSpec {
            air: Some(Air::lora(Modulation::SF8, limits)),
            ..Template::new("RNode on the roof", Medium::of_plain_links(3125, 508)).bare_spec()
        };
        let radio = node.add_interface(at(10), spec);
        let address = node.register_plain("roost.test");
        node.send_plain(address, &[7; 181]).unwrap();
        node.handle_timeout(at(10));
        assert!(node.poll_transmit().is_some());
        node.handle_frame(at(11), radio, &[0; 200]);
        node.send_plain(address, &[7; 181]).unwrap();
        node.handle_timeout(at(10));
        assert_eq!(node.poll_transmit(), None, "the first is still on the air");
        assert!(node.air_on(at(11), radio, Class::Relay, 500).is_none());
        insta::assert_snapshot!(report(at(11), &node));
        assert_eq!(
            report(at(11), &Node::new([1; 32])),
            "No interface here is a radio whose airtime is counted."
        );
    }
}
