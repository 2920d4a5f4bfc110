//! A host and a port as people write them: `127.0.0.1:4242`, `[::1]:4242`, `radio.example.org:4242`.
//! Not yet an address: names are looked up when they are used.

use std::net::Ipv6Addr;
use std::str::FromStr;

/// Host name or address, and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// A name or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// That is no `HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseHostPortError {
    /// There is no colon.
    #[error("the port is missing; write it as HOST:PORT, for example 127.0.0.1:4242")]
    NoPort,
    /// What follows the last colon is no port.
    #[error("{0:?} is no port; a port is a number from 0 to 65535")]
    BadPort(String),
    /// Nothing before the colon.
    #[error(
        "the host is missing; write it as HOST:PORT, for example 127.0.0.1:4242, or 0.0.0.0:4242 for all"
    )]
    NoHost,
    /// Colons or brackets where none belong.
    #[error("{0:?} is no host; an IPv6 address goes in brackets, for example [::1]:4242")]
    BadHost(String),
}

impl FromStr for HostPort {
    type Err = ParseHostPortError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text.rsplit_once(':').ok_or(ParseHostPortError::NoPort)?;
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let host = match bare {
            Some(address) if address.parse::<Ipv6Addr>().is_ok() => address,
            Some(_) => return Err(ParseHostPortError::BadHost(host.to_owned())),
            None if host.is_empty() => return Err(ParseHostPortError::NoHost),
            None if host.contains([':', '[', ']', '/', ' ']) => {
                return Err(ParseHostPortError::BadHost(host.to_owned()));
            }
            None => host,
        };
        let port = port.parse().map_err(|_| ParseHostPortError::BadPort(port.to_owned()))?;
        Ok(Self { host: host.to_owned(), port })
    }
}

impl std::fmt::Display for HostPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_read_and_written_alike() {
        for text in ["127.0.0.1:4242", "radio.example.org:1", "[::1]:4242", "localhost:0"] {
            assert_eq!(text.parse::<HostPort>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_wrong_host_or_port_is_named() {
        let error = |text: &str| text.parse::<HostPort>().unwrap_err();
        assert_eq!(error("localhost"), ParseHostPortError::NoPort);
        assert_eq!(error("localhost:"), ParseHostPortError::BadPort(String::new()));
        assert_eq!(error("localhost:65536"), ParseHostPortError::BadPort("65536".to_owned()));
        assert_eq!(error(":4242"), ParseHostPortError::NoHost);
        assert_eq!(error("::1:4242"), ParseHostPortError::BadHost("::1".to_owned()));
        assert_eq!(error("[local]:4242"), ParseHostPortError::BadHost("[local]".to_owned()));
        assert_eq!(error("tcp://a:4242"), ParseHostPortError::BadHost("tcp://a".to_owned()));
    }
}
