//! Messages for those to whom each byte is dear: as many as fit after they are made smaller, found by trying.
//! Not how they are made smaller; that is `format` and `compact`.

use super::{Item, MessagesAnswer, MessagesRequest, messages, note_fetch, read};
use crate::api::compact::{Beside, Message, News, Person, Said, encode};
use crate::api::format::{Style, bin, pack, smaller};
use crate::api::refusal::bad_field;
use crate::api::{Call, Failure, budget, compact};
use crate::rns::hash::IdentityHash;

/// How much more is read than there is room for. Short texts of people get half as large, tables a quarter.
const MOST_SMALLER: usize = 6;
/// Beyond so many bytes it is not worth trying: then as many come as fit before they are made smaller.
const TRIED: usize = 8 * 1_024;
/// Room for numbers that grow between two requests, in the size that a cut message names.
const SLACK: usize = 8;

/// The ordinary answer as deflate.
pub(super) fn deflate(
    call: &mut Call<'_, '_>,
    request: &MessagesRequest,
    style: Style,
) -> Result<Vec<u8>, Failure> {
    let max_bytes = budget::max_bytes(call, request.max_bytes)?;
    let page = read(call, request, style, enough(max_bytes))?;
    let found = most(page.len(), max_bytes, |count| {
        let answer = page.first(count);
        let packed = smaller(pack(style, &answer));
        (answer, packed)
    });
    match found {
        Some((answer, packed)) => {
            note_fetch(call, &answer);
            Ok(packed)
        }
        None => Ok(pack(style, &messages(call, request, style, max_bytes)?)),
    }
}

/// The compact body as one packed object.
pub(super) fn compact(call: &mut Call<'_, '_>, request: &MessagesRequest) -> Result<Vec<u8>, Failure> {
    let max_bytes = budget::max_bytes(call, request.max_bytes)?;
    Ok(bin(compact_body(call, request, max_bytes.saturating_sub(header_of_bin(max_bytes)))?))
}

/// The compact body of what is asked for, in `max_bytes` bytes at most; 128 always suffice. Whether the caller may read
/// is for whoever calls this to check, and `max_bytes` of the request counts for nothing here.
pub fn compact_body(
    call: &mut Call<'_, '_>,
    request: &MessagesRequest,
    max_bytes: usize,
) -> Result<Vec<u8>, Failure> {
    for (field, is_there) in [
        ("signed", request.signed),
        ("whole", request.whole),
        ("who", request.who),
        ("short", request.short == Some(false)),
    ] {
        if is_there {
            let what = format!("The compact form has no room for `{field}`.");
            return Err(bad_field(field, what, "Ask for `deflate`, or leave it out.").into());
        }
    }
    let request = &MessagesRequest { short: Some(true), ..request.clone() };
    let page = read(call, request, Style::Numbered, enough(max_bytes))?;
    let number_of = |person| page.number_of(person);
    let found = most(page.len(), max_bytes, |count| {
        let answer = page.first(count);
        let body = encode(&compact_page(&answer, number_of));
        (answer, body)
    });
    let (answer, body) = match found {
        Some(found) => found,
        None => {
            let answer = page.first(1);
            let body = cut(compact_page(&answer, number_of), max_bytes);
            (answer, body)
        }
    };
    note_fetch(call, &answer);
    Ok(body)
}

/// Bytes before an answer is made smaller that are enough to fill it afterwards.
const fn enough(max_bytes: usize) -> usize {
    if max_bytes > TRIED { max_bytes } else { max_bytes.saturating_mul(MOST_SMALLER) }
}

const fn header_of_bin(max_bytes: usize) -> usize {
    match max_bytes {
        0..=257 => 2,
        258..=65_538 => 3,
        _ => 5,
    }
}

