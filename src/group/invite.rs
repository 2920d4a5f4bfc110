//! Invites: a code that lets so many people in, until a time. The code goes to people; what is kept is its hash.
//! Not who has used one: that stands in the events of joining.

use super::id::{GroupId, Seq};
use crate::hash_type;
use crate::rns::hash::{DestinationHash, IdentityHash, sha256, truncated_sha256};
use crate::rns::time::UnixTime;

hash_type! {
    /// What is kept of an invite's code. It is another one in each group.
    InviteId, 16
}

/// Most people that one invite may let in.
pub const MAX_USES: u32 = 10_000;
/// Most invites of a group that stand at a time. Then one must be revoked before another is made.
pub const MAX_INVITES: u32 = 500;
/// Most of them that one person has made.
pub const MAX_OWN_INVITES: u32 = 20;

/// Crockford's letters: none of I, L, O and U, which are read as something else.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a code, 5 bits each.
const CODE_LETTERS: usize = 15;
/// Bits of them that nobody can guess.
const SECRET_BITS: u32 = 60;
/// The others, by which a slip is noticed.
const CHECK_BITS: u32 = 15;
/// Letters that are written together.
const BLOCK: usize = 5;
/// How a link begins.
const SCHEME: &str = "roost://";

/// The secret that opens a group: `7Q2KD-0HNXW-5TRBC`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InviteCode(u64);

/// An invite that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// What is kept of its code.
    pub id: InviteId,
    /// The event that made it; people name an invite by this number.
    pub made: Seq,
    /// Who made it; `None` for the operator of the machine.
    pub by: Option<IdentityHash>,
    /// How many it lets in.
    pub uses: u32,
    /// How many it has let in.
    pub used: u32,
    /// Until when; `None` for good.
    pub until: Option<UnixTime>,
}

impl Invite {
    /// Does it still let somebody in?
    pub fn holds(&self, now: UnixTime) -> bool {
        self.used < self.uses && self.until.is_none_or(|until| now < until)
    }
}

impl InviteCode {
    /// A code out of random bytes.
    pub fn from_random(random: [u8; 16]) -> Self {
        Self((u128::from_be_bytes(random) & ((1 << SECRET_BITS) - 1)) as u64)
    }

    /// What is kept of it in `gid`. The code can't be found from it: that takes 2⁶⁰ hashes.
    pub fn id(self, gid: GroupId) -> InviteId {
        let hash = truncated_sha256(&[b"roost-invite1", gid.as_bytes(), &self.0.to_be_bytes()]);
        InviteId::from_bytes(hash)
    }

    /// Reads a code as people write it: small letters, without hyphens, O for 0. `None` if something is wrong in it.
    pub fn parse(text: &str) -> Option<Self> {
        let all = letters(text)?.iter().try_fold(0_u128, |all, letter| {
            let value = LETTERS.iter().position(|known| known == letter)?;
            Some(all << 5 | value as u128)
        })?;
        let code = Self(u64::try_from(all >> CHECK_BITS).ok()?);
        (code.with_check() == all).then_some(code)
    }

    /// Reads what people paste: a code, or a link with one in it.
    pub fn parse_pasted(text: &str) -> Option<Self> {
        let Some(link) = strip_scheme(text) else { return Self::parse(text) };
        Self::parse(link.split('/').nth(1)?.split('?').next()?)
    }

    /// A link that says where to go, too: the group's `meshchat.group`, its `lxmf.delivery` and its name.
    pub fn link(self, group: DestinationHash, delivery: DestinationHash, name: &str) -> String {
        format!("{SCHEME}{group}/{self}?lxmf={delivery}&name={}", escaped(name))
    }

    fn with_check(self) -> u128 {
        let [high, low, ..] = sha256(&[b"roost-invite-check1", &self.0.to_be_bytes()]);
        u128::from(self.0) << CHECK_BITS | u128::from(u16::from_be_bytes([high, low]) >> 1)
    }
}

/// Does a word look like a code, with or without a slip in it, or like a link?
pub fn looks_like_a_code(word: &str) -> bool {
    let blocks = word.split('-').map(str::len);
    strip_scheme(word).is_some() || InviteCode::parse(word).is_some() || blocks.eq([BLOCK; 3])
}

/// What stands behind the beginning of a link to a group, if it is one.
pub fn strip_scheme(text: &str) -> Option<&str> {
    let (start, link) = text.trim().split_at_checked(SCHEME.len())?;
    start.eq_ignore_ascii_case(SCHEME).then_some(link)
}

