//! Opens interfaces, at the start and later: it has what all of them need beside their sections.
//! Not the sections, and nothing runs here.

use anyhow::Context;

use super::super::access::Codes;
use super::super::clock::Clock;
use super::open::advise;
use crate::config::interfaces::{InterfaceSection, Origin};
use crate::interface::{Interface, Means, Template};
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

    /// What the interfaces of a section are made from.
    pub(super) fn template(&self, section: &InterfaceSection) -> anyhow::Result<Template> {
        let template = Template::new(section.name.clone(), section.kind.medium());
        Ok(template.with_access(self.code(section)?).with_mode(section.mode).with_policy(section.policy))
    }

    /// Time and randomness for one interface.
    pub(super) fn means(&mut self) -> Means {
        let clock = self.clock;
        Means::new(move || clock.now().instant, Random::from_seed(self.random.bytes()))
    }

    /// Opens one; says what to do if that fails.
    pub(super) async fn open(
        &mut self,
        section: &InterfaceSection,
        template: Template,
    ) -> anyhow::Result<Box<dyn Interface>> {
        let means = self.means();
        section.kind.open(template, means).await.map_err(|error| advise(error, section))
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
