//! Commands of whoever sits at the machine: the same words as in chat, answered whole.
//! Not how they get here; that is the daemon's.

use super::Effect;
use super::batch::{Batch, changed};
use super::hosted::Hosted;
use crate::api::refusal::unavailable;
use crate::api::{Call, Failure, Who};
use crate::command;
use crate::group::{Caller, Language, Refusal, RefusalCode, Sentence};
use crate::store::StoreError;

/// Most bytes of an answer: a terminal has room.
const ROOM: usize = 1 << 20;
/// Fewest hex digits that may stand for a group's address.
const FEWEST_DIGITS: usize = 6;

/// A word with its arguments, as it is typed in a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorCommand {
    /// To tell the answers apart.
    pub ticket: u64,
    /// In which group: its name, its id or one of its addresses. Not needed where there is one.
    pub group: Option<String>,
    /// The word, without a slash.
    pub word: String,
    /// What stands behind it.
    pub arguments: String,
    /// The language to answer in.
    pub language: Language,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorAnswer {
    /// Of which command.
    pub ticket: u64,
    /// Was it done?
    pub outcome: OperatorOutcome,
    /// What to show.
    pub text: String,
}

/// Was a command done?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorOutcome {
    /// It was.
    Done,
    /// It was refused; the text says why and what to do.
    Refused,
}

impl OperatorAnswer {
    fn refused(command: &OperatorCommand, refusal: &Refusal) -> Self {
        let text = refusal.said_in(command.language);
        Self { ticket: command.ticket, outcome: OperatorOutcome::Refused, text }
    }

    /// The answer to a command whose transaction could not be kept.
    pub(super) fn unavailable(command: &OperatorCommand) -> Self {
        Self::refused(command, &unavailable())
    }
}

impl Batch<'_, '_> {
    /// Carries out a command of the operator.
    pub(super) fn operate(&mut self, command: &OperatorCommand) -> Result<(), StoreError> {
        let answer = match self.try_to_operate(command) {
            Ok(text) => OperatorAnswer { ticket: command.ticket, outcome: OperatorOutcome::Done, text },
            Err(Failure::Refused(refusal)) => OperatorAnswer::refused(command, &refusal),
            Err(Failure::Store(error)) => return Err(error),
        };
        self.done.effects.push(Effect::Answer(answer));
        Ok(())
    }

    fn try_to_operate(&mut self, command: &OperatorCommand) -> Result<String, Failure> {
        let Some(entry) = command::named(&command.word, &command.arguments) else {
            let what = Sentence::NoSuchWord { word: command::fit(&command.word, 20) };
            return Err(Refusal::new(RefusalCode::NotFound, what, Sentence::SeeRoostHelp).into());
        };
        let hosted = match self.groups.first() {
            // It comes to the same in all of them.
            Some(first) if command.group.is_none() && entry.is_about_the_server() => first,
            _ => meant(self.groups, command.group.as_deref())?,
        };
        let group = self.store.group(hosted.gid)?.ok_or(StoreError::Conflict { found: None })?;
        let who = Who { caller: Caller::Operator, key: None, asked_at: self.now.unix };
        let (store, now) = (self.store, self.now.unix);
        let mut lender = self.lender(hosted, None);
        let mut call = Call::new(store, &mut lender, group, who, now, ROOM);
        call.speak(command.language);
        let text = command::attempt(entry, &mut call, &command.arguments)?;
        let changed = changed(hosted, &call);
        let applied = call.into_applied();
        self.done.changed.extend(changed);
        self.follow(hosted, &applied)?;
        Ok(text)
    }
}

/// The group that the operator means.
fn meant<'g>(groups: &'g [Hosted], name: Option<&str>) -> Result<&'g Hosted, Refusal> {
    let name = name.map(|name| name.trim().to_lowercase());
    let is_meant = |hosted: &&Hosted| match &name {
        None => true,
        Some(name) => {
            let names = [hosted.settings.public_name(), hosted.settings.inner_name()];
            let hashes = [hosted.gid.to_string(), hosted.group.to_string(), hosted.delivery.to_string()];
            names.iter().any(|one| one.to_lowercase() == *name)
                || (name.len() >= FEWEST_DIGITS && hashes.iter().any(|hash| hash.starts_with(name)))
        }
    };
    let found: Vec<_> = groups.iter().filter(is_meant).collect();
    match (found.as_slice(), name) {
        ([hosted], _) => Ok(hosted),
        ([], Some(_)) => {
            Err(Refusal::new(RefusalCode::NotFound, Sentence::NoSuchGroupHere, Sentence::SayWhichGroup))
        }
        _ => {
            let shown = |hosted: &Hosted| format!("{} ({})", hosted.settings.inner_name(), hosted.group);
            let groups = groups.iter().map(shown).collect::<Vec<_>>().join(", ");
            let what = Sentence::SeveralGroups { groups };
            Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::SayWhichGroup))
        }
    }
}
