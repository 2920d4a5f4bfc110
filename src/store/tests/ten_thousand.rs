//! Ten thousand acts of people of every role: what must never be, never is. `random_acts` has the short sequences, which
//! can be made shorter when one fails.

use std::collections::BTreeSet;

use super::random_acts::{assert_sound, ranks_above};
use super::*;
use crate::group::rules::role_of;
use crate::group::{Application, Language, Permission, PostId, Relay, Role, Seq};

const STEPS: usize = 10_000;
/// So often the tables are looked at as a whole.
const LOOK: usize = 2_000;
/// So often roles are filled again.
const REFILL: usize = 250;
const PEOPLE: u64 = 24;
/// What each text begins with, so that it is found wherever it is.
const MARK: &str = "mark";

/// Numbers that are the same in each run; another seed gives another run.
struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.thrown += 1;
        let drawn = sha256(&[&self.seed.to_be_bytes(), &self.thrown.to_be_bytes()]);
        u64::from_be_bytes(*drawn.first_chunk().unwrap()) % sides
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        let count = u64::try_from(all.len()).unwrap();
        all[usize::try_from(self.roll(count)).unwrap()]
    }

    fn person(&mut self) -> IdentityHash {
        person(u8::try_from(1 + self.roll(PEOPLE)).unwrap())
    }

    fn later(&mut self, now: i64) -> Option<UnixTime> {
        match self.roll(3) {
            0 => None,
            _ => Some(time(now + 1 + i64::try_from(self.roll(2_000)).unwrap())),
        }
    }
}

/// A post that somebody has made, and the mark of its text.
#[derive(Debug, Clone)]
struct Said {
    post: Post,
    mark: String,
}

struct World<'a, 't> {
    tx: &'a Transaction<'t>,
    dice: Dice,
    now: i64,
    said: Vec<Said>,
    /// Marks of texts that were deleted or edited.
    gone: BTreeSet<String>,
    marks: u64,
    /// How many acts of each role have happened, and how many were refused.
    happened: [u32; Role::ALL.len()],
    refused: u32,
}

impl World<'_, '_> {
    /// People of every role; who joins later is new for a while.
    fn begin(&mut self) {
        new_group(self.tx, gid(1));
        self.fill_roles();
        let facts = self.tx.group(gid(1)).unwrap().unwrap().facts;
        let mut settings = facts.settings;
        settings.joining.probation = 2_000;
        self.operator(Act::ChangeSettings(Box::new(settings)));
    }

    /// So that there is somebody of every role also after a while of bans and quarrels.
    fn fill_roles(&mut self) {
        let roles = [
            (Role::Owner, 1..=2),
            (Role::Admin, 3..=4),
            (Role::Moderator, 5..=7),
            (Role::Member, 8..=12),
            (Role::Reader, 13..=14),
        ];
        for (role, people) in roles {
            for who in people.map(person) {
                self.operator(Act::Unban { identity: who });
                self.operator(Act::Add { identity: who, nick: None });
                self.operator(Act::AssignRole { member: who, role });
            }
        }
    }

    fn operator(&mut self, wanted: Act) {
        let _ = act(self.tx, gid(1), Caller::Operator, wanted, time(self.now));
    }

    fn text(&mut self) -> String {
        self.marks += 1;
        format!("{MARK}{:06}", self.marks)
    }

    fn post(&mut self, author: IdentityHash) -> Said {
        let mark = self.text();
        let body = Body::Plain { title: Vec::new(), text: mark.clone().into(), fields: vec![0x80] };
        let authorship = Authorship::Link { client_id: self.marks.to_be_bytes() };
        Said { post: Post::new(gid(1), author, time(self.now), body, authorship), mark }
    }

    fn old_post(&mut self) -> PostId {
        // Mostly a late one: the first are soon gone.
        let count = u64::try_from(self.said.len()).unwrap();
        let late = self.dice.roll(count.clamp(1, 40));
        let at = self.said.len().checked_sub(1 + usize::try_from(late).unwrap());
        at.map_or(PostId::from_bytes([0; 16]), |at| self.said[at].post.id)
    }

