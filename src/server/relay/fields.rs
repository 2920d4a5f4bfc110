//! What becomes of the fields of a message when it is relayed: one rule for each id, and everything else stays behind.
//! Not who gets what; a reference is written here for one person at a time.

use rmpv::Value;

use crate::command::fit;
use crate::group::Fields;
use crate::group::fields::{Relation, id};
use crate::rns::msgpack;

/// Largest relayed fields in bytes. NomadNet takes messages of up to 500,000 bytes in all (page 12 §7).
pub(super) const MAX_ATTACHED: usize = 480_000;
/// Most files that one message brings.
const MAX_FILES: usize = 64;
/// Longest name of a file in bytes.
const MAX_FILE_NAME: usize = 200;
/// Longest type of an image: `webp`, `jpeg`.
const MAX_IMAGE_TYPE: usize = 16;
/// Longest quote in bytes.
const MAX_QUOTE: usize = 256;

/// What becomes of a field.
enum Rule {
    /// It stays behind.
    Strip,
    /// It goes along in the one shape that no client trips over, or stays behind.
    Keep(fn(&Value) -> Option<Value>),
    /// It names a message, and goes along naming the copy that the recipient has.
    Refer(Relation),
    /// It goes along with the reference that it belongs to.
    Quote,
}

/// One line for each id. A new field stays behind until it has a line here.
const RULES: &[(u64, Rule)] = &[
    // Where people are is not for everybody.
    (id::TELEMETRY, Rule::Strip),
    (id::TELEMETRY_STREAM, Rule::Strip),
    // It would become the icon of the group.
    (id::ICON, Rule::Strip),
    (id::FILES, Rule::Keep(files)),
    (id::IMAGE, Rule::Keep(image)),
    (id::AUDIO, Rule::Keep(audio)),
    // Nobody shows it, and it may hold the hash of a message that only its author has.
    (id::THREAD, Rule::Strip),
    // Clients do not show a message with commands, or lose it.
    (id::COMMANDS, Rule::Strip),
    (id::RESULTS, Rule::Strip),
    // It is between the author and this host.
    (id::TICKET, Rule::Strip),
    (id::RENDERER, Rule::Keep(renderer)),
    // Read as a reference, and sent in today's fields.
    (id::LEGACY, Rule::Strip),
    (id::REPLY_TO, Rule::Refer(Relation::Reply)),
    (id::REPLY_QUOTE, Rule::Quote),
    (id::REACTION, Rule::Refer(Relation::Reaction)),
    (id::COMMENT, Rule::Refer(Relation::Comment)),
    (id::CONTINUATION, Rule::Refer(Relation::Continuation)),
    // Clients may take what stands there for our word about who wrote the message.
    (id::CUSTOM_TYPE, Rule::Strip),
    (id::CUSTOM_DATA, Rule::Strip),
    (id::CUSTOM_META, Rule::Strip),
];

/// The fields of a message as others get them.
#[derive(Debug, Clone, Default)]
pub(super) struct RelayedFields {
    kept: Vec<(u64, Vec<u8>)>,
    relations: Vec<Relation>,
    reaction: Option<String>,
    quote: Option<String>,
    /// Bytes that were left out because they are too many.
    pub(super) left_out: usize,
}

impl RelayedFields {
    /// `fields` by the rules.
    pub(super) fn of(fields: &Fields<'_>) -> Self {
        let about = fields.about();
        let mut relayed = Self { reaction: fields.reaction(), ..Self::default() };
        for (id, rule) in RULES {
            match rule {
                Rule::Strip => {}
                Rule::Keep(shaped) => {
                    let value = fields.get(*id).and_then(|raw| msgpack::decode(raw).ok());
                    let value = value.and_then(|value| shaped(&value));
                    relayed.kept.extend(value.map(|value| (*id, msgpack::encode(&value))));
                }
                // What a message is about, it may say in several ways. What is about something else stays behind.
                Rule::Refer(relation) if about.is_some() && fields.named_by(*relation) == about => {
                    relayed.relations.push(*relation);
                }
                Rule::Refer(_) => {}
                Rule::Quote => relayed.quote = fields.quote().map(|quote| fit(&quote, MAX_QUOTE)),
            }
        }
        let size = relayed.attached();
        if size > MAX_ATTACHED {
            relayed.kept.clear();
            relayed.left_out = size;
        }
        relayed
    }

    /// The same for who wants text.
    pub(super) fn without_attachments(&self) -> Self {
        let (renderer, attachments): (Vec<_>, Vec<_>) =
            self.kept.iter().cloned().partition(|(id, _)| *id == id::RENDERER);
        let left_out = attachments.iter().map(|(_, value)| value.len()).sum::<usize>();
        Self { kept: renderer, left_out: self.left_out.saturating_add(left_out), ..self.clone() }
    }

    /// Bytes that go along.
    pub(super) fn attached(&self) -> usize {
        self.kept.iter().map(|(_, value)| value.len()).sum()
    }

    /// Does the message say that it is about another one?
    pub(super) fn refer(&self) -> bool {
        !self.relations.is_empty()
    }

