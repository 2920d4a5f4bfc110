//! `/api/v1/messages/post`: saying something, vouched for by the link, signed by the author, or sealed for others.
//! Not LXMF on its own road; both meet at the same act.

use serde::{Deserialize, Serialize};

use super::bytes::{Bytes, FixedBytes};
use super::format::Style;
use super::messages::MessageRef;
use super::person::{self, PersonRef};
use super::refusal::bad_field;
use super::{Call, Failure, Outcome};
use crate::group::body::NO_FIELDS;
use crate::group::moderation::HeldState;
use crate::group::rules::{self, Already};
use crate::group::{Act, Authorship, Body, Post, PostId, Refusal};
use crate::rns::hash::IdentityHash;
use crate::rns::msgpack;

/// Deepest nesting of fields that is taken.
const MAX_DEPTH: usize = 32;

/// Says something: `text` and what belongs to it, or `payload` and `signature`, or `scheme` and `opaque`.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
pub struct PostRequest {
    /// What is said.
    pub text: Option<String>,
    /// A title.
    pub title: Option<String>,
    /// LXMF fields: one packed MessagePack map.
    pub fields: Option<Bytes>,
    /// Chosen by the client, so that the same post sent twice is one post. Random 8 bytes are best.
    pub id: Option<FixedBytes<8>>,
    /// The signed form: an LXMF payload (array of time, title, text and fields, without stamp) from the caller's
    /// `lxmf.delivery` to the group's.
    pub payload: Option<Bytes>,
    /// Ed25519 over destination ‖ source ‖ payload ‖ SHA-256 of these three.
    pub signature: Option<FixedBytes<64>>,
    /// The sealed form: what the author's program has encrypted for other members, each or together. The server keeps
    /// it, hands it out unchanged and reads nothing of it.
    pub opaque: Option<Bytes>,
    /// How it is sealed: a number that the programs of the members agree on.
    pub scheme: Option<u8>,
    /// To this member alone: nobody but the two is shown it. Who runs the server can read it.
    pub to: Option<PersonRef>,
    /// The message that it answers.
    pub reply_to: Option<MessageRef>,
}

/// It is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PostAnswer {
    /// Its number.
    pub seq: u64,
    /// Its id, the same on every host.
    #[schemars(with = "FixedBytes<16>")]
    pub post_id: PostId,
    /// Others don't see it yet: somebody has to look at it first, for this reason. Published, it gets another number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Serves `/api/v1/messages/post`. The same post again gets the same answer.
pub fn post(call: &mut Call<'_, '_>, request: PostRequest, _: Style) -> Result<PostAnswer, Failure> {
    let PostRequest { text, title, fields, id, payload, signature, opaque, scheme, to, reply_to } = request;
    let to = to.as_ref().map(|to| person::resolve(call, to)).transpose()?;
    let about = reply_to.map(|message| message.find(call)).transpose()?.map(|message| message.id);
    let wording = Wording { text, title, fields, id, payload, signature, opaque, scheme };
    let post = Post { about, ..wording.into_post(call)? };
    let post_id = post.id;
    let act = match to {
        Some(found) => Act::Direct { to: found.identity, post },
        None => Act::Post(post),
    };
    let seq = match call.act(act)? {
        Outcome::Happened(seq) | Outcome::Already(Already::Posted(seq) | Already::Held(seq)) => seq,
        Outcome::Already(_) => call.group.head.seq,
    };
    let why = match call.store.held_post(call.group.facts.gid, post_id)? {
        Some(HeldState::Waits(held)) => Some(held.why),
        Some(HeldState::Dropped) | None => None,
    };
    Ok(PostAnswer { seq: seq.0, post_id, why })
}

/// What is said, as a request brings it, in one of three forms.
#[derive(Debug, Default)]
pub(super) struct Wording {
    pub(super) text: Option<String>,
    pub(super) title: Option<String>,
    pub(super) fields: Option<Bytes>,
    pub(super) id: Option<FixedBytes<8>>,
    pub(super) payload: Option<Bytes>,
    pub(super) signature: Option<FixedBytes<64>>,
    pub(super) opaque: Option<Bytes>,
    pub(super) scheme: Option<u8>,
}

