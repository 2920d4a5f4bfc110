//! Commands in chat, such as `/join`: one table, [`COMMANDS`], and the runner that every one of them goes through.
//! Not how a command arrives or how its answer leaves.

mod approval;
mod choices;
mod groups;
mod help;
mod history;
mod joining;
mod membership;
mod moderation;
mod notify;
mod parse;
mod people;
mod reading;
mod staff;
mod time;
mod words;

pub use joining::welcome;
pub use parse::{Parsed, named, parse};
pub use time::Span;
pub use words::{Words, unquoted};

use crate::api::{Access, Call, Failure};
use crate::group::{Language, Permission, Refusal, RefusalCode, Sentence};

/// Bytes of text that fit one opportunistic LXMF packet, without title and stamp (`ENCRYPTED_PACKET_MAX_CONTENT`).
pub const ONE_PACKET: usize = 287;

/// A command: what people type, who may, and what it does.
pub struct Command {
    /// The word, without its slash.
    pub word: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// What to type, for `/help`.
    pub usage: &'static str,
    /// What it does, for `/help WORD`.
    pub does: Sentence,
    /// Who may.
    pub access: Access,
    run: fn(&mut Call<'_, '_>, &str) -> Result<String, Failure>,
}

impl Command {
    /// Is it about the server, and not about one of its groups?
    pub fn is_about_the_server(&self) -> bool {
        matches!(self.word, "groups" | "create")
    }
}

