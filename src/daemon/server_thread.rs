//! The plain thread that owns the server: inputs in, one transaction for all that wait, effects out.
//! Not tokio: here a disk may take its time.

use std::io;
use std::sync::mpsc::RecvTimeoutError;
use std::thread::{Builder, JoinHandle};

use super::clock::Clock;
use super::effect_queue::{EffectSender, NodeGone};
use super::input_queue::InputSource;
use crate::rns::time::{Instant, Now};
use crate::server::{Effect, Input, Server};

/// Most inputs of one transaction: a burst shares one fsync, and the first of it still gets its answer soon.
const BATCH: usize = 256;

/// The verbs of the server; the tests of this file have another one.
trait Verbs {
    fn handle_inputs(&mut self, now: Now, inputs: Vec<Input>) -> Vec<Input>;
    fn handle_timeout(&mut self, now: Now);
    fn poll_effect(&mut self) -> Option<Effect>;
    fn poll_timeout(&self) -> Option<Instant>;
}

impl Verbs for Server {
    fn handle_inputs(&mut self, now: Now, inputs: Vec<Input>) -> Vec<Input> {
        Self::handle_inputs(self, now, inputs)
    }
    fn handle_timeout(&mut self, now: Now) {
        Self::handle_timeout(self, now);
    }
    fn poll_effect(&mut self) -> Option<Effect> {
        Self::poll_effect(self)
    }
    fn poll_timeout(&self) -> Option<Instant> {
        Self::poll_timeout(self)
    }
}

/// Starts the thread. It ends, all waiting inputs handled, when the other end of `inputs` is dropped.
pub(super) fn spawn(
    server: Server,
    inputs: InputSource,
    effects: EffectSender,
    clock: Clock,
) -> io::Result<JoinHandle<()>> {
    Builder::new().name("server".to_owned()).spawn(move || serve(server, &inputs, &effects, clock))
}

fn serve<S: Verbs>(mut server: S, inputs: &InputSource, effects: &EffectSender, clock: Clock) {
    loop {
        let patience = server.poll_timeout().map(|deadline| deadline.since(clock.now().instant));
        match inputs.next(patience) {
            Ok(first) => {
                let waiting = std::iter::from_fn(|| inputs.try_next());
                let mut batch: Vec<_> = std::iter::once(first).chain(waiting.take(BATCH - 1)).collect();
                while !batch.is_empty() {
                    batch = server.handle_inputs(clock.now(), batch);
                    if hand_out(&mut server, effects).is_err() {
                        return;
                    }
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                // What has ended but is not written yet would be sent again after the next start.
                server.handle_timeout(clock.now());
                return;
            }
        }
        let now = clock.now();
        if server.poll_timeout().is_some_and(|deadline| deadline <= now.instant) {
            server.handle_timeout(now);
        }
        if hand_out(&mut server, effects).is_err() {
            return;
        }
    }
}

fn hand_out<S: Verbs>(server: &mut S, effects: &EffectSender) -> Result<(), NodeGone> {
    // The node's task never waits for this thread, so waiting for it here ends.
    while let Some(effect) = server.poll_effect() {
        effects.send(effect)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::effect_queue::effect_queue;
    use super::super::input_queue::{input_queue, tests::request};
    use super::*;
    use crate::rns::event::ProofToken;
    use crate::rns::hash::{LinkId, PacketHash};
    use std::sync::mpsc::{Receiver, Sender as StdSender, channel};
    use std::time::Duration;

    /// Answers every input with an effect, and tells how large the batches were; that its time has come is one of none.
    struct Echo {
        batches: StdSender<usize>,
        effects: Vec<Effect>,
        deadline: Option<Instant>,
    }

    impl Echo {
        fn new() -> (Self, Receiver<usize>) {
            let (batches, seen) = channel();
            (Self { batches, effects: Vec::new(), deadline: None }, seen)
        }
    }

    impl Verbs for Echo {
        fn handle_inputs(&mut self, _now: Now, inputs: Vec<Input>) -> Vec<Input> {
            self.batches.send(inputs.len()).unwrap();
            self.effects.extend(inputs.iter().map(|_| effect()));
            Vec::new()
        }
        fn handle_timeout(&mut self, _now: Now) {
            self.batches.send(0).unwrap();
            self.deadline = None;
            self.effects.push(effect());
        }
        fn poll_effect(&mut self) -> Option<Effect> {
            self.effects.pop()
        }
        fn poll_timeout(&self) -> Option<Instant> {
            self.deadline
        }
    }

    fn effect() -> Effect {
        let (link, packet) = (LinkId::from_bytes([1; 16]), PacketHash::from_bytes([2; 32]));
        Effect::Accept(ProofToken::LinkPacket { link, packet }.into())
    }

    #[test]
    fn what_waits_is_handled_in_batches_and_nothing_is_lost_at_the_end() {
        let (queue, source) = input_queue();
        for _ in 0..600 {
            queue.offer(None, request(0, 1)).unwrap();
        }
        drop(queue);
        let (echo, batches) = Echo::new();
        let (sender, mut receiver) = effect_queue(1024);
        serve(echo, &source, &sender, Clock::start());
        assert_eq!(batches.try_iter().collect::<Vec<_>>(), [256, 256, 88, 0], "and a last look");
        assert_eq!(std::iter::from_fn(|| receiver.try_recv().ok()).count(), 600);
    }

    #[test]
    fn a_deadline_is_served_without_any_input() {
        let (queue, source) = input_queue();
        let (mut echo, _batches) = Echo::new();
        let clock = Clock::start();
        echo.deadline = Some(clock.now().instant.after(Duration::from_millis(5)));
        let (sender, mut receiver) = effect_queue(4);
        let thread = std::thread::spawn(move || serve(echo, &source, &sender, clock));
        assert!(receiver.blocking_recv().is_some());
        drop(queue);
        thread.join().unwrap();
    }

    #[test]
    fn a_full_effect_queue_does_not_stop_the_node_from_offering() {
        let (queue, source) = input_queue();
        let (echo, batches) = Echo::new();
        let (sender, mut receiver) = effect_queue(1);
        let thread = std::thread::spawn(move || serve(echo, &source, &sender, Clock::start()));
        let mut refused = 0;
        for _ in 0..3000 {
            refused += u32::from(queue.offer(None, request(0, 1)).is_err());
        }
        assert!(refused > 0, "the thread waits for the effects to be taken, so the inputs pile up");
        drop(queue);
        let effects = std::iter::from_fn(|| receiver.blocking_recv()).count();
        thread.join().unwrap();
        assert_eq!(effects, batches.try_iter().sum::<usize>());
        assert_eq!(effects, 3000 - refused as usize);
    }

    #[test]
    fn the_thread_ends_when_nobody_takes_its_effects() {
        let (queue, source) = input_queue();
        let (echo, _batches) = Echo::new();
        let (sender, receiver) = effect_queue(1);
        drop(receiver);
        queue.offer(None, request(0, 1)).unwrap();
        serve(echo, &source, &sender, Clock::start());
        assert_eq!(queue.offer(None, request(0, 1)), Ok(()), "only the thread is gone, not its queue");
    }
}
