//! What people are told, before it is said in a language: one variant for each sentence, with what it is about.
//! Not the words; each language has one table of them, [`en`] and [`de`], and the compiler finds what one lacks.

mod de;
mod en;

use std::borrow::Cow;

use super::name::named_enum;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

named_enum! {
    /// A language that people can be spoken to in.
    pub enum Language {
        /// English, which is spoken to who has not chosen.
        English = "en",
        /// German.
        German = "de",
    }
}

impl Language {
    /// The one that somebody means: by its short name, or by what it is called in either language.
    pub fn meant(text: &str) -> Option<Self> {
        match text.to_lowercase().as_str() {
            "en" | "english" | "englisch" => Some(Self::English),
            "de" | "german" | "deutsch" => Some(Self::German),
            _ => None,
        }
    }

    /// Says these, one after the other.
    pub fn say(self, sentences: &[Sentence]) -> String {
        sentences.iter().map(|sentence| sentence.said_in(self)).collect::<Vec<_>>().join(" ")
    }
}

/// Something to be said to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is said beside its name in en.rs")]
#[rustfmt::skip] // A line for each.
pub enum Sentence {
    /// What has no translation: what people wrote themselves, and complaints about requests, which programmers read.
    Text(Cow<'static, str>),
    /// Several, one after the other.
    Several(Vec<Self>),

    // Who may.
    WhoAreYou,
    IdentifyFirst,
    OnlyPeople,
    UseAClient,
    OnlyMembers,
    NoBroadcast,
    AskAlone,
    JoinFirst,
    SendJoin,
    NotAllowed,
    AskOperator,
    Banned { reason: String },
    TryAfter { until: UnixTime },
    NotBannedAnyMore,
    KeepsACopy,
    AskItsServer,
    Unavailable,
    SendLater,

    // Joining, leaving, choosing.
    GroupFull { members: u32 },
    TryWhenSomebodyLeft,
    NickTooLong { len: usize, max: usize },
    NickCharacter { c: char },
    NickNeedsLetters,
    NickMixesAlphabets,
    ChooseAnotherNick,
    Joined { number: u32, name: String },
    Left,
    SendsAll,
    SendsText,
    SendsNothing,
    SendsShort,
    SendsMentions,
    NotifiedOfNothing,
    NotifiedOfMentions { every: u64 },
    NotifiedOfAll { every: u64 },
    NotifiedDaily,
    NotifiedAt { times: String },
    NotifiedNotAt { from: u16, to: u16 },
    ByClock { zone: String },
    NotifyFirst,
    NoSuchNotify,
    SayWhichNotify,
    NewMessages { count: u32, latest: u64 },
    LanguageChosen,
    NoSuchLanguage { text: String },
    SayWhichLanguage,

    // Coming in.
    JoinedKnow,
    JoinedGoOn,
    TrustContact,
    HasAsked { name: String },
    OnceIn,
    WaitsForApproval,
    ToldWhenDecided,
    JoinCosts { bits: u8 },
    JoinWorth { bits: u8, brought: u16 },
    StampForJoin { bits: u8 },
    InviteForJoin,
    OnlyInvited,
    GetAnInvite,
    NobodyJoins,
    AskToBeAdded,
    NoSuchInvite,
    AskForNewInvite,
    SlipInCode,
    LookAtCode,
    TriedOften,
    TryInAMinute,
    ManyWaiting { count: u32 },
    AskInDays,
    WasNotLetIn { reason: String },
    MayJoinNow,
    WasIdle,
    AsksToJoin { name: Box<str>, text: Box<str>, person: Box<IdentityHash> },
    IsMember { name: String, number: u32 },
    MayComeIn { name: String },
    IsNotLetIn { name: String },
    HasNotAsked,
    LookAtPending,
    IsMemberAlready,
    KickIfNeeded,
    TheyAreBanned,
    UnbanFirst,
    NobodyWaits,
    PeopleWaiting { count: usize },
    ApproveOrDeny,
    InviteIs { invite: u64, uses: u32, until: Option<UnixTime>, code: Box<str> },
    HandInviteOn { link: String },
    NoInvites,
    InvitesStand { count: usize },
    TakeInviteBack,
    InviteGone { invite: u64 },
    NoInviteNumber,
    SeeInvites,
    NoUsesNorTime,
    SendInvite,

    // Posting.
    SomebodyElses,
    LetAuthorSend,
    NothingInIt,
    SendAText,
    PostTooLong { len: usize, max: u32 },
    SendInParts,
    ReactsToUnknown,
    ReactToNewer,
    NothingPostedJoin,
    StampAsked { cost: u8 },
    StoredAs { seq: u64 },

    // Bans.
    ReasonTooLong { len: usize, max: usize },
    ShortenIt,
    OverBeforeItBegins,
    GiveLaterTime,

    // Moderation.
    Kicked { reason: String },
    SendJoinAgain,
    Muted { reason: String },
    AskStaff,
    MuteOverBeforeItBegins,
    MayWriteAgain,
    WaitsForALook { why: String },
    YouAreTold,
    PublishedAs { seq: u64 },
    NotPublished { reason: String },
    LookedAtAndDropped,
    SayItAnotherWay,
    TooManyWait,
    SendInHours,
    SlowGroup { secs: u64 },
    TooFast,
    SendAgainIn { secs: u64 },
    NotTaken { what: String },
    LeaveItOut,
    TooLongToLookThrough { most: usize },
    EditNeedsALook,
    SendAsNew,
    NotHeld,
    SeeWhatWaits,

    // People.
    NoMember,
    SeeMembers,
    NobodyNamed,
    GiveAName,
    NameTooLong,
    NobodyCalled { name: String },
    SeveralMeant { names: String, more: bool },
    GiveMoreOfIt,
    OwnAddress,
    GiveAPersonsAddress,
    AddressOf { name: String, person: IdentityHash },
    UnknownHash,
    WhoIs { name: String, number: u32, identity: IdentityHash },
    IsNoMember { identity: IdentityHash },
    MemberCount { count: u32 },
    MoreMembers { after: u32 },

    // What can be read.
    MembersShare,
    ServerReads,
    KeeperRemoves,
    KeptUntilRemoved,
    KeptDays { days: u32 },
    KeptCount { count: u64 },
    KeptMegabytes { count: u64 },
    PinnedStay,
    WasDeleted { reason: String },
    WerePurged { count: u32, reason: String },
    JoinToTakePart,
    AnythingElseIsPosted,
    HelpStaff,
    SendHelp,
    AlsoCalled { aliases: String },
    NothingSaidYet,
    Stored { seq: u64 },
    HaveIt { delivered: u32, copies: u32 },
    OnNodes { count: u32 },
    StillWaiting { count: u32 },
    GivenUp { count: u32 },
    FetchedBy { count: u32 },
    NoNumberOfAMessage { text: String },
    SendStatus,
    NoNumberOfMessages { text: String },
    SendHistory,
    NoMessage { seq: u64 },
    AskAboutYours,
    NoneIsYours,
    SayTheNumber,
    DidYouMean { usage: String },

    // At the machine.
    NoSuchWord { word: String },
    SeeRoostHelp,
    NoSuchGroupHere,
    SeveralGroups { groups: String },
    SayWhichGroup,
}

/// A refusal holds two, and is handed up from everywhere: what is longer goes into a box.
const _: () = assert!(size_of::<Sentence>() <= 48);

impl Sentence {
    /// Says it.
    pub fn said_in(&self, language: Language) -> String {
        match language {
            Language::English => en::say(self),
            Language::German => de::say(self),
        }
    }
}

/// In English, for logs and for who has not chosen.
impl std::fmt::Display for Sentence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.said_in(Language::English))
    }
}