/// Every command.
pub const COMMANDS: &[Command] = &[
    Command {
        word: "help",
        aliases: &["?"],
        usage: "/help",
        does: Sentence::DoesHelp,
        access: Access::Read(Permission::ReadInfo),
        run: help::help,
    },
    Command {
        word: "info",
        aliases: &[],
        usage: "/info",
        does: Sentence::DoesInfo,
        access: Access::Read(Permission::ReadInfo),
        run: reading::info,
    },
    Command {
        word: "groups",
        aliases: &["directory"],
        usage: "/groups",
        does: Sentence::DoesGroups,
        access: Access::Read(Permission::ReadInfo),
        run: groups::groups,
    },
    Command {
        word: "create",
        aliases: &[],
        usage: "/create NAME [preset=family]",
        does: Sentence::DoesCreate,
        access: Access::Act(Permission::Found),
        run: groups::create,
    },
    Command {
        word: "announce",
        aliases: &[],
        usage: "/announce",
        does: Sentence::DoesAnnounce,
        access: Access::Act(Permission::Announce),
        run: groups::announce,
    },
    Command {
        word: "join",
        aliases: &["subscribe"],
        usage: "/join NAME",
        does: Sentence::DoesJoin,
        access: Access::Act(Permission::Join),
        run: joining::join,
    },
    Command {
        word: "leave",
        aliases: &["part"],
        usage: "/leave",
        does: Sentence::DoesLeave,
        access: Access::Act(Permission::Leave),
        run: joining::leave,
    },
    Command {
        word: "members",
        aliases: &["users", "who", "names"],
        usage: "/members NAME",
        does: Sentence::DoesMembers,
        access: Access::Read(Permission::ReadMembers),
        run: people::list,
    },
    Command {
        word: "approve",
        aliases: &["allow"],
        usage: "/approve NAME",
        does: Sentence::DoesApprove,
        access: Access::Act(Permission::Approve),
        run: approval::approve,
    },
    Command {
        word: "deny",
        aliases: &[],
        usage: "/deny NAME REASON",
        does: Sentence::DoesDeny,
        access: Access::Act(Permission::Approve),
        run: approval::deny,
    },
    Command {
        word: "add",
        aliases: &["adduser"],
        usage: "/add HASH NAME",
        does: Sentence::DoesAdd,
        access: Access::Act(Permission::Approve),
        run: approval::add,
    },
    Command {
        word: "pending",
        aliases: &[],
        usage: "/pending",
        does: Sentence::DoesPending,
        access: Access::Read(Permission::Approve),
        run: approval::pending,
    },
    Command {
        word: "invite",
        aliases: &[],
        usage: "/invite N TIME",
        does: Sentence::DoesInvite,
        access: Access::Act(Permission::Invite),
        run: approval::invite,
    },
    Command {
        word: "invites",
        aliases: &[],
        usage: "/invites",
        does: Sentence::DoesInvites,
        access: Access::Read(Permission::Invite),
        run: approval::list,
    },
    Command {
        word: "uninvite",
        aliases: &[],
        usage: "/uninvite N",
        does: Sentence::DoesUninvite,
        access: Access::Act(Permission::Invite),
        run: approval::revoke,
    },
    Command {
        word: "history",
        aliases: &["last"],
        usage: "/history N",
        does: Sentence::DoesHistory,
        access: Access::Read(Permission::ReadMessages),
        run: reading::history,
    },
    Command {
        word: "search",
        aliases: &["find"],
        usage: "/search WORDS",
        does: Sentence::DoesSearch,
        access: Access::Read(Permission::ReadMessages),
        run: history::search,
    },
    Command {
        word: "pins",
        aliases: &[],
        usage: "/pins",
        does: Sentence::DoesPins,
        access: Access::Read(Permission::ReadMessages),
        run: history::pins,
    },
    Command {
        word: "msg",
        aliases: &["whisper", "dm"],
        usage: "/msg NAME TEXT",
        does: Sentence::DoesMsg,
        access: Access::Act(Permission::Direct),
        run: history::message,
    },
    Command {
        word: "react",
        aliases: &[],
        usage: "/react N EMOJI",
        does: Sentence::DoesReact,
        access: Access::Act(Permission::React),
        run: history::react,
    },
    Command {
        word: "edit",
        aliases: &[],
        usage: "/edit N TEXT",
        does: Sentence::DoesEdit,
        access: Access::Act(Permission::EditOwn),
        run: history::edit,
    },
    Command {
        word: "delete",
        aliases: &["del"],
        usage: "/delete N",
        does: Sentence::DoesDelete,
        access: Access::Act(Permission::DeleteOwn),
        run: history::delete,
    },
    Command {
        word: "pin",
        aliases: &[],
        usage: "/pin N",
        does: Sentence::DoesPin,
        access: Access::Act(Permission::Pin),
        run: history::pin,
    },
    Command {
        word: "unpin",
        aliases: &[],
        usage: "/unpin N",
        does: Sentence::DoesUnpin,
        access: Access::Act(Permission::Pin),
        run: history::unpin,
    },
    Command {
        word: "status",
        aliases: &[],
        usage: "/status N",
        does: Sentence::DoesStatus,
        access: Access::Read(Permission::ReadMessages),
        run: reading::status,
    },
    Command {
        word: "resume",
        aliases: &["showall"],
        usage: "/resume",
        does: Sentence::DoesResume,
        access: Access::Act(Permission::SwitchRelay),
        run: membership::resume,
    },
    Command {
        word: "textonly",
        aliases: &[],
        usage: "/textonly",
        does: Sentence::DoesTextonly,
        access: Access::Act(Permission::SwitchRelay),
        run: membership::text_only,
    },
    Command {
        word: "short",
        aliases: &[],
        usage: "/short",
        does: Sentence::DoesShort,
        access: Access::Act(Permission::SwitchRelay),
        run: membership::short,
    },
    Command {
        word: "mentions",
        aliases: &[],
        usage: "/mentions",
        does: Sentence::DoesMentions,
        access: Access::Act(Permission::SwitchRelay),
        run: membership::mentions,
    },
    Command {
        word: "notify",
        aliases: &[],
        usage: "/notify all",
        does: Sentence::DoesNotify,
        access: Access::Act(Permission::SwitchRelay),
        run: notify::notify,
    },
    Command {
        word: "nick",
        aliases: &["name"],
        usage: "/nick NAME",
        does: Sentence::DoesNick,
        access: Access::Act(Permission::ChangeNick),
        run: people::nick,
    },
    Command {
        word: "whoami",
        aliases: &["address"],
        usage: "/whoami",
        does: Sentence::DoesWhoami,
        access: Access::Read(Permission::ReadInfo),
        run: people::whoami,
    },
    Command {
        word: "rules",
        aliases: &[],
        usage: "/rules",
        does: Sentence::DoesRules,
        access: Access::Read(Permission::ReadInfo),
        run: staff::rules,
    },
    Command {
        word: "role",
        aliases: &["usermode"],
        usage: "/role NAME ROLE",
        does: Sentence::DoesRole,
        access: Access::Act(Permission::ChangeRoles),
        run: staff::role,
    },
    Command {
        word: "grant",
        aliases: &[],
        usage: "/grant NAME PERMISSION TIME",
        does: Sentence::DoesGrant,
        access: Access::Act(Permission::ChangeRoles),
        run: staff::grant,
    },
    Command {
        word: "revoke",
        aliases: &[],
        usage: "/revoke NAME PERMISSION",
        does: Sentence::DoesRevoke,
        access: Access::Act(Permission::ChangeRoles),
        run: staff::revoke,
    },
    Command {
        word: "rename",
        aliases: &[],
        usage: "/rename NAME NICK",
        does: Sentence::DoesRename,
        access: Access::Act(Permission::RenameOthers),
        run: staff::rename,
    },
    Command {
        word: "set",
        aliases: &[],
        usage: "/set NAME VALUE",
        does: Sentence::DoesSet,
        access: Access::Act(Permission::ChangeSettings),
        run: staff::set,
    },
    Command {
        word: "audit",
        aliases: &[],
        usage: "/audit N",
        does: Sentence::DoesAudit,
        access: Access::Read(Permission::ReadAudit),
        run: staff::audit_log,
    },
    Command {
        word: "lang",
        aliases: &["language"],
        usage: "/lang de",
        does: Sentence::DoesLang,
        access: Access::Act(Permission::SwitchRelay),
        run: choices::language,
    },
    Command {
        word: "pause",
        aliases: &[],
        usage: "/pause",
        does: Sentence::DoesPause,
        access: Access::Act(Permission::SwitchRelay),
        run: membership::pause,
    },
    Command {
        word: "kick",
        aliases: &["remove", "removeuser"],
        usage: "/kick NAME",
        does: Sentence::DoesKick,
        access: Access::Act(Permission::Kick),
        run: moderation::kick,
    },
    Command {
        word: "ban",
        aliases: &["block"],
        usage: "/ban NAME [7d] [purge] [REASON]",
        does: Sentence::DoesBan,
        access: Access::Act(Permission::Ban),
        run: moderation::ban,
    },
    Command {
        word: "unban",
        aliases: &["unblock"],
        usage: "/unban NAME",
        does: Sentence::DoesUnban,
        access: Access::Act(Permission::Unban),
        run: moderation::unban,
    },
    Command {
        word: "bans",
        aliases: &[],
        usage: "/bans",
        does: Sentence::DoesBans,
        access: Access::Read(Permission::ReadBans),
        run: moderation::list,
    },
    Command {
        word: "mute",
        aliases: &[],
        usage: "/mute NAME [2h] [REASON]",
        does: Sentence::DoesMute,
        access: Access::Act(Permission::Mute),
        run: moderation::mute,
    },
    Command {
        word: "unmute",
        aliases: &[],
        usage: "/unmute NAME",
        does: Sentence::DoesUnmute,
        access: Access::Act(Permission::Mute),
        run: moderation::unmute,
    },
    Command {
        word: "slow",
        aliases: &[],
        usage: "/slow 30s",
        does: Sentence::DoesSlow,
        access: Access::Act(Permission::ChangeSettings),
        run: moderation::slow,
    },
    Command {
        word: "hold",
        aliases: &["held"],
        usage: "/hold",
        does: Sentence::DoesHold,
        access: Access::Act(Permission::Review),
        run: moderation::held,
    },
];