    /// What `caller` tries, and what they say with it.
    fn wish(&mut self, caller: Caller) -> (Act, Option<Said>) {
        let me = caller.identity().unwrap_or(person(1));
        let (whom, now) = (self.dice.person(), self.now);
        let wanted = match self.dice.roll(40) {
            0..=3 => Act::Join(Application::default()),
            4 => Act::Leave,
            5..=14 => {
                let said = self.post(me);
                return (Act::Post(said.post.clone()), Some(said));
            }
            15 => {
                let said = self.post(me);
                return (Act::Direct { to: whom, post: said.post.clone() }, Some(said));
            }
            16 | 17 => {
                let said = self.post(me);
                return (Act::Edit { target: self.old_post(), post: said.post.clone() }, Some(said));
            }
            18..=20 => Act::Delete { target: self.old_post(), reason: "because".into() },
            21 => Act::Purge { of: Some(whom), since: None, before: None, reason: String::new() },
            22 => Act::Pin(self.old_post()),
            23 => Act::Unpin(self.old_post()),
            24 => Act::SwitchRelay(self.dice.one_of(&[Relay::Off, Relay::Everything, Relay::Text])),
            25 => Act::ChooseLanguage(self.dice.one_of(&[Language::English, Language::German])),
            26 => Act::Approve { identity: whom },
            27 => Act::Add { identity: whom, nick: None },
            28 => Act::RenameMember { member: whom, nick: Some("another".into()) },
            29 => {
                let until = self.dice.later(now);
                let remove = self.dice.one_of(&[Remove::Nothing, Remove::All]);
                Act::Ban { identity: whom, reason: "because".into(), until, remove }
            }
            30 | 31 => Act::Unban { identity: whom },
            32 => Act::Kick { member: whom, reason: "because".into() },
            33 => Act::Mute { identity: whom, reason: "because".into(), until: self.dice.later(now) },
            34 => Act::Unmute { identity: whom },
            35 | 36 => Act::AssignRole { member: whom, role: self.dice.one_of(Role::ALL) },
            37 => {
                let permission = self.dice.one_of(Permission::ALL);
                Act::Grant { identity: whom, permission, until: self.dice.later(now) }
            }
            38 => Act::Revoke { identity: whom, permission: self.dice.one_of(Permission::ALL) },
            _ => {
                let head = self.tx.head(gid(1)).unwrap().unwrap().seq.0;
                Act::Prune(Seq(self.dice.roll(head / 20 + 1)))
            }
        };
        (wanted, None)
    }

    fn step(&mut self) {
        let caller = match self.dice.roll(30) {
            0 => Caller::Operator,
            1 => Caller::Host,
            _ => Caller::Identified(self.dice.person()),
        };
        let (wanted, said) = self.wish(caller);
        let before = self.before(caller, &wanted);
        match act(self.tx, gid(1), caller, wanted.clone(), time(self.now)) {
            Err(_) => self.refused += 1,
            Ok(None) => {}
            Ok(Some(_)) => self.check(caller, &wanted, said, &before),
        }
        self.now += i64::try_from(self.dice.roll(20)).unwrap();
    }

    fn before(&self, caller: Caller, wanted: &Act) -> Before {
        let (tx, now) = (self.tx, time(self.now));
        let facts = tx.group(gid(1)).unwrap().unwrap().facts;
        let me = caller.identity();
        let member = me.and_then(|me| tx.member(gid(1), me).unwrap());
        let role = member.map(|member| role_of(&facts, &member, now));
        let grants = me.map(|me| tx.grants(gid(1), me).unwrap()).unwrap_or_default();
        // What is one's own may be deleted by others than staff, too.
        let own = |target: PostId| {
            self.said.iter().any(|said| said.post.id == target && Some(said.post.author) == me)
        };
        let permissions = match wanted {
            Act::Delete { target, .. } if own(*target) => vec![Permission::DeleteOwn, Permission::DeleteAny],
            _ => vec![wanted.permission()],
        };
        let has = |permission: &Permission| {
            grants.iter().any(|grant| grant.permission == *permission && grant.holds(now))
                || role.is_some_and(|role| facts.roles.permissions(role).has(*permission))
        };
        Before {
            role,
            may: permissions.iter().any(has),
            banned: me.and_then(|me| tx.ban(gid(1), me).unwrap()).is_some_and(|ban| ban.holds(now)),
            muted: me.and_then(|me| tx.mute(gid(1), me).unwrap()).is_some_and(|mute| mute.holds(now)),
            above: ranks_above(tx, caller, wanted.target()),
            owners: tx.owner_count(gid(1)).unwrap(),
        }
    }