impl From<&str> for Sentence {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned().into())
    }
}

impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&String> for Sentence {
    fn from(text: &String) -> Self {
        Self::Text(text.clone().into())
    }
}

/// The beginning of a hash, as it is shown.
fn short(identity: &IdentityHash) -> String {
    identity.to_string().chars().take(8).collect()
}

/// A table of sentences: what each says. The patterns bind what the words name.
macro_rules! table {
    ($sentence:expr; $($pattern:pat $(if $when:expr)? => ($($words:tt)+),)+) => {
        match $sentence { $($pattern $(if $when)? => format!($($words)+),)+ }
    };
}
use table;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_what_people_call_it() {
        for language in Language::ALL {
            assert_eq!(Language::meant(language.name()), Some(*language));
        }
        assert_eq!(Language::meant("Deutsch"), Some(Language::German));
        assert_eq!(Language::meant("klingon"), None);
    }

    #[test]
    fn numbers_are_said_as_people_say_them() {
        let said = |count, language| Sentence::MemberCount { count }.said_in(language);
        assert_eq!(said(1, Language::English), "1 member");
        assert_eq!(said(2, Language::English), "2 members");
        assert_eq!(said(1, Language::German), "1 Mitglied");
        assert_eq!(said(2, Language::German), "2 Mitglieder");
    }

    #[test]
    fn what_people_wrote_stays_as_it_is() {
        for language in Language::ALL {
            assert_eq!(Sentence::from("spam").said_in(*language), "spam");
        }
    }
}
