//! Policies: what an operator can say about what is passed on over an interface, beyond its mode.
//! Not who may take part; the access code says that.

use std::time::Duration;

use super::interface::Mode;

/// Each field has the name of the option in the reference, and its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// `announce_cap`, `Reticulum.ANNOUNCE_CAP`: of the time on air, announces of others may take so many percent.
    pub announce_cap: u8,
    /// How often a destination may announce itself here and still be passed on.
    pub announce_rate: AnnounceRate,
    /// Of two paths that one and the same announce made, the one over the interface with more of it is taken.
    pub gravity: u32,
    /// Is whatever peers here ask for searched, whatever the mode?
    pub recursive_prs: bool,
    /// Do announces from interfaces of mode "internal" go out here?
    pub announces_from_internal: bool,
    /// Do announces from here go to interfaces of mode "internal", whatever the mode?
    pub announces_to_internal: bool,
    /// Are bursts of newcomers and of searches held back?
    pub ingress_control: bool,
}

/// `announce_rate_target` and its siblings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnnounceRate {
    /// Announces of one destination are to be so far apart.
    pub target: Duration,
    /// So many may come sooner.
    pub grace: u32,
    /// Then none is passed on for the target, and so much longer.
    pub penalty: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Policy {
    /// What holds where nothing is said.
    pub const DEFAULT: Self = Self {
        announce_cap: 2,
        announce_rate: AnnounceRate::DEFAULT,
        gravity: 0,
        recursive_prs: false,
        announces_from_internal: true,
        announces_to_internal: false,
        ingress_control: true,
    };

    /// Bits per second of an interface that announces of others may take.
    pub fn announce_bitrate(&self, bitrate: u64) -> u64 {
        let share = bitrate.saturating_mul(self.announce_cap.into()).checked_div(100);
        share.unwrap_or(0).max(1)
    }

    /// May an announce that came in on an interface of that mode and policy go out on one of mode `out` and this policy
    /// (page 04 §8)?
    pub const fn passes_announce_from(&self, out: Mode, from: Mode, came_in: &Self) -> bool {
        if matches!(from, Mode::Internal) && !self.announces_from_internal {
            return false;
        }
        out.passes_announce_from(from) || (matches!(out, Mode::Internal) && came_in.announces_to_internal)
    }
}

impl AnnounceRate {
    /// `Interface.DEFAULT_AR_TARGET`, `DEFAULT_AR_GRACE` and `DEFAULT_AR_PENALTY`.
    pub const DEFAULT: Self = Self { target: Duration::from_secs(3600), grace: 5, penalty: Duration::ZERO };
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODES: [Mode; 7] = [
        Mode::Full,
        Mode::PointToPoint,
        Mode::AccessPoint,
        Mode::Roaming,
        Mode::Boundary,
        Mode::Gateway,
        Mode::Internal,
    ];

    #[test]
    fn by_default_the_modes_alone_decide() {
        let policy = Policy::default();
        for (out, from) in MODES.iter().flat_map(|out| MODES.map(|from| (*out, from))) {
            assert_eq!(policy.passes_announce_from(out, from, &policy), out.passes_announce_from(from));
        }
    }

    #[test]
    fn what_is_internal_is_kept_in_and_what_comes_from_the_edge_let_in_only_when_told() {
        let default = Policy::default();
        let discreet = Policy { announces_from_internal: false, ..default };
        assert!(!discreet.passes_announce_from(Mode::Full, Mode::Internal, &default));
        assert!(discreet.passes_announce_from(Mode::Full, Mode::Full, &default));
        let trusted = Policy { announces_to_internal: true, ..default };
        assert!(!default.passes_announce_from(Mode::Internal, Mode::Boundary, &default));
        assert!(default.passes_announce_from(Mode::Internal, Mode::Boundary, &trusted));
        assert!(!default.passes_announce_from(Mode::AccessPoint, Mode::Boundary, &trusted));
    }

    #[test]
    fn announces_have_a_share_of_the_air_and_never_none() {
        let share =
            |announce_cap, bitrate| Policy { announce_cap, ..Policy::default() }.announce_bitrate(bitrate);
        assert_eq!([share(2, 1200), share(100, 1200), share(1, 5)], [24, 1200, 1]);
    }
}