    /// The message is about another one, though its fields do not say so: a client of ours named it otherwise.
    pub(super) fn refer_by(&mut self, relation: Relation) {
        if self.relations.is_empty() {
            self.relations.push(relation);
        }
    }

    /// What the author has quoted of that one.
    pub(super) fn quote(&self) -> Option<&str> {
        self.quote.as_deref()
    }

    /// One packed map for somebody, who has the message that this one is about under the hash `about`.
    pub(super) fn pack(&self, about: Option<&[u8; 32]>) -> Vec<u8> {
        self.pack_with(about, [])
    }

    /// The same with fields of ours.
    pub(super) fn pack_with<const N: usize>(
        &self,
        about: Option<&[u8; 32]>,
        ours: [(u64, Vec<u8>); N],
    ) -> Vec<u8> {
        let mut fields = self.kept.clone();
        if let Some(hash) = about {
            fields.extend(
                self.relations.iter().map(|relation| (relation.field(), self.reference(*relation, hash))),
            );
            if let Some(quote) = self.quote.as_ref().filter(|_| self.relations.contains(&Relation::Reply)) {
                fields.push((id::REPLY_QUOTE, msgpack::encode(&bytes(quote.as_bytes()))));
            }
        }
        fields.extend(ours);
        pack(&fields)
    }

    fn reference(&self, relation: Relation, hash: &[u8; 32]) -> Vec<u8> {
        let hash = bytes(hash);
        let value = match relation {
            Relation::Reply => hash,
            Relation::Comment | Relation::Continuation => Value::Map(vec![(0.into(), hash)]),
            Relation::Reaction => {
                let text = bytes(self.reaction.as_deref().unwrap_or_default().as_bytes());
                Value::Map(vec![(0.into(), hash), (1.into(), text)])
            }
        };
        msgpack::encode(&value)
    }
}

/// One packed map, in its shortest form: beside a stamp, readers encode it again before they check the signature.
fn pack(fields: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let mut out = match u8::try_from(fields.len()) {
        Ok(few @ 0..=15) => vec![0x80 | few],
        Ok(_) | Err(_) => {
            let count = u16::try_from(fields.len()).unwrap_or(u16::MAX);
            [&[0xde][..], &count.to_be_bytes()].concat()
        }
    };
    for (id, value) in fields {
        out.extend_from_slice(&msgpack::encode(&Value::from(*id)));
        out.extend_from_slice(value);
    }
    out
}

fn bytes(bytes: &[u8]) -> Value {
    Value::Binary(bytes.to_vec())
}

fn files(value: &Value) -> Option<Value> {
    let files = value.as_array()?.iter().filter_map(file).take(MAX_FILES).collect::<Vec<_>>();
    (!files.is_empty()).then_some(Value::Array(files))
}

fn file(value: &Value) -> Option<Value> {
    let [name, data, ..] = value.as_array()?.as_slice() else { return None };
    let name = std::str::from_utf8(name.as_slice()?).ok()?;
    Some(Value::Array(vec![file_name(name).into(), bytes(data.as_slice()?)]))
}

/// A name that stays where a client puts it.
fn file_name(name: &str) -> String {
    let clean = |c: char| if c.is_control() || matches!(c, '/' | '\\') { '_' } else { c };
    let name: String = name.chars().map(clean).collect();
    match fit(name.trim().trim_start_matches('.'), MAX_FILE_NAME) {
        name if name.is_empty() => "file".to_owned(),
        name => name,
    }
}

fn image(value: &Value) -> Option<Value> {
    let [kind, data, ..] = value.as_array()?.as_slice() else { return None };
    let kind = std::str::from_utf8(kind.as_slice()?).ok()?;
    let is_a_type =
        (1..=MAX_IMAGE_TYPE).contains(&kind.len()) && kind.bytes().all(|b| b.is_ascii_alphanumeric());
    let data = data.as_slice().filter(|data| is_a_type && !data.is_empty())?;
    Some(Value::Array(vec![kind.into(), bytes(data)]))
}

fn audio(value: &Value) -> Option<Value> {
    let [mode, data, ..] = value.as_array()?.as_slice() else { return None };
    let mode = u8::try_from(mode.as_u64()?).ok()?;
    let data = data.as_slice().filter(|data| !data.is_empty())?;
    Some(Value::Array(vec![mode.into(), bytes(data)]))
}

