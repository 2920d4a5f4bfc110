//! Types of interfaces that the reference has and Roost hasn't.
//! Not errors of their own: what to write instead, for whoever writes them.

/// Each with what to do instead.
const TYPES: &[(&[&str], &str)] = &[
    (
        &["BackboneInterface"],
        "this is TCP on the wire. Write \"TCPServerInterface\" with listen_ip and listen_port, or \
         \"TCPClientInterface\" with target_host and target_port",
    ),
    (
        &["BackboneClientInterface"],
        "this is TCP on the wire. Write \"TCPClientInterface\" with target_host and target_port",
    ),
    (
        &["I2PInterface", "RNodeMultiInterface", "WeaveInterface"],
        "Roost has no interface of this type. Run it in a Reticulum daemon (rnsd) that also has a TCPServerInterface, \
         and connect Roost to that with a TCPClientInterface",
    ),
];

/// What to do instead of using this type, if the reference has it.
pub(in crate::config) fn advice(name: &str) -> Option<&'static str> {
    TYPES.iter().find(|(names, _)| names.contains(&name)).map(|(_, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_type_is_both_ours_and_foreign() {
        for kind in super::super::KINDS {
            assert_eq!(advice(kind.name), None, "{}", kind.name);
        }
    }
}