/// The answer with most messages that fits, if one does: with all of `count`, or else by halving.
fn most(
    count: usize,
    max_bytes: usize,
    try_with: impl Fn(usize) -> (MessagesAnswer, Vec<u8>),
) -> Option<(MessagesAnswer, Vec<u8>)> {
    let fitting = |count| Some(try_with(count)).filter(|(_, body)| body.len() <= max_bytes);
    fitting(count).or_else(|| by_halving(count, fitting))
}

/// What is made of the greatest number below `too_many` of which something fitting can be made; nought is not tried.
fn by_halving<T>(mut too_many: usize, mut fitting: impl FnMut(usize) -> Option<T>) -> Option<T> {
    let (mut fits, mut found) = (0_usize, None);
    loop {
        let tried = fits.midpoint(too_many);
        if tried == fits {
            return found;
        }
        match fitting(tried) {
            Some(it) => (fits, found) = (tried, Some(it)),
            None => too_many = tried,
        }
    }
}

/// A page whose one message is too long, with the beginning of its text.
fn cut(mut page: compact::Page, max_bytes: usize) -> Vec<u8> {
    let size = encode(&page).len().saturating_add(5 + SLACK);
    let whole = match page.messages.first_mut() {
        Some(Message { news: News::Said(said), .. }) => {
            // What was read is cut already, if it is longer by far; then it says itself what it needs.
            said.cut = said.cut.or(u64::try_from(size).ok());
            said.title = said.title.take().map(|title| beginning(&title, max_bytes / 8).to_owned());
            std::mem::take(&mut said.text)
        }
        _ => String::new(),
    };
    let mut bare = encode(&page);
    if bare.len() > max_bytes {
        page.messages.iter_mut().for_each(|message| strip(&mut message.news));
        bare = encode(&page);
    }
    let with_text = |most| {
        if let Some(Message { news: News::Said(said), .. }) = page.messages.first_mut() {
            beginning(&whole, most).clone_into(&mut said.text);
        }
        Some(encode(&page)).filter(|body| body.len() <= max_bytes)
    };
    by_halving(whole.len(), with_text).unwrap_or(bare)
}

/// Takes away what can be as long as people like, but for the text.
fn strip(news: &mut News) {
    match news {
        News::Said(said) => {
            said.title = None;
            said.beside.reactions.clear();
        }
        News::Unchanged(beside) => beside.reactions.clear(),
        News::Deleted => {}
    }
}

fn beginning(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

/// A short answer as a compact page.
fn compact_page(answer: &MessagesAnswer, number_of: impl Fn(IdentityHash) -> Option<u32>) -> compact::Page {
    let messages = answer.messages.iter().map(|item| Message { seq: item.seq, news: news(item, &number_of) });
    compact::Page {
        head: answer.head.0,
        next: answer.next.clone(),
        more: answer.more,
        reset: answer.reset,
        kept: answer.kept,
        messages: messages.collect(),
    }
}

fn news(item: &Item, number_of: impl Fn(IdentityHash) -> Option<u32>) -> News {
    let beside = Beside { pinned: item.pinned, reactions: item.reactions.clone().unwrap_or_default() };
    if item.deleted {
        return News::Deleted;
    }
    let author = item.number.map(Person::Number).or(item.author.map(Person::Identity));
    let Some(author) = author else { return News::Unchanged(beside) };
    let to = item.to.map(|to| number_of(to).map_or(Person::Identity(to), Person::Number));
    let said = Said {
        author,
        received: item.received.unwrap_or_default(),
        time: item.time,
        edited: item.edited,
        to,
        reply_to: item.reply_to,
        title: item.title.clone(),
        text: item.text.clone().unwrap_or_default(),
        files: item.files.as_ref().map_or(0, |files| u32::try_from(files.len()).unwrap_or(u32::MAX)),
        other: item.fields.is_some() || item.scheme.is_some(),
        cut: item.size.filter(|_| item.cut).and_then(|size| u64::try_from(size).ok()),
        beside,
    };
    News::Said(Box::new(said))
}