/// Runs a command and says what to answer; a refusal is an answer, too. Fails only with [`Failure::Store`].
pub fn run(command: &Command, call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    match attempt(command, call, arguments) {
        Err(Failure::Refused(refusal)) => Ok(refused(refusal, call.language()?)),
        outcome => outcome,
    }
}

/// The same, where a refusal is no answer.
pub fn attempt(command: &Command, call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    match command.access {
        Access::Read(permission) => call.check(permission)?,
        Access::Act(_) => {}
    }
    (command.run)(call, arguments)
}

/// A refusal in chat.
pub fn refused(refusal: Refusal, language: Language) -> String {
    // In chat, joining is a word to type.
    let then = if refusal.code == RefusalCode::NotMember { Sentence::SendJoin } else { refusal.then };
    fit(&Refusal { then, ..refusal }.said_in(language), ONE_PACKET)
}

/// The answer to a word that is nearly a command.
pub fn hint(command: &Command) -> Sentence {
    Sentence::DidYouMean { usage: command.usage }
}

/// `text`, or its beginning and `…` if it has more than `max` bytes.
pub fn fit(text: &str, max: usize) -> String {
    const MORE: &str = "…";
    if text.len() <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(MORE.len());
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= room).last().unwrap_or(0);
    format!("{}{MORE}", text.get(..end).unwrap_or_default())
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Command(/{})", self.word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// People know them from other groups.
    #[test]
    fn every_word_that_people_know_is_a_command() {
        let everyone = "help ? info join subscribe leave part members users who names nick name whoami address pause mute \
                        resume textonly showall rules pins history last notify delete search msg";
        let staff = "approve allow deny kick remove removeuser ban block unban unblock mute role usermode add adduser \
                     invite pin unpin announce status";
        for word in everyone.split_whitespace().chain(staff.split_whitespace()) {
            let typed = format!("/{word}");
            assert!(matches!(parse(&typed), Parsed::Command(..)), "{typed}");
        }
    }

    #[test]
    fn no_word_means_two_things() {
        let words = || COMMANDS.iter().flat_map(|command| command.aliases.iter().chain([&command.word]));
        for word in words() {
            assert_eq!(words().filter(|other| *other == word).count(), 1, "/{word}");
        }
    }

    #[test]
    fn a_cut_text_fits_and_stays_text() {
        assert_eq!(fit("kurz", 4), "kurz");
        assert_eq!(fit("länger", 5), "l…");
        assert_eq!(fit("länger", 6), "lä…");
        for max in 3..12 {
            assert!(fit("ääääääää", max).len() <= max);
        }
    }
}
