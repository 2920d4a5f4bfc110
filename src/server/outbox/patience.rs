//! How long somebody who could not be reached is left alone before the next try.
//! Not for how long what waits for them is kept; the outbox says that.

use std::time::Duration;

use crate::lxmf::SendFailure;
use crate::rns::random::Random;

/// After the first round that nothing came back from, and by how much each further wait is longer.
const NO_ANSWER: (Duration, u32) = (Duration::from_mins(2), 4);
/// The same for who has no path: nobody has heard them lately, and when they announce themselves they are due at once.
const NO_PATH: (Duration, u32) = (Duration::from_mins(15), 2);
/// Longest wait, give or take.
pub(super) const LONGEST: Duration = Duration::from_hours(6);
/// Until there is room again, or a mistake of ours has passed.
const OURS: Duration = Duration::from_secs(30);

/// How long to wait after the last of `failures` rounds in a row, which failed like this. Everybody waits a bit longer
/// or shorter than the others, so that they don't come all at once.
pub(super) fn wait(failure: SendFailure, failures: u32, random: &mut Random) -> Duration {
    let (first, factor) = match failure {
        SendFailure::NoAnswer => NO_ANSWER,
        SendFailure::NoPath | SendFailure::NoNode => NO_PATH,
        // The same again would end the same; perhaps they ask for less, or take more, one day.
        SendFailure::StampTooCostly | SendFailure::Rejected => (LONGEST, 1),
        SendFailure::Full | SendFailure::NoAir | SendFailure::NotOurs => (OURS, 1),
    };
    let grown = first.saturating_mul(factor.saturating_pow(failures.saturating_sub(1)));
    vary(grown.min(LONGEST), random)
}

/// Three to five quarters of `wait`.
fn vary(wait: Duration, random: &mut Random) -> Duration {
    let micros = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(micros - micros / 4 + random.below(micros / 2 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(failure: SendFailure) -> Vec<Duration> {
        let mut random = Random::from_seed([1; 32]);
        (1..=8).map(|failures| wait(failure, failures, &mut random)).collect()
    }

    #[test]
    fn each_wait_is_longer_than_the_one_before_and_none_is_longer_than_a_night() {
        for failure in [SendFailure::NoAnswer, SendFailure::NoPath] {
            let waits = waits(failure);
            assert!(waits[..3].is_sorted(), "{waits:?}");
            assert!(waits.iter().all(|wait| *wait <= LONGEST * 5 / 4), "{waits:?}");
            assert!(waits[7] >= LONGEST * 3 / 4, "{waits:?}");
        }
        assert!(waits(SendFailure::NoAnswer)[0] < Duration::from_mins(3));
        assert!(
            waits(SendFailure::NoPath)[0] > Duration::from_mins(10),
            "asking for paths is heard by everybody"
        );
    }

    #[test]
    fn two_people_who_are_lost_at_once_are_not_tried_at_once() {
        let mut random = Random::from_seed([2; 32]);
        let first: Vec<_> = (0..50).map(|_| wait(SendFailure::NoPath, 1, &mut random)).collect();
        let (least, most) = (first.iter().min().unwrap(), first.iter().max().unwrap());
        assert!(*most - *least > Duration::from_mins(5), "{least:?} to {most:?}");
    }
}
