//! What a station has sent and heard, and how much of the last quarter of a minute and hour it was on the air.
//! Not a limit; what a station does about it is the station's.

use std::collections::BTreeMap;

use super::ether::Miss;

/// `AIRTIME_BINLEN_MS`, in microseconds.
const BIN: u64 = 7_500_000;
/// Bins that the short-term airtime looks at.
const SHORT: u64 = 2;
/// `AIRTIME_BINS`: the long-term airtime is that of an hour.
const LONG: u64 = 480;

/// The account of one station.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traffic {
    pub(crate) packets: u64,
    /// Of packets, without what the radio adds.
    pub(crate) bytes: u64,
    pub(crate) frames: u64,
    pub(crate) on_air: u64,
    /// Frames of others that it made out.
    pub(crate) heard: u64,
    /// Frames of others that it could not make out because two were on the air.
    pub(crate) collided: u64,
    /// Frames of others that got lost by chance.
    pub(crate) lost: u64,
    bins: BTreeMap<u64, u64>,
}

impl Traffic {
    /// It has sent a frame, until now.
    pub(crate) fn sent_frame(&mut self, now: u64, time_on_air: u64) {
        self.frames += 1;
        self.on_air += time_on_air;
        *self.bins.entry(now / BIN).or_default() += time_on_air;
        self.bins = self.bins.split_off(&(now / BIN).saturating_sub(LONG - 1));
    }

    /// It has sent all of a packet.
    pub(crate) const fn sent_packet(&mut self, bytes: usize) {
        self.packets += 1;
        self.bytes += bytes as u64;
    }

    pub(crate) const fn missed(&mut self, miss: Miss) {
        match miss {
            Miss::Collision => self.collided += 1,
            Miss::Loss => self.lost += 1,
        }
    }

    /// Hundredths of a percent of the last quarter of a minute.
    pub(crate) fn short_term(&self, now: u64) -> u64 {
        self.share(now, SHORT)
    }

    /// Hundredths of a percent of the last hour.
    pub(crate) fn long_term(&self, now: u64) -> u64 {
        self.share(now, LONG)
    }

    fn share(&self, now: u64, bins: u64) -> u64 {
        let first = (now / BIN).saturating_sub(bins - 1);
        self.bins.range(first..).map(|(_, time)| time).sum::<u64>() * 10_000 / (bins * BIN)
    }
}
