//! The queue of a radio on its own: what leaves when, and what never does.

use super::*;
use crate::rns::air::{Limits, Share};
use crate::rns::airtime::Modulation;
use crate::rns::packet::{DestinationType, PacketType};

const SF8: Modulation = Modulation::SF8;

struct Bench {
    queue: AirQueue,
    random: Random,
    now: Instant,
}

/// Somebody to send to.
const TO: Address = Address::from_bytes([7; 16]);

/// One percent of an hour: 36 s.
fn one_percent() -> Limits {
    Limits { long: Share::from_hundredths(100), short: None }
}

fn frame(packet_type: PacketType, number: u8, bytes: usize) -> Vec<u8> {
    let address = Address::from_bytes([number; 16]);
    let payload = vec![number; bytes - 19];
    Packet::new(packet_type, DestinationType::Single, address, Context::None, &payload).pack()
}

impl Bench {
    fn new(limits: Limits) -> Self {
        let queue = AirQueue::new(Air::lora(SF8, limits), 0, Books::default());
        Self { queue, random: Random::from_seed([5; 32]), now: Instant::from_micros(3_600_000_000) }
    }

    fn push(&mut self, class: Class, number: u8, bytes: usize) {
        let packet_type = if class == Class::Announce { PacketType::Announce } else { PacketType::Data };
        self.queue.push(class, frame(packet_type, number, bytes));
    }

