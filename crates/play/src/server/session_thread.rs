//! A session in its thread: it answers asks one after the other, and trains between them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{oneshot, watch};

use super::Keep;
use crate::protocol::News;
use crate::{Ask, Fault, Response, Session};

/// A session in its thread.
pub struct SessionThread {
    messages: Sender<Message>,
    news: watch::Receiver<News>,
    /// Milliseconds from the start of the thread to the last ask.
    used: AtomicU64,
    begun: Instant,
    state: Arc<State>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread and its owner both see.
#[derive(Default)]
struct State {
    /// Whether the session trains.
    is_running: AtomicBool,
    /// Whether the thread shall end.
    ends: AtomicBool,
}

/// What is sent to the thread.
enum Message {
    Ask(Box<Ask>, oneshot::Sender<Response>),
    /// Nothing: a thread that waits looks whether it shall end.
    Wake,
}

/// Asks that are before the thread at a time. Others wait for their turn.
const WAITING: usize = 32;

/// How long an ask waits for its turn.
const TURN: Duration = Duration::from_secs(10);

/// The time of a slice of a training, after which asks are answered.
const SLICE: Duration = Duration::from_millis(15);

/// The time between two news.
const NEWS: Duration = Duration::from_millis(50);

/// Why an ask has no answer.
pub enum NoAnswer {
    /// Too many asks are before it.
    Full,
    /// The session has ended.
    Ended,
}

impl SessionThread {
    /// Starts the thread of `session`. `keep` is called with what was trained.
    pub fn start(session: Session, keep: Keep) -> std::io::Result<SessionThread> {
        let (messages, inbox) = mpsc::channel(WAITING);
        let (publisher, news) = watch::channel(session.news());
        let state = Arc::new(State::default());
        let worker =
            Worker { session, inbox, publisher, keep, state: state.clone(), published: Instant::now() };
        let thread = thread::Builder::new().name("session".into()).spawn(move || worker.work())?;
        let (used, begun, thread) = (AtomicU64::new(0), Instant::now(), Mutex::new(Some(thread)));
        Ok(SessionThread { messages, news, used, begun, state, thread })
    }

    /// Asks the session.
    pub async fn ask(&self, ask: Ask) -> Result<Response, NoAnswer> {
        self.mark_used();
        let (reply, answer) = oneshot::channel();
        match tokio::time::timeout(TURN, self.messages.send(Message::Ask(Box::new(ask), reply))).await {
            Ok(Ok(())) => answer.await.map_err(|_| NoAnswer::Ended),
            Ok(Err(_)) => Err(NoAnswer::Ended),
            Err(_) => Err(NoAnswer::Full),
        }
    }

    /// The news, the newest of which can be waited for.
    pub fn news(&self) -> watch::Receiver<News> {
        self.mark_used();
        self.news.clone()
    }

    fn mark_used(&self) {
        self.used.store(self.begun.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// Whether nothing was asked for so long, and nothing trains.
    pub fn is_idle(&self, long: Duration) -> bool {
        let used = Duration::from_millis(self.used.load(Ordering::Relaxed));
        !self.state.is_running.load(Ordering::Relaxed) && self.begun.elapsed().saturating_sub(used) >= long
    }

    /// Asks the thread to end after its present step or answer, and to keep its training. Asks that wait get no answer.
    pub fn end(&self) {
        self.state.ends.store(true, Ordering::Relaxed);
        // A thread that waits has an empty inbox. A thread whose inbox is full looks by itself.
        let _ = self.messages.try_send(Message::Wake);
    }

    /// Waits until the thread has ended, but not longer than to `deadline`. Returns whether it has ended.
    pub fn wait(&self, deadline: Instant) -> bool {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return true };
        while !thread.is_finished() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        thread.is_finished()
    }
}

/// The session on its thread.
struct Worker {
    session: Session,
    inbox: Receiver<Message>,
    publisher: watch::Sender<News>,
    keep: Keep,
    state: Arc<State>,
    /// When the last news were published.
    published: Instant,
}

impl Worker {
    /// Works until the session shall end, or nobody can ask it any more.
    fn work(mut self) {
        while !self.ends() {
            let is_running = self.session.is_running();
            self.state.is_running.store(is_running, Ordering::Relaxed);
            let message = match is_running {
                true => self.inbox.try_recv(),
                false => self.inbox.blocking_recv().ok_or(TryRecvError::Disconnected),
            };
            match message {
                // Nobody waits any more if the page has gone.
                Ok(Message::Ask(_, reply)) if reply.is_closed() => {}
                Ok(Message::Ask(ask, reply)) => {
                    let answer = self.answer(*ask);
                    let _ = reply.send(answer);
                    self.publish();
                }
                Ok(Message::Wake) => {}
                Err(TryRecvError::Disconnected) => break,
                Err(TryRecvError::Empty) => self.train(),
            }
        }
        if let Some(kept) = self.session.kept() {
            (self.keep)(kept);
        }
    }