/// `RENDERER_PLAIN`, `RENDERER_MICRON`, `RENDERER_MARKDOWN` or `RENDERER_BBCODE`.
fn renderer(value: &Value) -> Option<Value> {
    value.as_u64().filter(|renderer| *renderer <= 3).map(Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(pairs: Vec<(u64, Value)>) -> Vec<u8> {
        msgpack::encode(&Value::Map(pairs.into_iter().map(|(id, value)| (id.into(), value)).collect()))
    }

    fn relayed(pairs: Vec<(u64, Value)>, about: Option<&[u8; 32]>) -> Value {
        let packed = packed(pairs);
        msgpack::decode(&RelayedFields::of(&Fields::read(&packed)).pack(about)).unwrap()
    }

    fn map(pairs: Vec<(u64, Value)>) -> Value {
        Value::Map(pairs.into_iter().map(|(id, value)| (id.into(), value)).collect())
    }

    #[test]
    fn no_id_has_two_rules() {
        let mut ids: Vec<_> = RULES.iter().map(|(id, _)| *id).collect();
        ids.dedup();
        assert!(ids.is_sorted() && ids.len() == RULES.len());
    }

    #[test]
    fn what_is_not_for_others_stays_behind_and_so_does_what_nobody_knows() {
        let stripped = [
            0x02, 0x03, 0x04, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x10, 0x43, 0xfb, 0xfc, 0xfd, 0xff, 0x1234,
        ];
        let all = stripped.map(|id| (id, bytes(b"x")));
        assert_eq!(relayed(all.to_vec(), Some(&[1; 32])), map(vec![]));
    }

    #[test]
    fn attachments_go_along_in_one_shape_whatever_shape_they_came_in() {
        let list = |values: Vec<Value>| Value::Array(values);
        let png = || list(vec!["png".into(), bytes(b"data")]);
        let sent = vec![
            (
                0x05,
                list(vec![
                    list(vec![bytes(b"../a/b.txt"), bytes(b"one")]),
                    list(vec!["two.txt".into(), "text".into(), "more".into()]),
                    list(vec![bytes(b"\xff"), bytes(b"lost")]),
                    "no file".into(),
                ]),
            ),
            (0x06, png()),
            (0x07, list(vec![16.into(), bytes(b"sound")])),
            (0x0f, 2.into()),
        ];
        let got = vec![
            (
                0x05,
                list(vec![
                    list(vec!["_a_b.txt".into(), bytes(b"one")]),
                    list(vec!["two.txt".into(), bytes(b"text")]),
                ]),
            ),
            (0x06, png()),
            (0x07, list(vec![16.into(), bytes(b"sound")])),
            (0x0f, 2.into()),
        ];
        assert_eq!(relayed(sent, None), map(got));
    }

    #[test]
    fn an_attachment_of_another_shape_stays_behind() {
        let list = |values: Vec<Value>| Value::Array(values);
        for odd in [
            vec![(0x05, bytes(b"x"))],
            vec![(0x05, list(vec![]))],
            vec![(0x06, bytes(b"a bare picture"))],
            vec![(0x06, list(vec!["a/b".into(), bytes(b"x")]))],
            vec![(0x06, list(vec!["png".into(), bytes(b"")]))],
            vec![(0x07, list(vec![256.into(), bytes(b"x")]))],
            vec![(0x07, list(vec!["a".into(), bytes(b"x")]))],
            vec![(0x07, list(vec![1.into()]))],
            vec![(0x0f, 4.into())],
        ] {
            assert_eq!(relayed(odd.clone(), None), map(vec![]), "{odd:?}");
        }
    }

    #[test]
    fn attachments_that_other_clients_refuse_stay_behind_and_are_counted() {
        let of = |size: usize| {
            let packed = packed(vec![(0x06, Value::Array(vec!["png".into(), bytes(&vec![7; size])]))]);
            let relayed = RelayedFields::of(&Fields::read(&packed));
            (!relayed.kept.is_empty(), relayed.left_out)
        };
        assert_eq!(of(MAX_ATTACHED - 10), (true, 0));
        assert_eq!(of(MAX_ATTACHED), (false, MAX_ATTACHED + 10));
    }

    #[test]
    fn a_reference_names_the_copy_that_the_recipient_has() {
        let (theirs, mine) = ([1; 32], [2; 32]);
        let reaction = |hash: &[u8]| map(vec![(0, bytes(hash)), (1, bytes(b"+1"))]);
        let one = |hash: &[u8]| map(vec![(0, bytes(hash))]);
        for (sent, got) in [
            (
                vec![(0x30, bytes(&theirs)), (0x31, "hi".into())],
                vec![(0x30, bytes(&mine)), (0x31, bytes(b"hi"))],
            ),
            (vec![(0x40, reaction(&theirs))], vec![(0x40, reaction(&mine))]),
            (vec![(0x41, one(&theirs))], vec![(0x41, one(&mine))]),
            (vec![(0x42, one(&theirs))], vec![(0x42, one(&mine))]),
            // About two at once: the reply counts.
            (vec![(0x30, bytes(&theirs)), (0x41, one(&[3; 32]))], vec![(0x30, bytes(&mine))]),
            (vec![(0x31, bytes(b"a quote of nothing"))], vec![]),
        ] {
            assert_eq!(relayed(sent.clone(), Some(&mine)), map(got), "{sent:?}");
            assert_eq!(relayed(sent, None), map(vec![]));
        }
    }

    #[test]
    fn many_fields_are_packed_as_one_map() {
        for count in [0, 1, 15, 16, 300] {
            let fields: Vec<_> = (0..count).map(|id| (id, vec![0xc0])).collect();
            let map = msgpack::decode(&pack(&fields)).unwrap();
            assert_eq!(map.as_map().unwrap().len(), usize::try_from(count).unwrap());
        }
    }
}
