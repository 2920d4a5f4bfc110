//! What the sections of all kinds of interfaces have in common: their keys, and what the reference has beyond them.
//! Not what a kind has for itself.

use super::super::key::{Key, Shown, Takes};
use super::super::reticulum::INGRESS_CONTROL;
use super::super::section::{LeftOut, NO, Values, Weight, YES};
use crate::interface::AccessSection;

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
        names: &[
            "announce_cap",
            "announce_rate_target",
            "announce_rate_grace",
            "announce_rate_penalty",
            "gravity",
            "recursive_prs",
            "announces_from_internal",
            "announces_to_internal",
            "egress_control",
            "ec_pr_freq",
        ],
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