fn letters(text: &str) -> Option<[u8; CODE_LETTERS]> {
    let letters =
        text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| match c.to_ascii_uppercase() {
            'O' => Ok(b'0'),
            'I' | 'L' => Ok(b'1'),
            upper => u8::try_from(upper),
        });
    letters.take(CODE_LETTERS + 1).collect::<Result<Vec<_>, _>>().ok()?.try_into().ok()
}

/// A name inside a link: what could end it is written as `%` and two digits.
fn escaped(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    name.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

impl std::fmt::Display for InviteCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = self.with_check();
        for at in 0..CODE_LETTERS {
            if at > 0 && at % BLOCK == 0 {
                f.write_str("-")?;
            }
            let value = usize::try_from(all >> (5 * (CODE_LETTERS - 1 - at)) & 31).unwrap_or(0);
            write!(f, "{}", char::from(LETTERS.get(value).copied().unwrap_or(b'?')))?;
        }
        Ok(())
    }
}

/// Whoever has the code can come in.
impl std::fmt::Debug for InviteCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InviteCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: GroupId = GroupId::from_bytes([1; 16]);

    fn code(n: u8) -> InviteCode {
        InviteCode::from_random([n; 16])
    }

    #[test]
    fn a_code_is_read_as_people_write_it() {
        for n in 0..=255 {
            let written = code(n).to_string();
            assert_eq!(written.len(), 17, "{written}");
            let ways = [
                written.clone(),
                written.to_lowercase(),
                written.replace('-', ""),
                written.replace('-', " "),
                written.replace('0', "o").replace('1', "l"),
                written.replace('1', "I"),
            ];
            for way in ways {
                assert_eq!(InviteCode::parse(&way), Some(code(n)), "{way}");
                assert!(way.contains(' ') || looks_like_a_code(&way), "{way}");
            }
        }
    }

    #[test]
    fn a_slip_in_a_code_is_noticed() {
        let written: Vec<char> = code(0x5a).to_string().chars().collect();
        for at in (0..written.len()).filter(|at| written[*at] != '-') {
            for other in LETTERS.iter().map(|letter| char::from(*letter)).filter(|c| *c != written[at]) {
                let mut wrong = written.clone();
                wrong[at] = other;
                let wrong: String = wrong.into_iter().collect();
                assert_eq!(InviteCode::parse(&wrong), None, "{wrong}");
                assert!(looks_like_a_code(&wrong));
            }
        }
        let short: String = written[..written.len() - 1].iter().collect();
        let long = "7".repeat(1_000_000);
        for other in ["", "-", "Anna", "UUUUU-UUUUU-UUUUU", "äääää-äääää-äääää", &short, &long]
        {
            assert_eq!(InviteCode::parse(other), None, "{:.40}", other);
        }
        assert!(["Anna", "Anna-Maria", "", "roost:/", "ääää"].iter().all(|word| !looks_like_a_code(word)));
    }

    #[test]
    fn a_link_carries_the_code_and_where_to_go() {
        let (group, delivery) = (DestinationHash::from_bytes([2; 16]), DestinationHash::from_bytes([3; 16]));
        let link = code(7).link(group, delivery, "Ärger & Co/?");
        assert_eq!(
            link,
            format!(
                "roost://{}/{}?lxmf={}&name=%C3%84rger%20%26%20Co%2F%3F",
                "02".repeat(16),
                code(7),
                "03".repeat(16)
            )
        );
        assert_eq!(InviteCode::parse_pasted(&link), Some(code(7)));
        assert_eq!(InviteCode::parse_pasted(&link.replace("roost", "Roost")), Some(code(7)));
        assert_eq!(InviteCode::parse_pasted(&code(7).to_string()), Some(code(7)));
        assert_eq!(InviteCode::parse_pasted("roost://ab"), None);
    }

    #[test]
    fn the_way_codes_are_written_and_kept_never_changes() {
        let code = InviteCode::from_random([0xab; 16]);
        // Both were made by ten lines of Python.
        assert_eq!(code.to_string(), "QAXBN-ENTQA-XB6FA");
        assert_eq!(code.id(GROUP).to_string(), "138d4a2285d13cb8331b017253e90e4a");
        assert_ne!(code.id(GROUP), code.id(GroupId::from_bytes([2; 16])));
        assert_eq!(format!("{code:?}"), "InviteCode(…)");
    }

    #[test]
    fn an_invite_ends_by_use_or_by_time() {
        let at = |secs: i64| UnixTime::from_micros(secs * 1_000_000);
        let invite =
            Invite { id: code(1).id(GROUP), made: Seq(4), by: None, uses: 2, used: 1, until: Some(at(100)) };
        assert!(invite.holds(at(99)) && !invite.holds(at(100)));
        assert!(Invite { until: None, ..invite.clone() }.holds(at(100)));
        assert!(!Invite { used: 2, ..invite }.holds(at(0)));
    }
}