    fn ends(&self) -> bool {
        self.state.ends.load(Ordering::Relaxed)
    }

    /// An answer. A mistake of the program is an error of this ask alone.
    fn answer(&mut self, ask: Ask) -> Response {
        // Another network takes the place of the one that is open.
        let left = matches!(ask, Ask::Open(_)).then(|| self.session.kept()).flatten();
        let answer = catch_unwind(AssertUnwindSafe(|| self.session.handle(ask)));
        if let (Ok(Ok(_)), Some(left)) = (&answer, left) {
            (self.keep)(left);
        }
        answer.unwrap_or_else(|_| {
            let (what, expected) = ("a mistake in toddle has stopped this answer", "an answer");
            Err(Fault::new(
                what,
                expected,
                "a panic, which the terminal shows",
                "another ask; and a report, please",
            ))
        })
    }

    /// Trains for a slice: one step, and then twice as many as before while less than half of the time is over.
    fn train(&mut self) {
        let (begun, mut steps, mut goes_on) = (Instant::now(), 1, true);
        while goes_on && begun.elapsed() < SLICE / 2 && !self.ends() {
            let start = Instant::now();
            goes_on = self.session.train_slice(steps);
            self.session.took(start.elapsed().as_secs_f64());
            steps *= 2;
        }
        if !goes_on || self.published.elapsed() >= NEWS {
            self.publish();
        }
    }

    fn publish(&mut self) {
        self.published = Instant::now();
        self.publisher.send_replace(self.session.news());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BuiltIn;
    use crate::protocol::{Do, Open};
    use toddle::Machine;

    /// A thread whose session has an experiment open; and the trainings that it keeps.
    fn thread(open: Open) -> (SessionThread, std::sync::mpsc::Receiver<crate::Kept>) {
        let mut session = Session::new(Arc::new(BuiltIn), Machine::detect().unwrap().threads(1));
        session.handle(Ask::Open(open)).unwrap();
        let (sender, kept) = std::sync::mpsc::channel();
        let keep: Keep = Arc::new(move |kept| sender.send(kept).unwrap());
        (SessionThread::start(session, keep).unwrap(), kept)
    }

    fn ask(thread: &SessionThread, ask: Ask) -> Response {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let answer = async { tokio::time::timeout(Duration::from_secs(60), thread.ask(ask)).await };
        runtime.block_on(answer).expect("an answer in time").unwrap_or_else(|_| panic!("an answer"))
    }

    fn experiment(name: &str) -> Open {
        Open { experiment: Some(name.into()), ..Open::default() }
    }

    #[test]
    fn a_slow_network_after_a_fast_one_leaves_time_for_asks() {
        let (thread, _kept) =
            thread(Open { points: Some(Default::default()), epochs: Some(1 << 40), ..Open::default() });
        ask(&thread, Ask::Train { r#do: Do::Start }).unwrap();
        // Long enough for slices of the most steps.
        thread::sleep(Duration::from_millis(1500));
        ask(&thread, Ask::Open(experiment("resnet-small"))).unwrap();
        ask(&thread, Ask::Train { r#do: Do::Start }).unwrap();
        thread::sleep(Duration::from_millis(100));
        let begun = Instant::now();
        ask(&thread, Ask::News {}).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        thread.end();
        assert!(thread.wait(Instant::now() + Duration::from_secs(5)));
    }

    #[test]
    fn what_was_trained_is_kept_when_another_network_is_opened() {
        let (thread, kept) = thread(experiment("xor"));
        ask(&thread, Ask::Train { r#do: Do::Step }).unwrap();
        assert!(ask(&thread, Ask::Open(experiment("nothing"))).is_err());
        ask(&thread, Ask::Open(experiment("xor"))).unwrap();
        ask(&thread, Ask::Open(experiment("xor"))).unwrap();
        thread.end();
        assert!(thread.wait(Instant::now() + Duration::from_secs(5)));
        assert_eq!(kept.try_iter().map(|kept| kept.step).collect::<Vec<_>>(), [1], "once, as it was left");
    }
}
