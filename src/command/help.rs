//! `/help`: the words that whoever asks may use.
//! Not what each does; that is tried.

use super::{COMMANDS, fit};
use crate::api::{Access, Call, Failure};
use crate::group::Sentence;

pub(super) fn help(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    let mut words = Vec::new();
    for command in COMMANDS {
        let (Access::Read(permission) | Access::Act(permission)) = command.access;
        match call.check(permission) {
            Ok(()) => words.push(command.usage),
            // Who is no member yet sees what members may.
            Err(Failure::Refused(refusal)) if refusal.what == Sentence::OnlyMembers => {
                words.push(command.usage);
            }
            Err(Failure::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let more = call.say(&[Sentence::AnythingElseIsPosted])?;
    Ok(fit(&format!("{}. {more}", words.join(", ")), call.room))
}
