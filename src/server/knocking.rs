//! Joining in one packet without a link: signed, so it is known who asks, and decided as a request on a link is.
//! Not the bytes; those are in `api::linkless`.

use super::Effect;
use super::batch::{Batch, changed};
use super::hosted::Hosted;
use crate::api::linkless::{CLIENT_NAME, Knock, KnockReply};
use crate::api::{self, Call, Failure, Who};
use crate::group::Caller;
use crate::rns::destination::name_hash;
use crate::rns::hash::{PathHash, sha256};
use crate::rns::identity::PublicIdentity;
use crate::rns::node::{Came, Recipient};

/// What is asked for.
const JOIN: &str = "/api/v1/join";

impl Batch<'_, '_> {
    /// Lets somebody in, or says why not. Nothing is said to who may not be answered now, or has not signed it.
    pub(super) fn knock(
        &mut self,
        hosted: &Hosted,
        came: Came,
        query: &Knock,
    ) -> Result<Option<Effect>, Failure> {
        let Some(endpoint) = api::endpoint(PathHash::of(JOIN)) else { return Ok(None) };
        let Some(group) = self.store.group(hosted.gid)? else { return Ok(None) };
        let person = PublicIdentity::from_bytes(query.key);
        let (gid, identity, now) = (hosted.gid, person.hash(), self.now);
        let was_member = self.store.member(gid, identity)?.is_some();
        // Before the signature is checked: that costs more than to count.
        if !self.queries.allow(now.instant, (gid, identity), was_member, query.id) {
            return Ok(None);
        }
        let signed = Knock::signed_part(hosted.group, query.id, &query.key, &query.request);
        if !person.verify(&signed, &query.signature) {
            return Ok(None);
        }
        // Who has recorded it could play it again when they have long left.
        let hash = sha256(&[&signed]);
        if !was_member && self.store.command_is_done(gid, &hash)? {
            return Ok(None);
        }
        self.visits.note(now.instant, gid, identity, now.unix);
        let who = Who { caller: Caller::Identified(identity), key: Some(query.key), asked_at: now.unix };
        let store = self.store;
        let mut lender = self.lender(hosted, Some(&person));
        let mut call = Call::new(store, &mut lender, group, who, now.unix, KnockReply::ROOM);
        let answer = api::answer(endpoint, &mut call, &query.request)?;
        let changed = changed(hosted, &call);
        let applied = call.into_applied();
        self.done.changed.extend(changed);
        if store.member(gid, identity)?.is_some() || store.applicant(gid, identity)?.is_some() {
            store.remember_command(gid, &hash)?;
            self.done.effects.push(Effect::Met(person.clone()));
        }
        self.follow(hosted, &applied)?;
        // On a link there is room for it.
        if answer.len() > KnockReply::ROOM {
            return Ok(None);
        }
        let to = Recipient { person: identity, key: Some(person), name: name_hash(CLIENT_NAME) };
        Ok(Some(Effect::Reply { came, to, data: KnockReply { id: query.id, answer }.encode() }))
    }
}