    /// What has happened was allowed, by what was so before.
    fn check(&mut self, caller: Caller, wanted: &Act, said: Option<Said>, before: &Before) {
        let tx = self.tx;
        if let Caller::Identified(me) = caller {
            let anybody_may = matches!(wanted, Act::Join(_) | Act::Leave);
            assert!(!before.banned, "who is banned did this: {wanted:?}");
            assert!(before.may || anybody_may, "{:?} may not do this: {wanted:?}", before.role);
            assert!(before.above, "somebody of their rank or above was touched: {wanted:?}");
            assert!(
                before.owners == 0 || tx.owner_count(gid(1)).unwrap() > 0,
                "no owner is left: {wanted:?}"
            );
            assert!(said.is_none() || !before.muted, "who is muted said this: {wanted:?}");
            if let Some(role) = before.role {
                self.happened[role as usize] += 1;
            }
            if let Act::Edit { target, .. } = wanted {
                assert!(self.said.iter().any(|said| said.post.id == *target && said.post.author == me));
            }
        }
        match wanted {
            Act::Delete { target, .. } | Act::Edit { target, .. } => {
                self.forget(|said| said.post.id == *target);
            }
            Act::Ban { identity, remove: Remove::All, .. } => {
                assert!(tx.member(gid(1), *identity).unwrap().is_none());
                self.forget(|said| said.post.author == *identity);
            }
            Act::Ban { identity, .. } | Act::Kick { member: identity, .. } => {
                assert!(tx.member(gid(1), *identity).unwrap().is_none());
            }
            _ => {}
        }
        match (wanted, said) {
            // An edit keeps the id of the message, and has another text.
            (Act::Edit { target, .. }, Some(edit)) => {
                let post = Post { id: *target, ..edit.post };
                self.said.push(Said { post, mark: edit.mark });
            }
            (_, Some(said)) => self.said.push(said),
            _ => {}
        }
    }

    fn forget(&mut self, which: impl Fn(&Said) -> bool) {
        let (gone, left): (Vec<_>, Vec<_>) = self.said.drain(..).partition(which);
        self.gone.extend(gone.into_iter().map(|said| said.mark));
        self.said = left;
    }

    /// The tables as a whole: counts agree, replay gives the same, and what is gone is nowhere.
    fn look(&self) {
        assert_sound(self.tx);
        let tables = dump(self.tx).join("\n");
        let found: BTreeSet<String> =
            marks(&tables, MARK).chain(marks(&tables, &hex::encode(MARK))).collect();
        assert!(self.said.iter().any(|said| found.contains(&said.mark)), "texts that are there are found");
        let left: Vec<_> = self.gone.intersection(&found).collect();
        assert!(
            left.is_empty(),
            "{} of {} deleted texts are still there: {left:?}",
            left.len(),
            self.gone.len()
        );
    }
}

/// What was so before an act.
struct Before {
    role: Option<Role>,
    may: bool,
    banned: bool,
    muted: bool,
    above: bool,
    owners: u32,
}

/// The marks in a dump, as text or in hex.
fn marks(tables: &str, mark: &str) -> impl Iterator<Item = String> {
    let (is_hex, digits) = (mark != MARK, if mark == MARK { 6 } else { 12 });
    tables.match_indices(mark).filter_map(move |(at, _)| {
        let number = tables.get(at + mark.len()..at + mark.len() + digits)?;
        let number =
            if is_hex { String::from_utf8(hex::decode(number).ok()?).ok()? } else { number.to_owned() };
        Some(format!("{MARK}{number}"))
    })
}

#[test]
fn ten_thousand_acts_of_people_of_every_role_break_nothing() {
    let seed = std::env::var("ROOST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("ROOST_SEED={seed}");
    let mut store = Store::open_in_memory().unwrap();
    let tx = store.begin().unwrap();
    let mut world = World {
        tx: &tx,
        dice: Dice { seed, thrown: 0 },
        now: 1,
        said: Vec::new(),
        gone: BTreeSet::new(),
        marks: 0,
        happened: [0; Role::ALL.len()],
        refused: 0,
    };
    world.begin();
    for number in 1..=STEPS {
        world.step();
        if number % REFILL == 0 {
            world.fill_roles();
        }
        if number % LOOK == 0 {
            world.look();
        }
    }
    let happened: Vec<_> = Role::ALL.iter().zip(world.happened).collect();
    println!("{happened:?}, refused {}, texts gone {}", world.refused, world.gone.len());
    // Nothing of this says much if it was all refused.
    assert!(world.happened.iter().all(|count| *count > 20) && world.gone.len() > 100);
}
