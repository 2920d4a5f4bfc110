//! What all interfaces need beside their sections to be opened, at the start and later.
//! Not the sections, and nothing is opened here.

use anyhow::Context;

use super::super::access::Codes;
use super::super::clock::Clock;
use super::keeper::Keeper;
use crate::config::interfaces::{InterfaceSection, Origin};
use crate::interface::Template;
use crate::rns::ifac::AccessCode;
use crate::rns::random::Random;

/// Access codes of the command line, time, and randomness.
#[derive(Debug)]
pub(in crate::daemon) struct Opener {
    codes: Codes,
    clock: Clock,
    random: Random,
}

impl Opener {
    pub(in crate::daemon) fn new(codes: Codes, clock: Clock, random: Random) -> Self {
        Self { codes, clock, random }
    }

    /// What keeps the interface of a section.
    pub(super) fn keeper(&mut self, section: InterfaceSection) -> anyhow::Result<Keeper> {
        let template = Template::new(section.name.clone(), section.kind.medium());
        let template = template.with_access(self.code(&section)?);
        let template = template.with_mode(section.mode).with_policy(section.policy);
        Ok(Keeper::new(section, template, self.clock, Random::from_seed(self.random.bytes())))
    }

    /// The access code of an interface: those of the command line share one network, those of the file each have
    /// their own.
    fn code(&self, section: &InterfaceSection) -> anyhow::Result<Option<AccessCode>> {
        let size = section.kind.code_size();
        match section.origin {
            Origin::CommandLine(_) => Ok(self.codes.of_size(size)),
            Origin::File => section
                .access
                .code(size)
                .with_context(|| format!("the interface \"{}\" has no access code", section.name)),
        }
    }
}
