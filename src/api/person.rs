//! A person by whatever name a caller has for them: a hash of either kind in any spelling, the beginning of one, a
//! member's number or nick. Not whether the caller may do something about them.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

use super::members::{name_in_chat, shown_name};
use super::refusal::wrong_field;
use super::{Call, Failure};
use crate::group::joining::MOST_PENDING;
use crate::group::{Applicant, Member, MemberNumber, Permission, Refusal, RefusalCode, Sentence, Seq};
use crate::rns::hash::{DestinationHash, IdentityHash};

/// Hex digits of a whole hash.
const WHOLE: usize = 32;
/// Fewest hex digits that may stand for a hash: fewer are too much like words and numbers.
const FEWEST: usize = 6;
/// Most people who are named when several are meant.
const MOST_NAMED: usize = 4;
/// Longest name that is looked for.
const MAX_NAME: usize = 200;

/// How a request names a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonRef {
    /// The 16 bytes of an identity hash or of a destination hash.
    Hash([u8; 16]),
    /// A member's number.
    Number(u32),
    /// What people type: a hash in hex or its beginning, `#` and a number, or a nick.
    Text(String),
}

/// What a name turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundBy {
    /// A member's number.
    Number,
    /// A nick.
    Nick,
    /// An identity hash, or its beginning.
    Identity,
    /// The hash of a destination of that person with this name, such as `lxmf.delivery`.
    Destination(String),
    /// A whole hash that nobody here knows; taken as an identity hash.
    Unknown,
}

/// A person who was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Who.
    pub identity: IdentityHash,
    /// As a member, if they are one.
    pub member: Option<Member>,
    /// By what.
    pub by: FoundBy,
}

impl Found {
    /// The member; refuses who is none.
    pub fn into_member(self) -> Result<Member, Refusal> {
        self.member.ok_or_else(|| {
            let what = Sentence::NoMember;
            Refusal::new(RefusalCode::NotFound, what, Sentence::SeeMembers)
        })
    }

    /// What they are called in a chat, or were when they were banned.
    pub fn name(&self, call: &Call<'_, '_>) -> Result<String, Failure> {
        let gid = call.group.facts.gid;
        if self.member.is_some() {
            return Ok(name_in_chat(call.store, gid, self.identity)?);
        }
        if let Some(nick) = call.store.ban(gid, self.identity)?.and_then(|ban| ban.nick) {
            return Ok(shown_name(Some(&nick), self.identity, false));
        }
        // Nobody has seen yet whether the name that an applicant gives is somebody else's.
        let nick = call.store.applicant(gid, self.identity)?.and_then(|applicant| applicant.nick);
        Ok(shown_name(nick.as_deref(), self.identity, true))
    }

    /// What should be said about the name that was given, for an answer: a hash of the other kind, or an unknown one.
    pub fn note(&self) -> Option<Sentence> {
        match &self.by {
            FoundBy::Destination(name) => {
                Some(Sentence::AddressOf { name: name.clone(), person: self.identity })
            }
            FoundBy::Unknown => Some(Sentence::UnknownHash),
            FoundBy::Number | FoundBy::Nick | FoundBy::Identity => None,
        }
    }
}

/// Finds who is meant in the group of `call`. A whole hash always names somebody, maybe somebody unknown; everything else
/// must name one person, and is for those who may see who is a member.
pub fn resolve(call: &Call<'_, '_>, person: &PersonRef) -> Result<Found, Failure> {
    match person {
        PersonRef::Hash(bytes) => by_hash(call, *bytes),
        PersonRef::Number(number) => {
            call.check(Permission::ReadMembers)?;
            let number = MemberNumber(*number);
            let found = call.store.member_with_number(call.group.facts.gid, number)?;
            found_as(call, found.ok_or_else(|| nobody(&format!("#{number}")))?, FoundBy::Number)
        }
        PersonRef::Text(text) => by_text(call, text),
    }
}

/// [`resolve`] for what somebody has typed.
pub fn resolve_text(call: &Call<'_, '_>, text: &str) -> Result<Found, Failure> {
    by_text(call, text)
}

