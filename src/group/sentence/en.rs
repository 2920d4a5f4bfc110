//! The English table.
//! Not when something is said.

use super::{Language, Sentence as S, short, table};
use crate::group::date::in_words;

#[expect(clippy::too_many_lines, reason = "a table: a line for each sentence")]
pub(super) fn say(sentence: &S) -> String {
    table! { sentence;
        S::Text(text) => ("{text}"),
        S::Several(sentences) => ("{}", Language::English.say(sentences)),

        S::WhoAreYou => ("This server does not know who you are."),
        S::IdentifyFirst => ("Identify on the link first."),
        S::OnlyPeople => ("Only a person can do that, and the command line is none."),
        S::UseAClient => ("Do it with a client."),
        S::OnlyMembers => ("Only members of this group may do that."),
        S::JoinFirst => ("Join it first."),
        S::SendJoin => ("Send /join to join."),
        S::NotAllowed => ("You may not do that here."),
        S::AskOperator => ("Ask this server's operator."),
        S::Banned { reason } if reason.is_empty() => ("You are banned from this group."),
        S::Banned { reason } => ("You are banned from this group: {reason}"),
        S::TryAfter { until } => ("Try again after {}.", in_words(*until)),
        S::NotBannedAnyMore => ("You are not banned here any more. Send /join to join again."),
        S::KeepsACopy => ("This server keeps a copy of the group."),
        S::AskItsServer => ("Ask the group's own server."),
        S::Unavailable => ("This server could not store or read that just now."),
        S::SendLater => ("Send it again later."),

        S::GroupFull { members } => ("This group is full: {members} members."),
        S::TryWhenSomebodyLeft => ("Try again when somebody has left."),
        S::NickTooLong { len, max } => ("This nick has {len} bytes; {max} is the most."),
        S::NickCharacter { c } => ("A nick can't have \u{201c}{c}\u{201d} in it."),
        S::NickNeedsLetters => ("A nick needs letters, no space around them and nothing invisible."),
        S::ChooseAnotherNick => ("Choose another, or leave it out."),
        S::Joined { number, name } => ("You are member {number} of {name}."),
        S::JoinedMore => ("What you write is posted and kept until removed: members can keep and share it, this \
            server can read it, its keeper can remove it or you. /resume sends you new messages, /history the last. \
            Trust this contact to be notified."),
        S::Left => ("You are no member now, and nothing is sent to you. /join to come back."),
        S::SendsAll => ("New messages are sent to you. /pause stops it."),
        S::SendsText => ("New messages are sent to you as text; files, pictures, sound and reactions stay here. \
            /showall brings them, /pause stops it."),
        S::SendsNothing => ("Nothing is sent to you. /resume to go on, /history to look."),
        S::LanguageChosen => ("I speak English to you."),
        S::NoSuchLanguage { text } => ("\u{201c}{text}\u{201d} is no language that I speak."),
        S::SayWhichLanguage => ("/lang en for English, /lang de f\u{fc}r Deutsch."),

        S::SomebodyElses => ("This post is somebody else's."),
        S::LetAuthorSend => ("Let its author send it."),
        S::NothingInIt => ("Nothing is in it."),
        S::SendAText => ("Send a text."),
        S::PostTooLong { len, max } => ("This post has {len} bytes; {max} is the most here."),
        S::SendInParts => ("Send it in parts."),
        S::ReactsToUnknown => ("What this reacts to is not known here."),
        S::ReactToNewer => ("React to a newer message."),
        S::NothingPostedJoin => ("Nothing was posted: you are no member of this group. Send /join to join, /help for \
            more."),
        S::StampAsked { cost } => ("Nothing was posted: this group asks for a stamp of {cost} bits. Turn stamps on in \
            your client, wait for the group's next announce, and send it again."),
        S::StoredAs { seq } => ("Stored as number {seq}."),

        S::ReasonTooLong { len, max } => ("This reason has {len} bytes; {max} is the most."),
        S::ShortenIt => ("Shorten it."),
        S::OverBeforeItBegins => ("This ban would be over before it begins."),
        S::GiveLaterTime => ("Give a later time."),

        S::NoMember => ("That person is no member of this group."),
        S::SeeMembers => ("See who is with /members."),
        S::NobodyNamed => ("Nobody is named."),
        S::GiveAName => ("Give a nick, a member's number or a hash."),
        S::NameTooLong => ("That name is too long."),
        S::NobodyCalled { name } => ("Nobody here is called \u{201c}{name}\u{201d}."),
        S::SeveralMeant { names, more: false } => ("Several people may be meant: {names}."),
        S::SeveralMeant { names, more: true } => ("Several people may be meant: {names} and more."),
        S::GiveMoreOfIt => ("Give the number, or more of the hash."),
        S::OwnAddress => ("That is this group's own address."),
        S::GiveAPersonsAddress => ("Give the address of a person."),
        S::AddressOf { name, person } => ("That is the {name} address of {}.", short(person)),
        S::UnknownHash => ("Nothing is known here about that hash; it is taken as an identity hash."),
        S::WhoIs { name, number, identity } => ("{name} is member {number}, {identity}."),
        S::IsNoMember { identity } => ("{identity} is no member."),
        S::MemberCount { count: 1 } => ("1 member"),
        S::MemberCount { count } => ("{count} members"),
        S::MoreMembers { after } => ("/members {after}+ for more."),

        S::MembersShare => ("Members can keep and share what you write."),
        S::ServerReads => ("This server can read messages and pass them on."),
        S::KeeperRemoves => ("Its key holder may remove messages or you."),
        S::KeptUntilRemoved => ("Messages are kept until removed."),
        S::JoinToTakePart => ("/join to take part."),
        S::AnythingElseIsPosted => ("Anything else is posted to the group if you are a member."),
        S::NothingSaidYet => ("Nothing has been said yet."),
        S::Stored { seq } => ("Message {seq} is stored."),
        S::HaveIt { delivered, copies } => ("{delivered} of {copies} members who are sent messages have it."),
        S::OnNodes { count } => ("{count} on propagation nodes for others."),
        S::StillWaiting { count } => ("{count} still to be delivered."),
        S::GivenUp { count } => ("{count} given up."),
        S::FetchedBy { count } => ("Fetched by {count}."),
        S::NoNumberOfAMessage { text } => ("\u{201c}{text}\u{201d} is no number of a message."),
        S::SendStatus => ("Send /status, or /status and the number of a message of yours."),
        S::NoNumberOfMessages { text } => ("\u{201c}{text}\u{201d} is no number of messages."),
        S::SendHistory => ("Send /history 10."),
        S::NoMessage { seq } => ("There is no message {seq}."),
        S::AskAboutYours => ("Ask for one of your own messages."),
        S::NoneIsYours => ("None of the latest messages is yours."),
        S::SayTheNumber => ("Say the number of a message."),
        S::DidYouMean { usage } => ("There is no such command, and nothing was posted. Did you mean {usage}?"),
    }
}
