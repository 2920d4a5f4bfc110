//! How much is logged.
//! Not where to; that is the command line's.

/// From little to much; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// An operator must act.
    Error,
    /// A peer misbehaved, or something was lost.
    Warn,
    /// A person could want to know.
    Info,
    /// Decisions about packets.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// Their names, in the same order.
    pub const NAMES: &[&str] = &["error", "warn", "info", "debug", "trace"];

    /// The name in a configuration, which is also that of a log filter.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    /// The level of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// The level that shows what `loglevel` of the reference shows, from 0 to 8.
    pub fn from_reference(loglevel: u64) -> Option<Self> {
        match loglevel {
            0 | 1 => Some(Self::Error),
            2 => Some(Self::Warn),
            3 | 4 => Some(Self::Info),
            5 | 6 => Some(Self::Debug),
            7 | 8 => Some(Self::Trace),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_level() {
        let levels: Vec<_> = LogLevel::NAMES.iter().filter_map(|name| LogLevel::from_name(name)).collect();
        assert_eq!(levels, LogLevel::ALL);
    }
}