fn by_text(call: &Call<'_, '_>, text: &str) -> Result<Found, Failure> {
    let text = text.trim().trim_start_matches('@');
    if text.is_empty() {
        return Err(wrong_field("person", Sentence::NobodyNamed, Sentence::GiveAName).into());
    }
    if text.len() > MAX_NAME {
        return Err(wrong_field("person", Sentence::NameTooLong, Sentence::GiveAName).into());
    }
    let hex = hex_digits(text);
    if let Some(hex) = hex.as_ref().filter(|hex| hex.len() == WHOLE)
        && let Some(identity) = IdentityHash::from_hex(hex)
    {
        return by_hash(call, *identity.as_bytes());
    }
    call.check(Permission::ReadMembers)?;
    one_of(call, text, candidates(call, text, hex.as_deref())?)
}

/// Everybody who may be meant by what is no whole hash.
fn candidates(
    call: &Call<'_, '_>,
    text: &str,
    hex: Option<&str>,
) -> Result<Vec<(IdentityHash, FoundBy)>, Failure> {
    let gid = call.group.facts.gid;
    let mut found = Vec::new();
    let number = text.strip_prefix('#').unwrap_or(text);
    if let Ok(number) = number.parse::<u32>() {
        let member = call.store.member_with_number(gid, MemberNumber(number))?;
        found.extend(member.map(|identity| (identity, FoundBy::Number)));
    }
    if text.starts_with('#') {
        return Ok(found);
    }
    let meant = folded(text);
    let called = call.store.members_called(gid, &|nick| folded(nick) == meant, MOST_NAMED + 1)?;
    found.extend(called.into_iter().map(|identity| (identity, FoundBy::Nick)));
    // Who has asked to join is known to those who may let them in.
    if call.check(Permission::Approve).is_ok() {
        let is_meant = |one: &Applicant| {
            let begins_so = hex.is_some_and(|hex| one.identity.to_string().starts_with(hex));
            begins_so || one.nick.as_deref().is_some_and(|nick| folded(nick) == meant)
        };
        let waiting = call.store.applicants_page(gid, Seq(0), u32::from(MOST_PENDING))?;
        let waiting = waiting.into_iter().filter(is_meant).take(MOST_NAMED + 1);
        found.extend(waiting.map(|one| (one.identity, FoundBy::Nick)));
    }
    // Who is kept out still goes by the name they had, unless a member has it now.
    if found.is_empty() {
        let banned =
            call.store.banned_called(gid, &|nick| folded(nick) == meant, MOST_NAMED + 1, call.now)?;
        found.extend(banned.into_iter().map(|identity| (identity, FoundBy::Nick)));
    }
    if let Some(ends) = hex.and_then(between) {
        let limit = u32::try_from(MOST_NAMED + 1).unwrap_or(u32::MAX);
        let people = call.store.people_between(gid, ends, limit)?;
        found.extend(people.into_iter().map(|identity| (identity, FoundBy::Identity)));
    }
    Ok(found)
}

fn one_of(
    call: &Call<'_, '_>,
    text: &str,
    mut found: Vec<(IdentityHash, FoundBy)>,
) -> Result<Found, Failure> {
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|(identity, _)| seen.insert(*identity));
    match found.len() {
        0 => Err(nobody(text).into()),
        1 => match found.pop() {
            Some((identity, by)) => found_as(call, identity, by),
            None => Err(nobody(text).into()),
        },
        _ => {
            let mut names = Vec::new();
            for (identity, _) in found.iter().take(MOST_NAMED) {
                let member = call.store.member(call.group.facts.gid, *identity)?;
                names.push(match member {
                    Some(member) => {
                        format!(
                            "#{} {} ({})",
                            member.number,
                            member.nick.unwrap_or_default(),
                            identity.short()
                        )
                    }
                    None => identity.short(),
                });
            }
            let (names, more) = (names.join(", "), found.len() > MOST_NAMED);
            let what = Sentence::SeveralMeant { names, more };
            Err(wrong_field("person", what, Sentence::GiveMoreOfIt).into())
        }
    }
}

fn by_hash(call: &Call<'_, '_>, bytes: [u8; 16]) -> Result<Found, Failure> {
    let identity = IdentityHash::from_bytes(bytes);
    let destination = DestinationHash::from_bytes(bytes);
    if destination == call.host.delivery() {
        return Err(wrong_field("person", Sentence::OwnAddress, Sentence::GiveAPersonsAddress).into());
    }
    let gid = call.group.facts.gid;
    if let Some(member) = call.store.member(gid, identity)? {
        return Ok(Found { identity, member: Some(member), by: FoundBy::Identity });
    }
    if let Some((owner, name)) = call.store.owner_of(destination)? {
        return found_as(call, owner, FoundBy::Destination(name));
    }
    let is_known = call.store.ban(gid, identity)?.is_some() || call.store.identity_key(identity)?.is_some();
    let by = if is_known { FoundBy::Identity } else { FoundBy::Unknown };
    Ok(Found { identity, member: None, by })
}

