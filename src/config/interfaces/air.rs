//! The keys of interfaces that are radios: how much of the time they may be on the air.
//! Not how long a packet is on it; that depends on the kind.

use super::super::key::{Key, Takes};
use super::super::section::Values;
use crate::interface::{Limits, Share};

/// The keys.
pub(super) const AIRTIME: &[Key] = &[
    Key::optional("airtime_limit_long", Takes::Percent { of: "any hour" }),
    Key::optional("airtime_limit_short", Takes::Percent { of: "any 15 seconds" }),
];

/// What they say.
pub(super) fn limits(values: &Values) -> Limits {
    let share = |name| values.percent(name).and_then(Share::from_hundredths);
    Limits { long: share("airtime_limit_long"), short: share("airtime_limit_short") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::interface::Air;
    use std::time::Duration;

    fn of(lines: &str) -> Result<Option<Air>, String> {
        let text = format!(
            "[interfaces.X]\ntype = \"TCPClientInterface\"\ntarget_host = \"localhost\"\ntarget_port = 8001\n{lines}"
        );
        Config::parse(&text)
            .map(|config| config.interfaces[0].kind.medium().air)
            .map_err(|problems| format!("{problems:?}"))
    }

    #[test]
    fn limits_are_percent_and_none_is_no_limit() {
        let share = Share::from_hundredths;
        let limits = Limits { long: share(150), short: share(3300) };
        let all = of("bitrate = 1200\nairtime_limit_long = 1.5\nairtime_limit_short = 33");
        assert_eq!(all, Ok(Some(Air::fixed(1200, Duration::ZERO, limits))));
        assert_eq!(of("bitrate = 1200"), Ok(None));
        assert_eq!(of("bitrate = 1200\nairtime_limit_long = 100"), Ok(None));
    }

    #[test]
    fn a_limit_without_a_rate_is_refused() {
        let error = of("airtime_limit_long = 1").unwrap_err();
        assert!(error.contains("Write it as bitrate"), "{error}");
        assert!(of("bitrate = 1200\nairtime_limit_long = 101").is_err());
    }
}