impl Wording {
    /// The post that it makes.
    pub(super) fn into_post(self, call: &mut Call<'_, '_>) -> Result<Post, Refusal> {
        let author = reader_of(call)?;
        let Self { text, title, fields, id, payload, signature, opaque, scheme } = self;
        let plain = [("text", text.is_some()), ("title", title.is_some()), ("fields", fields.is_some())];
        match ((payload, signature), (opaque, scheme)) {
            ((None, None), (None, None)) => {
                let body = plain_body(text, title, fields)?;
                Ok(vouched(call, author, body, id))
            }
            ((Some(payload), Some(FixedBytes(signature))), (None, None)) => {
                alone("payload", &plain)?;
                alone("payload", &[("id", id.is_some())])?;
                signed(call, author, payload.0, signature)
            }
            ((None, None), (Some(opaque), Some(scheme))) => {
                alone("opaque", &plain)?;
                Ok(vouched(call, author, Body::Opaque { scheme, bytes: opaque.0 }, id))
            }
            ((Some(_), Some(_)), _) => Err(beside("opaque", "payload")),
            ((Some(_), None), _) => Err(missing("signature", "payload")),
            ((None, Some(_)), _) => Err(missing("payload", "signature")),
            (_, (Some(_), None)) => Err(missing("scheme", "opaque")),
            (_, (None, Some(_))) => Err(missing("opaque", "scheme")),
        }
    }
}

/// What a command says, such as `/msg`: its text, proved by the message that brought the command if one did.
pub fn said_in_command(call: &mut Call<'_, '_>, text: &str) -> Result<Post, Refusal> {
    let author = reader_of(call)?;
    let authorship = match call.signed.clone() {
        Some(signed) => signed,
        None => Authorship::Link { client_id: drawn_id(call) },
    };
    let body = Body::Plain { title: Vec::new(), text: text.as_bytes().to_vec(), fields: NO_FIELDS.to_vec() };
    Ok(Post::new(call.group.facts.gid, author, call.who.asked_at, body, authorship))
}

/// Who calls, who must be somebody.
pub(super) fn reader_of(call: &Call<'_, '_>) -> Result<IdentityHash, Refusal> {
    call.who.caller.identity().ok_or_else(rules::identify)
}

/// An id for a post whose client has chosen none.
pub(super) fn drawn_id(call: &mut Call<'_, '_>) -> [u8; 8] {
    first_eight(call.host.random())
}

/// Nothing stands beside a form that says all by itself.
fn alone(form: &str, others: &[(&'static str, bool)]) -> Result<(), Refusal> {
    match others.iter().find(|(_, there)| *there) {
        Some((field, _)) => Err(beside(field, form)),
        None => Ok(()),
    }
}

fn plain_body(text: Option<String>, title: Option<String>, fields: Option<Bytes>) -> Result<Body, Refusal> {
    let fields = fields.map_or_else(|| NO_FIELDS.to_vec(), |fields| fields.0);
    if !msgpack::is_map(&fields, MAX_DEPTH) {
        let what = "`fields` is no packed MessagePack map.";
        return Err(bad_field("fields", what, "Pack the map and send it as bin."));
    }
    let (text, title) = (text.unwrap_or_default().into_bytes(), title.unwrap_or_default().into_bytes());
    Ok(Body::Plain { title, text, fields })
}

fn vouched(call: &mut Call<'_, '_>, author: IdentityHash, body: Body, id: Option<FixedBytes<8>>) -> Post {
    let client_id = match id {
        Some(FixedBytes(id)) => id,
        None => drawn_id(call),
    };
    let authorship = Authorship::Link { client_id };
    Post::new(call.group.facts.gid, author, call.who.asked_at, body, authorship)
}

fn signed(
    call: &Call<'_, '_>,
    author: IdentityHash,
    payload: Vec<u8>,
    signature: [u8; 64],
) -> Result<Post, Refusal> {
    let Some(body) = Body::from_payload(&payload) else {
        let what = "`payload` is no array of time, title, text and fields.";
        return Err(bad_field("payload", what, "Pack these four and no stamp."));
    };
    let Some(checked) = call.host.check_signed(&payload, &signature) else {
        let what = "`signature` is not yours over this payload.";
        return Err(bad_field("signature", what, "Sign it from your lxmf.delivery to the group's."));
    };
    let authorship = Authorship::Lxmf {
        destination: call.host.delivery(),
        source: checked.source,
        payload,
        signature,
        message_hash: checked.message_hash,
    };
    Ok(Post::new(call.group.facts.gid, author, checked.time, body, authorship))
}

fn first_eight(bytes: [u8; 16]) -> [u8; 8] {
    let mut out = [0; 8];
    out.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    out
}

fn beside(field: &'static str, form: &str) -> Refusal {
    bad_field(field, format!("`{field}` stands beside `{form}`, which says all."), "Leave it out.")
}

fn missing(field: &'static str, with: &str) -> Refusal {
    bad_field(field, format!("Field `{field}` is missing."), format!("Send `{with}` and `{field}` together."))
}
