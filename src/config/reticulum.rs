//! What `[reticulum]` of the reference has, and Roost hasn't.
//! Not the keys that it has; those stand with the sections.

use super::section::{LeftOut, NO, YES};

/// What the reference has for all interfaces together and for each alone.
pub(super) const INGRESS_CONTROL: LeftOut = LeftOut::minor(
    &[
        "ic_new_time",
        "ic_burst_freq_new",
        "ic_burst_freq",
        "ic_pr_burst_freq_new",
        "ic_pr_burst_freq",
        "ic_burst_hold",
        "ic_burst_penalty",
        "ic_held_release_interval",
        "ic_max_held_announces",
    ],
    &[],
    "what announces and path requests may cost is bounded, but not adjustable",
);

pub(super) const LEFT_OUT: &[LeftOut] = &[
    LeftOut::minor(
        &["force_shared_instance_bitrate"],
        &[],
        "Roost does not slow programs down that share its interfaces",
    ),
    LeftOut::minor(
        &["enable_remote_management", "remote_management_allowed", "enable_interface_management"],
        NO,
        "Roost can't be managed over Reticulum",
    ),
    LeftOut::minor(
        &["panic_on_interface_error"],
        NO,
        "an interface that fails is tried again; the others go on",
    ),
    LeftOut::minor(
        &[
            "discover_interfaces",
            "interface_discovery_sources",
            "required_discovery_value",
            "autoconnect_discovered_interfaces",
            "autoconnect_unverified_implementations",
            "autoconnect_interface_mode",
            "autoconnect_interface_gravity",
            "autoconnect_gravity",
            "autoconnect_announces_to_internal",
            "network_identity",
        ],
        NO,
        "Roost does not look for interfaces of others. Write those that it should use",
    ),
    LeftOut::minor(
        &[
            "static_transport_identity",
            "local_hops_delta",
            "default_gravity",
            "default_ar_target",
            "default_ar_penalty",
            "default_ar_grace",
            "egress_control",
            "ec_pr_freq",
        ],
        NO,
        "what Roost passes on for others is not adjustable",
    ),
    LeftOut::minor(
        &["publish_blackhole", "blackhole_sources", "blackhole_update_interval"],
        NO,
        "Roost shares no block lists; it bans people from its group",
    ),
    INGRESS_CONTROL,
    LeftOut::minor(&["ingress_control"], YES, "this is said in the section of each interface"),
    LeftOut::minor(
        &["qlen_in_data", "qlen_in_announce", "qlen_in_pr", "qlen_in_il"],
        &[],
        "what packets may cost is bounded, but not adjustable",
    ),
];