    /// Lets so much time pass; the frames that left, by their numbers, and when.
    fn run(&mut self, duration: Duration) -> Vec<(u8, Instant)> {
        let end = self.now.after(duration);
        let mut left = Vec::new();
        while let Some(due) = self.queue.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let sent = self.queue.release(self.now, &mut self.random);
            left.extend(sent.map(|frame| (frame[2], self.now)));
        }
        self.now = end;
        left
    }

    fn numbers(&mut self, duration: Duration) -> Vec<u8> {
        self.run(duration).into_iter().map(|(number, _)| number).collect()
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn the_most_urgent_leaves_first_and_each_when_the_one_before_has_left_the_air() {
    let mut bench = Bench::new(Limits::default());
    for (number, class) in
        [Class::Relay, Class::Notice, Class::Proof, Class::Answer, Class::Answer].into_iter().enumerate()
    {
        bench.push(class, u8::try_from(number).unwrap(), 200);
    }
    let left = bench.run(20 * SECOND);
    assert_eq!(left.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [3, 4, 2, 1, 0]);
    let on_air = SF8.time_on_air(200);
    for pair in left.windows(2) {
        let gap = pair[1].1.since(pair[0].1);
        assert!(gap >= on_air && gap < on_air + 16 * SF8.slot(), "{gap:?}");
    }
    assert_eq!(bench.queue.bytes(), 0);
}

#[test]
fn a_budget_is_kept_and_its_last_part_is_for_answers() {
    let mut bench = Bench::new(one_percent());
    let on_air = SF8.time_on_air(500);
    let mut sent = |class, most: usize| {
        let mut count = 0;
        while count < most && bench.queue.opens(bench.now, class, 500, TO).is_none() {
            bench.push(class, 1, 500);
            count += bench.run(2 * SECOND).len();
        }
        count
    };
    let fits = |percent: u32| {
        usize::try_from((36 * SECOND * percent / 100).as_micros() / on_air.as_micros()).unwrap()
    };
    let relays = sent(Class::Relay, 1000);
    assert_eq!(relays, fits(60));
    let notices = sent(Class::Notice, 1000);
    assert_eq!(relays + notices, fits(70));
    let answers = sent(Class::Answer, 1000);
    assert_eq!(relays + notices + answers, fits(100));
    assert_eq!(bench.queue.poll_news().map(|news| matches!(news, News::UsedUp(_))), Some(true));
    assert_eq!(bench.queue.poll_news(), None, "it is told once");
    assert!(bench.queue.status(bench.now).used_up);

    // An hour later it is there again, and that is told too.
    bench.run(3700 * SECOND);
    assert_eq!(bench.queue.poll_news(), Some(News::Free));
    assert_eq!(bench.queue.opens(bench.now, Class::Relay, 500, TO), None);
}

#[test]
fn what_waits_longer_than_it_is_of_use_is_dropped_and_counted() {
    let mut bench = Bench::new(Limits { long: Share::from_hundredths(3), short: None });
    // A budget of 1.08 s: three of these fit, and no more for an hour.
    for number in 0..5 {
        bench.push(Class::Answer, number, 86);
    }
    bench.push(Class::Proof, 9, 83);
    assert_eq!(bench.numbers(120 * SECOND), [0, 1, 2]);
    let status = bench.queue.status(bench.now);
    let by_class: Vec<_> = status.classes.iter().map(|class| (class.sent.frames, class.dropped)).collect();
    assert_eq!(by_class, [(3, 2), (0, 1), (0, 0), (0, 0), (0, 0)]);
    assert_eq!((bench.queue.take_lost(), bench.queue.take_lost(), bench.queue.bytes()), (3, 0, 0));
}

#[test]
fn a_frame_that_no_budget_has_room_for_is_dropped_at_once() {
    let mut bench = Bench::new(Limits { long: Share::from_hundredths(3), short: None });
    bench.push(Class::Answer, 1, 500);
    assert!(bench.run(SECOND).is_empty());
    assert_eq!((bench.queue.take_lost(), bench.queue.poll_timeout()), (1, None));
}

#[test]
fn a_link_is_accepted_only_with_air_for_its_answer_and_before_its_opener_has_given_up() {
    // A budget of 4.32 s: twice 0.39 s to accept a link and 1.38 s for the answer.
    let mut bench = Bench::new(Limits { long: Share::from_hundredths(12), short: None });
    let address = Address::from_bytes([4; 16]);
    let (proof, link) = (PacketType::Proof, DestinationType::Link);
    let accept = Packet::new(proof, link, address, Context::LinkRequestProof, &[4; 99]).pack();
    for _ in 0..2 {
        bench.queue.push(Class::Answer, accept.clone());
        bench.push(Class::Answer, 1, 480);
        assert_eq!(bench.numbers(SECOND * 5), [4, 1]);
    }
    bench.queue.push(Class::Answer, accept);
    assert!(bench.numbers(SECOND * 14).is_empty());
    assert_eq!((bench.queue.take_lost(), bench.queue.bytes()), (1, 0));
}

#[test]
fn the_short_limit_spreads_a_burst_and_lets_a_long_packet_through() {
    let short = Share::from_hundredths(1000);
    let mut bench = Bench::new(Limits { long: None, short });
    // 1.5 s of 15: a full packet, and the next when that is out of the window.
    (0..3).for_each(|number| bench.push(Class::Answer, number, 480));
    let left = bench.run(25 * SECOND);
    assert_eq!(left.len(), 2);
    assert!(left[1].1.since(left[0].1) >= 15 * SECOND);
    let mut bench = Bench::new(Limits { long: None, short: Share::from_hundredths(100) });
    (0..2).for_each(|number| bench.push(Class::Answer, number, 480));
    assert_eq!(bench.numbers(10 * SECOND), [0]);
    assert_eq!(bench.numbers(10 * SECOND), [1]);
}

#[test]
fn only_the_newest_announce_of_a_destination_leaves_and_none_while_the_channel_is_busy() {
    let mut bench = Bench::new(Limits::default());
    for _ in 0..8 {
        bench.queue.note_heard(bench.now, 200);
    }
    for number in [1, 2, 1, 1] {
        bench.push(Class::Announce, number, 180);
    }
    assert!(bench.run(10 * SECOND).is_empty(), "5 of the last 15 seconds were taken");
    let mut left = bench.numbers(20 * SECOND);
    left.sort_unstable();
    assert_eq!(left, [1, 2]);
    assert_eq!(bench.queue.take_lost(), 2);

    // Where it is never quiet, they don't wait for ever.
    (0..5).for_each(|_| bench.queue.note_heard(bench.now, 500));
    bench.push(Class::Announce, 3, 180);
    let mut waited = 0;
    while bench.queue.status(bench.now).classes[4].sent.frames < 3 {
        bench.queue.note_heard(bench.now, 500);
        bench.run(3 * SECOND);
        waited += 3;
    }
    assert!((600..640).contains(&waited), "{waited} s");
}

#[test]
fn a_full_queue_turns_the_least_urgent_away() {
    let mut bench = Bench::new(Limits::default());
    for _ in 0..70 {
        bench.push(Class::Relay, 1, 480);
    }
    for _ in 0..30 {
        bench.push(Class::Answer, 2, 480);
    }
    assert_eq!(bench.numbers(Duration::ZERO), [2]);
    assert!(bench.queue.bytes() <= MAX_BYTES);
    let status = bench.queue.status(bench.now);
    assert_eq!((status.classes[0].dropped, status.classes[0].waiting.frames), (0, 29));
    assert_eq!(u64::from(100_u32), status.classes[3].dropped + status.classes[3].waiting.frames + 30);
    // What came since the last look is bounded, too.
    for _ in 0..1000 {
        bench.push(Class::Answer, 2, 480);
    }
    assert!(bench.queue.bytes() <= MAX_WITH_FRESH);
}

#[test]
fn a_radio_that_comes_back_has_no_new_budget() {
    let mut bench = Bench::new(one_percent());
    bench.push(Class::Answer, 1, 500);
    bench.run(SECOND);
    let Bench { queue, now, .. } = bench;
    let again = AirQueue::new(Air::lora(SF8, one_percent()), 0, queue.into_books());
    assert_eq!(again.status(now).load.sent_long, SF8.time_on_air(500));
}

/// A radio whose notices have used up their part of an hour.
fn without_air() -> Bench {
    let mut bench = Bench::new(one_percent());
    while bench.queue.opens(bench.now, Class::Notice, 500, TO).is_none() {
        bench.push(Class::Notice, 7, 500);
        bench.run(2 * SECOND);
    }
    // Who was let through and then did not send is in nobody's way.
    bench.run(300 * SECOND);
    bench
}

#[test]
fn a_notice_that_waits_elsewhere_goes_before_those_that_came_here_later_and_after_those_that_came_before() {
    let mut bench = without_air();
    bench.push(Class::Notice, 1, 131);
    bench.run(10 * SECOND);
    let text = Address::from_bytes([2; 16]);
    let mut opens = bench.queue.opens(bench.now, Class::Notice, 250, text).unwrap();
    bench.run(10 * SECOND);
    bench.push(Class::Notice, 3, 131);

    let (began, mut left) = (bench.now, Vec::new());
    while left.len() < 3 {
        left.extend(bench.run(opens.since(bench.now)));
        assert!(bench.now < began.after(7200 * SECOND), "{left:?}");
        match bench.queue.opens(bench.now, Class::Notice, 250, text) {
            Some(at) => opens = at,
            None if left.iter().all(|(number, _)| *number != 2) => {
                bench.push(Class::Notice, 2, 250);
                opens = bench.now.after(10 * SECOND);
            }
            None => opens = bench.now.after(10 * SECOND),
        }
    }
    assert_eq!(left.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_notice_is_held_for_nobody_who_does_not_come_and_nothing_urgent_is_held_at_all() {
    let mut bench = without_air();
    let opens = bench.queue.opens(bench.now, Class::Notice, 250, Address::from_bytes([2; 16])).unwrap();
    bench.push(Class::Notice, 3, 131);
    bench.push(Class::Answer, 4, 131);
    let left = bench.run(opens.since(bench.now) + 20 * SECOND);
    assert_eq!(left.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [4, 3]);
    let late = left[1].1.since(opens);
    assert!(late <= 5 * SECOND, "{late:?}");
}

#[test]
fn of_pings_to_one_destination_about_one_group_the_newest_leaves_in_the_place_of_the_oldest() {
    let mut bench = without_air();
    let mut ping = |number: u8, topic: u8, text: u8| {
        let mut frame = frame(PacketType::Data, number, 131);
        frame[130] = text;
        bench.queue.push(Sending { class: Class::Notice, topic: Some([topic; 16]) }, frame);
        bench.run(SECOND);
    };
    ping(1, 1, 10);
    ping(2, 1, 20);
    ping(1, 2, 30);
    ping(1, 1, 40);
    let mut left = Vec::new();
    while let Some(due) = bench.queue.poll_timeout() {
        bench.now = bench.now.max(due);
        left.extend(bench.queue.release(bench.now, &mut bench.random));
    }
    assert_eq!(left.iter().map(|frame| frame[130]).collect::<Vec<_>>(), [40, 20, 30]);
    assert_eq!((bench.queue.bytes(), bench.queue.take_lost()), (0, 0));
}
