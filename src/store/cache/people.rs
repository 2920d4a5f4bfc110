//! Rows of `people`: what members are called, as far as a member was told.
//! Not who is a member now; names of people who have left stay with what they said.

use std::collections::BTreeMap;

use super::columns::identity_at;
use super::{Cache, StoreError};
use crate::rns::hash::{DestinationHash, IdentityHash};

/// Who wrote a message: by identity or by number, whichever the answer told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Author {
    /// Who.
    pub identity: Option<IdentityHash>,
    /// Their number in the group.
    pub number: Option<u32>,
}

/// A member, as the group told of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPerson {
    /// Their number in the group.
    pub number: u32,
    /// Who.
    pub identity: IdentityHash,
    /// What they want to be called.
    pub nick: Option<String>,
}

impl Cache {
    /// Remembers what people are called.
    pub fn learn_people(&mut self, group: DestinationHash, people: &[KnownPerson]) -> Result<(), StoreError> {
        let sql = self.begin()?;
        for person in people {
            sql.execute(
                "INSERT OR REPLACE INTO people (destination, member, identity, nick) VALUES (?1, ?2, ?3, ?4)",
                (group.as_bytes(), person.number, person.identity.as_bytes(), &person.nick),
            )?;
        }
        sql.commit()?;
        Ok(())
    }

    /// Everybody of whom it is known what they are called in this group.
    pub fn people(&self, group: DestinationHash) -> Result<Vec<KnownPerson>, StoreError> {
        let sql = "SELECT member, identity, nick FROM people WHERE destination = ?1 ORDER BY member";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([group.as_bytes()], |row| {
            Ok(KnownPerson { number: row.get(0)?, identity: identity_at(row, 1)?, nick: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What the authors of this group are called: their nicks, with a number where two share one, else the beginning of
    /// a hash or a number.
    pub fn names(&self, group: DestinationHash) -> Result<Names, StoreError> {
        Ok(Names::new(self.people(group)?))
    }
}

/// What people are called.
#[derive(Debug, Clone, Default)]
pub struct Names {
    by_number: BTreeMap<u32, KnownPerson>,
    by_identity: BTreeMap<IdentityHash, u32>,
}

impl Names {
    fn new(people: Vec<KnownPerson>) -> Self {
        let by_identity = people.iter().map(|person| (person.identity, person.number)).collect();
        Self { by_number: people.into_iter().map(|person| (person.number, person)).collect(), by_identity }
    }

    /// Is it known what they are called?
    pub fn knows(&self, author: Author) -> bool {
        self.person(author).is_some()
    }

    /// What they are called.
    pub fn of(&self, author: Author) -> String {
        let Some(person) = self.person(author) else {
            return match (author.identity, author.number) {
                (Some(identity), _) => identity.short(),
                (None, Some(number)) => format!("member {number}"),
                (None, None) => "somebody".to_owned(),
            };
        };
        let Some(nick) = person.nick.as_ref().filter(|nick| !nick.trim().is_empty()) else {
            return person.identity.short();
        };
        let same = |other: &&KnownPerson| other.nick.as_ref() == Some(nick);
        let shared = self.by_number.values().filter(same).count() > 1;
        if shared { format!("{nick} ({})", person.number) } else { nick.clone() }
    }

    fn person(&self, author: Author) -> Option<&KnownPerson> {
        let number = author.number.or_else(|| self.by_identity.get(&author.identity?).copied())?;
        self.by_number.get(&number)
    }
}
