//! Who may take part, in words for people and without secrets.
//! Not the access codes; the daemon makes those.

use crate::config::interfaces::{AccessSection, State};
use crate::daemon::Options;

/// What an app must be set to on a closed network; `None` on an open one.
pub(super) fn who_may_take_part(options: &Options) -> Option<String> {
    let access = &options.access;
    let passphrase =
        access.passphrase_file.as_ref().map(|file| format!("the passphrase in {}", file.display()));
    let name = access.network_name.as_ref().map(|name| format!("the network name {name:?}"));
    let both = [name, passphrase].into_iter().flatten().collect::<Vec<_>>().join(" and ");
    let alone = options.interfaces.iter().all(|section| section.origin.is_command_line());
    let of_ours = if alone { "" } else { ", on those of the command line" };
    (!access.is_open()).then(|| format!("apps that have {both} set on their interface{of_ours}"))
}

/// The same for each interface of the configuration.
pub(super) fn members_only(options: &Options) -> Vec<String> {
    let on = options.interfaces.iter().filter(|section| section.state == State::On);
    on.filter_map(|section| {
        let shared = shared_secrets(&section.access)?;
        Some(format!("apps that have {shared} set on their interface, on \"{}\"", section.name))
    })
    .collect()
}

/// Does the configuration hold a passphrase?
pub(super) fn has_secret(options: &Options) -> bool {
    options.interfaces.iter().any(|section| section.access.passphrase.is_some())
}

/// What members of a closed network share, in words without the secret; `None` if everybody may take part.
pub(super) fn shared_secrets(access: &AccessSection) -> Option<String> {
    let name = access.network_name.as_ref().map(|name| format!("the network name {name:?}"));
    let passphrase = access.passphrase.as_ref().map(|_| "the passphrase of the configuration".to_owned());
    let both: Vec<_> = [name, passphrase].into_iter().flatten().collect();
    (!both.is_empty()).then(|| both.join(" and "))
}
