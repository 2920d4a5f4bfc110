//! What the sections of all kinds of interfaces have in common: their keys, and what the reference has beyond them.
//! Not what a kind has for itself.

use std::time::Duration;

use super::super::key::{Key, Shown, Takes};
use super::super::reticulum::INGRESS_CONTROL;
use super::super::section::{LeftOut, NO, Values, Weight, YES};
use crate::interface::{AccessSection, AnnounceRate, Policy};

/// What `mode` takes.
const MODES: &[&str] = &[
    "full",
    "gateway",
    "gw",
    "access_point",
    "accesspoint",
    "ap",
    "pointtopoint",
    "ptp",
    "roaming",
    "boundary",
    "internal",
];

/// Who may take part, from the keys that say it.
pub(super) fn access(values: &Values) -> AccessSection {
    AccessSection {
        network_name: values.text("network_name").map(str::to_owned),
        passphrase: values.secret("passphrase").cloned(),
        ifac_size: values.number("ifac_size").and_then(|bits| u16::try_from(bits).ok()),
    }
}

/// What is passed on, from the keys that say it.
pub(super) fn policy(values: &Values) -> Policy {
    let default = Policy::default();
    let switch = |name, default| values.switch(name).unwrap_or(default);
    let seconds = |name| values.number(name).map(Duration::from_secs);
    let small = |name| values.number(name).and_then(|number| u32::try_from(number).ok());
    let announce_rate = match seconds("announce_rate_target") {
        Some(target) => AnnounceRate {
            target,
            grace: small("announce_rate_grace").unwrap_or(0),
            penalty: seconds("announce_rate_penalty").unwrap_or(Duration::ZERO),
        },
        None => AnnounceRate {
            grace: small("announce_rate_grace").unwrap_or(default.announce_rate.grace),
            penalty: seconds("announce_rate_penalty").unwrap_or(default.announce_rate.penalty),
            ..default.announce_rate
        },
    };
    let cap = values.number("announce_cap").and_then(|percent| u8::try_from(percent).ok());
    Policy {
        announce_cap: cap.unwrap_or(default.announce_cap),
        announce_rate,
        gravity: small("gravity").unwrap_or(default.gravity),
        recursive_prs: switch("recursive_prs", default.recursive_prs),
        announces_from_internal: switch("announces_from_internal", default.announces_from_internal),
        announces_to_internal: switch("announces_to_internal", default.announces_to_internal),
        ingress_control: switch("ingress_control", default.ingress_control),
    }
}

/// The keys that every kind has.
pub(super) const COMMON: &[Key] = &[
    Key::required("type", Takes::Text { most: 64, of: "a type" }),
    Key::optional("enabled", Takes::Switch).or(&["interface_enabled"]),
    Key::optional("mode", Takes::OneOf(MODES)).or(&["interface_mode"]),
    Key::optional("network_name", Takes::Shared { of: "the name of a network", shown: Shown::Yes })
        .or(&["networkname"]),
    Key::optional("passphrase", Takes::Shared { of: "a passphrase", shown: Shown::Never })
        .or(&["pass_phrase"]),
    Key::optional("ifac_size", Takes::Number { least: 8, most: 512, of: "bits of an access code" }),
    Key::optional("announce_cap", Takes::Number { least: 1, most: 100, of: "percent of the bit rate" }),
    Key::optional("announce_rate_target", Takes::Number { least: 1, most: 86_400, of: "seconds" }),
    Key::optional("announce_rate_grace", Takes::Number { least: 0, most: 1000, of: "announces" }),
    Key::optional("announce_rate_penalty", Takes::Number { least: 0, most: 86_400, of: "seconds" }),
    Key::optional("gravity", Takes::Number { least: 0, most: 1_000_000, of: "a weight" }),
    Key::optional("recursive_prs", Takes::Switch),
    Key::optional("announces_from_internal", Takes::Switch),
    Key::optional("announces_to_internal", Takes::Switch),
    Key::optional("ingress_control", Takes::Switch),
];

/// `MINIMUM_BITRATE`, and more than any wire.
pub(super) const BITRATE: Takes = Takes::Number { least: 5, most: 1_000_000_000_000, of: "bits per second" };

/// What the reference has for every kind, and Roost hasn't.
pub(super) const COMMON_LEFT_OUT: &[LeftOut] = &[
    LeftOut {
        names: &["outgoing"],
        no_loss: YES,
        why: "interfaces that only receive are not supported",
        weight: Weight::Vital,
    },
    LeftOut {
        names: &["egress_control", "ec_pr_freq"],
        no_loss: &[],
        why: "what Roost passes on for others is not adjustable",
        weight: Weight::Minor,
    },
    INGRESS_CONTROL,
    LeftOut {
        names: &[
            "discoverable",
            "discovery_name",
            "announce_interval",
            "reachable_on",
            "discovery_stamp_value",
            "discovery_encrypt",
            "publish_ifac",
            "latitude",
            "longitude",
            "height",
            "location_cmd",
            "discovery_frequency",
            "discovery_bandwidth",
            "discovery_modulation",
            "discovery_lxmf_address",
        ],
        no_loss: NO,
        why: "Roost does not announce its interfaces for discovery",
        weight: Weight::Minor,
    },
    LeftOut {
        names: &["bootstrap_only"],
        no_loss: NO,
        why: "Roost connects to no discovered interfaces, so there is nothing to bootstrap",
        weight: Weight::Minor,
    },
    LeftOut {
        names: &["ignore_config_warnings"],
        no_loss: &["true", "yes", "on", "1", "false", "no", "off", "0"],
        why: "Roost gives no such warnings",
        weight: Weight::Minor,
    },
];

/// What kinds without an adjustable rate say.
pub(super) const FIXED_BITRATE: &[LeftOut] = &[LeftOut {
    names: &["bitrate"],
    no_loss: &[],
    why: "the bit rate that is assumed for interfaces of this type is fixed",
    weight: Weight::Minor,
}];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn of(lines: &str) -> Policy {
        let text = format!("[interfaces.X]\ntype = \"PipeInterface\"\ncommand = \"modem\"\n{lines}");
        Config::parse(&text).unwrap().interfaces[0].policy
    }

    #[test]
    fn what_is_passed_on_is_as_the_options_of_the_reference_say() {
        assert_eq!(of(""), Policy::DEFAULT);
        let all = of("announce_cap = 10\nannounce_rate_target = 60\nannounce_rate_grace = 2\n\
                      announce_rate_penalty = 30\ngravity = 7\nrecursive_prs = true\n\
                      announces_from_internal = false\nannounces_to_internal = true\ningress_control = false");
        let (target, penalty) = (Duration::from_secs(60), Duration::from_secs(30));
        let expected = Policy {
            announce_cap: 10,
            announce_rate: AnnounceRate { target, grace: 2, penalty },
            gravity: 7,
            recursive_prs: true,
            announces_from_internal: false,
            announces_to_internal: true,
            ingress_control: false,
        };
        assert_eq!(all, expected);
    }

    #[test]
    fn a_target_alone_leaves_no_grace() {
        let rate = |lines| of(lines).announce_rate;
        let strict = AnnounceRate { target: Duration::from_secs(60), grace: 0, penalty: Duration::ZERO };
        assert_eq!(rate("announce_rate_target = 60"), strict);
        assert_eq!(rate("announce_rate_grace = 1"), AnnounceRate { grace: 1, ..AnnounceRate::DEFAULT });
    }
}
