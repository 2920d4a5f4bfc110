//! A running node: a thread of its own with the node on it, and the orders that commands send there.
//! Not what the node has told; that is the world around it.

use std::pin::pin;
use std::sync::mpsc as answers;
use std::time::Duration;

use roost::daemon::clock::Clock;
use roost::daemon::interfaces::Registry;
use roost::daemon::rpc::Control;
use roost::interface::{BusEnd, InterfaceEvent};
use roost::rns::Node;
use roost::rns::time::{Instant, Now};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::failure::Failure;

/// Most interface events that are taken before their outcome is sent.
const BATCH: usize = 256;
/// How long the connections may take to write what waits at the end.
const FLUSH: Duration = Duration::from_secs(1);
/// For orders that take no time by themselves: the thread may be busy with a large Resource.
const PATIENCE: Duration = Duration::from_secs(30);

/// A node and what has happened to it.
pub(crate) trait World: Send + 'static {
    /// Does what is due, and carries out what follows from it.
    fn settle(&mut self, now: Now);
    /// When something is due.
    fn poll_timeout(&self) -> Option<Instant>;
    /// An interface has something to say.
    fn handle_interface_event(&mut self, now: Now, event: InterfaceEvent);
    /// Closes what is open.
    fn close(&mut self, now: Now);
    /// What other programs ask about, if this is a shared instance.
    fn shared(&mut self) -> (&mut Node, &Registry);
}

/// What is called once.
type Call<W> = dyn FnOnce(&mut W, Now) + Send;
/// What is asked until it says yes.
type Question<W> = dyn FnMut(&mut W, Now) -> bool + Send;

/// What a command wants done on the node's thread.
enum Order<W> {
    /// A call.
    Call(Box<Call<W>>),
    /// A question that is asked again after everything that happens, until it has an answer or the time is over.
    Watch(Watch<W>),
    /// The end.
    Stop(answers::Sender<()>),
}

struct Watch<W> {
    answered: Box<Question<W>>,
    deadline: Instant,
}

/// The near end of a running node.
pub(crate) struct Running<W> {
    orders: mpsc::UnboundedSender<Order<W>>,
    clock: Clock,
}

impl<W: World> Running<W> {
    /// Starts the thread; `prepare` starts the interfaces there.
    pub(crate) fn start<T: Send + 'static>(
        runtime: Runtime,
        world: W,
        clock: Clock,
        bus: BusEnd,
        control: Control,
        prepare: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<(Self, T), Failure> {
        let (orders, receiver) = mpsc::unbounded_channel();
        let (ready, prepared) = answers::channel();
        std::thread::Builder::new().name("node".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let outcome = prepare.await;
                let failed = outcome.is_err();
                if ready.send(outcome).is_ok() && !failed {
                    Driver { world, clock, control, watch: None }.run(bus, receiver).await;
                }
            });
        })?;
        let outcome = prepared.recv_timeout(PATIENCE).map_err(|_| gone())??;
        Ok((Self { orders, clock }, outcome))
    }

    /// Calls on the node's thread, and gives back what the call returned.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut W, Now) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (sender, answer) = answers::channel();
        self.order(Order::Call(Box::new(move |world, now| {
            let _ = sender.send(call(world, now));
        })))?;
        answer.recv_timeout(PATIENCE).map_err(|_| gone())
    }

    /// As [`Self::call`], for calls that may fail.
    pub(crate) fn attempt<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut W, Now) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        self.call(call)?
    }

    /// Asks until there is an answer; `None` when `patience` is over. The network runs on meanwhile.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        patience: Duration,
        mut ask: impl FnMut(&mut W, Now) -> Option<T> + Send + 'static,
    ) -> Result<Option<T>, Failure> {
        let (sender, answer) = answers::channel();
        let answered = Box::new(move |world: &mut W, now: Now| {
            ask(world, now).is_some_and(|found| {
                let _ = sender.send(found);
                true
            })
        });
        let deadline = self.clock.now().instant.after(patience);
        self.order(Order::Watch(Watch { answered, deadline }))?;
        match answer.recv_timeout(patience.saturating_add(PATIENCE)) {
            Ok(found) => Ok(Some(found)),
            // The driver drops a watch whose time is over.
            Err(answers::RecvTimeoutError::Disconnected) => Ok(None),
            Err(answers::RecvTimeoutError::Timeout) => Err(gone()),
        }
    }

    /// Closes links and interfaces, and ends the thread.
    pub(crate) fn stop(self) {
        let (sender, stopped) = answers::channel();
        if self.order(Order::Stop(sender)).is_ok() {
            let _ = stopped.recv_timeout(FLUSH.saturating_mul(2));
        }
    }

    fn order(&self, order: Order<W>) -> Result<(), Failure> {
        self.orders.send(order).map_err(|_| gone())
    }
}

fn gone() -> Failure {
    Failure::new("the node's thread does not answer")
}

/// The far end: the loop that owns the world.
struct Driver<W> {
    world: W,
    clock: Clock,
    /// Questions of other programs, if this is a shared instance.
    control: Control,
    watch: Option<Watch<W>>,
}

impl<W: World> Driver<W> {
    async fn run(mut self, mut bus: BusEnd, mut orders: mpsc::UnboundedReceiver<Order<W>>) {
        let mut events = Vec::new();
        let mut interfaces = true;
        let stopped = loop {
            self.settle();
            let mut timer = pin!(sleep(self.idle()));
            tokio::select! {
                taken = bus.next_batch(&mut events, BATCH), if interfaces => interfaces = taken > 0,
                order = orders.recv() => match order {
                    Some(Order::Call(call)) => call(&mut self.world, self.clock.now()),
                    Some(Order::Watch(watch)) => self.watch = Some(watch),
                    Some(Order::Stop(stopped)) => break Some(stopped),
                    None => break None,
                },
                asked = self.control.next() => {
                    let (node, interfaces) = self.world.shared();
                    self.control.answer(self.clock.now(), node, interfaces, asked);
                }
                () = &mut timer => {}
            }
            events.drain(..).for_each(|event| self.handle(event));
        };
        self.world.close(self.clock.now());
        let _ = timeout(FLUSH, bus.finish()).await;
        if let Some(stopped) = stopped {
            let _ = stopped.send(());
        }
    }

    fn handle(&mut self, event: InterfaceEvent) {
        self.world.handle_interface_event(self.clock.now(), event);
    }

    /// Does what is due, carries out what follows from it, and asks the question that waits.
    fn settle(&mut self) {
        let now = self.clock.now();
        self.world.settle(now);
        if let Some(watch) = &mut self.watch
            && ((watch.answered)(&mut self.world, now) || watch.deadline <= now.instant)
        {
            self.watch = None;
            self.world.settle(now);
        }
    }

    /// How long nothing is due.
    fn idle(&self) -> Duration {
        let deadlines = [self.world.poll_timeout(), self.watch.as_ref().map(|watch| watch.deadline)];
        let next = deadlines.into_iter().flatten().min();
        next.map_or(PATIENCE, |next| next.since(self.clock.now().instant).max(Duration::from_micros(100)))
    }
}
