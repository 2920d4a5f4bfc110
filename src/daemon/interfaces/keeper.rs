//! Keeps one interface: opens it, again and again where that fails, and runs it.
//! Not the interface; and when to stop, its attachment knows.

use tokio::sync::watch;

use super::super::clock::Clock;
use super::open::advise;
use crate::config::interfaces::InterfaceSection;
use crate::interface::{Attachment, Attempt, Backoff, Condition, Interface, Means, Template};
use crate::rns::random::Random;

/// What it takes to open an interface at any time.
#[derive(Debug)]
pub(super) struct Keeper {
    section: InterfaceSection,
    template: Template,
    clock: Clock,
    random: Random,
}

/// Others that have to end first: what they have open may be the same.
pub(super) type Others = watch::Receiver<()>;

impl Keeper {
    pub(super) fn new(section: InterfaceSection, template: Template, clock: Clock, random: Random) -> Self {
        Self { section, template, clock, random }
    }

    pub(super) const fn section(&self) -> &InterfaceSection {
        &self.section
    }

    pub(super) const fn template(&self) -> &Template {
        &self.template
    }

    /// Opens it, or says what to do.
    pub(super) async fn open(&mut self) -> anyhow::Result<Box<dyn Interface>> {
        let clock = self.clock;
        let means = Means::new(move || clock.now().instant, Random::from_seed(self.random.bytes()));
        let opened = self.section.kind.open(self.template.clone(), means).await;
        opened.map_err(|error| advise(error, &self.section))
    }

    /// Runs what was opened already, or opens it as soon as `others` have ended, until it is released.
    pub(super) async fn run(
        mut self,
        opened: Option<Box<dyn Interface>>,
        mut others: Others,
        attachment: Attachment,
    ) {
        while others.changed().await.is_ok() {}
        let mut backoff = Backoff::new(Random::from_seed(self.random.bytes()));
        let mut opened = opened;
        let interface = loop {
            if let Some(interface) = opened.take() {
                break interface;
            }
            match self.open().await {
                Ok(interface) => break interface,
                Err(error) => attachment.say(Condition::Retrying(format!("{error:#}"))).await,
            }
            if !attachment.waits(backoff.wait_after(Attempt::Failed)).await {
                return;
            }
        };
        interface.run(attachment).await;
    }
}