fn found_as(call: &Call<'_, '_>, identity: IdentityHash, by: FoundBy) -> Result<Found, Failure> {
    let member = call.store.member(call.group.facts.gid, identity)?;
    Ok(Found { identity, member, by })
}

fn nobody(text: &str) -> Refusal {
    let what = Sentence::NobodyCalled { name: text.chars().take(20).collect() };
    let then = Sentence::GiveAName;
    Refusal::new(RefusalCode::NotFound, what, then).in_field("person")
}

/// What is left of a text that may be a hash in some spelling: with colons or spaces, in brackets, in capitals.
pub(crate) fn hex_digits(text: &str) -> Option<String> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let digits: String = text
        .chars()
        .filter(|c| !(c.is_whitespace() || matches!(c, ':' | '-' | '<' | '>')))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let is_hash =
        (FEWEST..=WHOLE).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then_some(digits)
}

/// The first and the last hash that begin with these digits.
fn between(hex: &str) -> Option<([u8; 16], [u8; 16])> {
    let filled = |with: char| {
        let missing = WHOLE.saturating_sub(hex.len());
        let text: String = hex.chars().chain(std::iter::repeat_n(with, missing)).collect();
        IdentityHash::from_hex(&text).map(|hash| *hash.as_bytes())
    };
    Some((filled('0')?, filled('f')?))
}

/// A nick as it is compared: people type `anna_b` for `Anna B`.
pub fn folded(nick: &str) -> String {
    let words = nick.split(|c: char| c.is_whitespace() || c == '_').filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

impl<'de> Deserialize<'de> for PersonRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PersonVisitor)
    }
}

impl JsonSchema for PersonRef {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PersonRef".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A person: an identity hash or a destination hash of theirs (16 bytes, or hex in any \
                            spelling, or its first 6 digits or more), a member's number, or a nick.",
            "type": ["string", "integer"],
        })
    }
}

struct PersonVisitor;

impl Visitor<'_> for PersonVisitor {
    type Value = PersonRef;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a person: 16 bytes of a hash, a number or a name")
    }
    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<PersonRef, E> {
        match (bytes.try_into(), std::str::from_utf8(bytes)) {
            (Ok(hash), _) => Ok(PersonRef::Hash(hash)),
            (Err(_), Ok(text)) => Ok(PersonRef::Text(text.to_owned())),
            (Err(_), Err(_)) => {
                Err(E::custom(format!("{} bytes, expected the 16 bytes of a hash", bytes.len())))
            }
        }
    }
    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<PersonRef, E> {
        self.visit_bytes(&bytes)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<PersonRef, E> {
        Ok(PersonRef::Text(text.to_owned()))
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<PersonRef, E> {
        u32::try_from(number).map(PersonRef::Number).map_err(|_| E::custom("no member has such a number"))
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<PersonRef, E> {
        u32::try_from(number).map(PersonRef::Number).map_err(|_| E::custom("no member has such a number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_in_any_spelling() {
        let plain = "00112233445566778899aabbccddeeff";
        for spelling in [
            "00112233445566778899AABBCCDDEEFF",
            "<00112233445566778899aabbccddeeff>",
            "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff",
            "0011 2233 4455 6677 8899 AABB CCDD EEFF",
            "0x00112233445566778899aabbccddeeff",
            "00112233-44556677-8899aabb-ccddeeff",
        ] {
            assert_eq!(hex_digits(spelling).as_deref(), Some(plain), "{spelling}");
        }
        assert_eq!(hex_digits("00112233445566778899aabbccddeeff00"), None, "too long for one");
        assert_eq!(hex_digits("abcde"), None, "too short to tell");
        assert_eq!(hex_digits("anna"), None);
    }

    #[test]
    fn a_beginning_stands_for_all_hashes_that_begin_so() {
        let (first, last) = between("abcdef1").unwrap();
        assert_eq!(hex::encode(first), "abcdef10000000000000000000000000");
        assert_eq!(hex::encode(last), "abcdef1fffffffffffffffffffffffff");
    }

    #[test]
    fn a_nick_is_known_however_it_is_typed() {
        assert_eq!(folded("Anna  B"), folded("anna_b"));
        assert_eq!(folded("ÄNNE"), "änne");
        assert_ne!(folded("Anna"), folded("Ann"));
    }
}
