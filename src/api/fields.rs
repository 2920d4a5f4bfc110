//! The one table of the API's fields: every name and its number.
//! Not what a field means in an answer; the types of each area say that.

/// A field's name and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// As it stands in a named request or answer.
    pub name: &'static str,
    /// As it stands in a numbered one.
    pub number: u8,
}

/// Which numbers an area of the API may use. A number is never given to another name, also not when its field is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// What the fields are about.
    pub name: &'static str,
    /// Its first number.
    pub first: u8,
    /// Its last number.
    pub last: u8,
}

/// The areas, in the order of their numbers. Up to 127 a number costs one byte, above that two.
pub const AREAS: &[Area] = &[
    Area { name: "first round", first: 1, last: 63 },
    Area { name: "sealing", first: 64, last: 95 },
    Area { name: "hosting", first: 96, last: 111 },
    Area { name: "spaces", first: 112, last: 127 },
    Area { name: "introductions", first: 128, last: 143 },
    Area { name: "moderation and settings", first: 144, last: 207 },
    Area { name: "delivery", first: 208, last: 223 },
    Area { name: "joining", first: 224, last: 239 },
    Area { name: "roles", first: 240, last: 255 },
];

const fn field(name: &'static str, number: u8) -> Field {
    Field { name, number }
}

/// Every field of every request and answer, by number.
pub const FIELDS: &[Field] = &[
    // Every request and answer.
    field("v", 1),
    field("format", 2),
    field("error", 3),
    field("what", 4),
    field("do", 5),
    field("field", 6),
    // Messages.
    field("limit", 7),
    field("since", 8),
    field("before", 9),
    field("max_bytes", 10),
    field("signed", 11),
    field("messages", 12),
    field("more", 13),
    field("next", 14),
    field("head", 15),
    field("reset", 16),
    field("seq", 17),
    field("author", 18),
    field("time", 19),
    field("received", 20),
    field("title", 21),
    field("text", 22),
    field("fields", 23),
    field("deleted", 24),
    field("cut", 25),
    field("size", 26),
    field("destination", 27),
    field("source", 28),
    field("payload", 29),
    field("signature", 30),
    field("post_id", 31),
    field("keys", 32),
    field("id", 33),
    field("scheme", 34),
    field("opaque", 35),
    // Members.
    field("nick", 36),
    field("after", 37),
    field("people", 38),
    field("number", 39),
    field("identity", 40),
    field("joined", 41),
    field("cursor", 42),
    // The group.
    field("gid", 44),
    field("name", 45),
    field("members", 46),
    field("version", 47),
    field("proto", 48),
    field("min", 49),
    field("max", 50),
    field("emits", 51),
    field("features", 52),
    field("limits", 53),
    field("text_bytes", 54),
    field("answer_bytes", 55),
    field("request_bytes", 56),
    field("page", 57),
    field("disclosures", 58),
    field("retention", 59),
    field("lxmf", 60),
    field("member", 61),
    // For a few bytes.
    field("short", 62),
    field("max_ms", 63),
    // Sealed messages.
    field("sealed_members", 64),
    // What is done about people and messages.
    field("person", 144),
    field("reason", 145),
    field("until", 146),
    field("seconds", 147),
    field("by", 148),
    field("at", 149),
    field("already", 150),
    field("removed", 152),
    field("note", 153),
    field("held", 154),
    field("why", 155),
    field("verdict", 156),
    // Broadcasts.
    field("key", 176),
    field("epoch", 177),
    // Languages.
    field("lang", 180),
    // Notices.
    field("notify", 181),
    field("ping", 182),
    field("readable", 183),
    field("every", 184),
    field("quiet", 185),
    field("times", 186),
    field("offset", 187),
    field("cost_ms", 188),
    // Groups.
    field("groups", 190),
    field("q", 191),
    field("place", 192),
    field("flags", 193),
    field("price", 194),
    field("kind", 195),
    field("hops", 196),
    field("heard", 197),
    field("preset", 205),
    // More about settings and people.
    field("relay", 204),
    field("details", 201),
    field("unlisted", 202),
    field("whom", 203),
    // History.
    field("ids", 160),
    field("pinned", 162),
    field("text_only", 163),
    field("whole", 164),
    field("who", 165),
    field("edited", 166),
    field("reactions", 167),
    field("reactors", 168),
    field("to", 169),
    field("reply_to", 170),
    field("files", 171),
    field("kept", 172),
    field("index", 173),
    field("data", 174),
    field("from", 175),
    field("count", 178),
    field("remove", 179),
    field("reaction", 161),
    field("keep", 198),
    field("days", 199),
    field("bytes", 200),
    // What became of a message.
    field("copies", 208),
    field("delivered", 209),
    field("on_nodes", 210),
    field("waiting", 211),
    field("given_up", 212),
    field("fetched", 213),
    // Roles, settings and what staff has done.
    field("role", 240),
    field("permissions", 241),
    field("grant", 242),
    field("revoke", 243),
    field("grants", 244),
    field("settings", 245),
    field("set", 246),
    field("names", 247),
    field("expected", 248),
    field("changed", 249),
    field("private_name", 250),
    field("description", 251),
    field("rules", 252),
    field("access", 253),
    field("entries", 254),
    // Coming in.
    field("code", 224),
    field("work", 225),
    field("pending", 226),
    field("greeting", 227),
    field("joining", 228),
    field("mode", 229),
    field("day", 230),
    field("probation", 231),
    field("applicants", 232),
    field("asked", 233),
    field("invites", 234),
    field("invite", 235),
    field("uses", 236),
    field("used", 237),
    field("link", 238),
];

/// The number of the field called `name`.
pub fn number(name: &str) -> Option<u8> {
    FIELDS.iter().find(|field| field.name == name).map(|field| field.number)
}

/// The name of field `number`.
pub fn name(number: u64) -> Option<&'static str> {
    let index = usize::try_from(number.checked_sub(1)?).ok()?;
    let guess = FIELDS.get(index).filter(|field| u64::from(field.number) == number);
    guess.or_else(|| FIELDS.iter().find(|field| u64::from(field.number) == number)).map(|field| field.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_unique() {
        for (index, field) in FIELDS.iter().enumerate() {
            for other in &FIELDS[index + 1..] {
                assert_ne!(field.name, other.name);
                assert_ne!(field.number, other.number, "{} and {}", field.name, other.name);
            }
        }
    }

    #[test]
    fn every_number_lies_in_an_area_and_areas_do_not_overlap() {
        for field in FIELDS {
            let homes = AREAS.iter().filter(|area| (area.first..=area.last).contains(&field.number));
            assert_eq!(homes.count(), 1, "{}", field.name);
        }
        for pair in AREAS.windows(2) {
            assert!(pair[0].last < pair[1].first);
        }
    }

    #[test]
    fn names_and_numbers_find_each_other() {
        for field in FIELDS {
            assert_eq!(number(field.name), Some(field.number));
            assert_eq!(name(u64::from(field.number)), Some(field.name));
        }
        assert_eq!((name(0), name(255), number("nothing")), (None, None, None));
    }
}
