//! A session in its thread: it answers asks one after the other, and trains between them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::error::{TryRecvError, TrySendError};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{oneshot, watch};

use crate::protocol::News;
use crate::{Ask, Fault, Kept, Response, Session};

/// A session in its thread.
pub struct Room {
    letters: Sender<Letter>,
    news: watch::Receiver<News>,
    /// Milliseconds from the start of the room to the last ask.
    used: AtomicU64,
    begun: Instant,
    runs: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What comes to the thread.
enum Letter {
    Ask(Box<Ask>, oneshot::Sender<Response>),
    End,
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

impl Room {
    /// Starts the thread of `session`. `keep` is called with its training at the end.
    pub fn start(session: Session, keep: Arc<dyn Fn(Kept) + Send + Sync>) -> std::io::Result<Room> {
        let (letters, inbox) = mpsc::channel(WAITING);
        let (tell, news) = watch::channel(session.news());
        let runs = Arc::new(AtomicBool::new(false));
        let desk = Desk { session, inbox, tell, runs: runs.clone(), steps: 1, told: Instant::now() };
        let work = move || {
            if let Some(kept) = desk.work() {
                keep(kept);
            }
        };
        let thread = thread::Builder::new().name("session".into()).spawn(work)?;
        let (used, begun, thread) = (AtomicU64::new(0), Instant::now(), Mutex::new(Some(thread)));
        Ok(Room { letters, news, used, begun, runs, thread })
    }

    /// Asks the session.
    pub async fn ask(&self, ask: Ask) -> Result<Response, NoAnswer> {
        self.touch();
        let (reply, answer) = oneshot::channel();
        match tokio::time::timeout(TURN, self.letters.send(Letter::Ask(Box::new(ask), reply))).await {
            Ok(Ok(())) => answer.await.map_err(|_| NoAnswer::Ended),
            Ok(Err(_)) => Err(NoAnswer::Ended),
            Err(_) => Err(NoAnswer::Full),
        }
    }

    /// The news, the newest of which can be waited for.
    pub fn news(&self) -> watch::Receiver<News> {
        self.touch();
        self.news.clone()
    }

    fn touch(&self) {
        self.used.store(self.begun.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// Whether nothing was asked for so long, and nothing trains.
    pub fn is_idle(&self, long: Duration) -> bool {
        let used = Duration::from_millis(self.used.load(Ordering::Relaxed));
        !self.runs.load(Ordering::Relaxed) && self.begun.elapsed().saturating_sub(used) >= long
    }

    /// Asks the thread to end. It keeps its training.
    pub fn end(&self) {
        // A full box is emptied between two steps.
        for _ in 0..100 {
            match self.letters.try_send(Letter::End) {
                Err(TrySendError::Full(_)) => thread::sleep(Duration::from_millis(5)),
                _ => return,
            }
        }
    }

    /// Waits until the thread has ended, but not longer than to `deadline`.
    pub fn wait(&self, deadline: Instant) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        while !thread.is_finished() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The thread's side of a room.
struct Desk {
    session: Session,
    inbox: Receiver<Letter>,
    tell: watch::Sender<News>,
    runs: Arc<AtomicBool>,
    /// The steps of the next slice.
    steps: usize,
    /// When the last news were told.
    told: Instant,
}

impl Desk {
    /// Works until the room ends. Returns what the session has trained.
    fn work(mut self) -> Option<Kept> {
        loop {
            let is_running = self.session.is_running();
            self.runs.store(is_running, Ordering::Relaxed);
            let letter = match is_running {
                true => self.inbox.try_recv(),
                false => self.inbox.blocking_recv().ok_or(TryRecvError::Disconnected),
            };
            match letter {
                // Nobody waits any more if the page has gone.
                Ok(Letter::Ask(_, reply)) if reply.is_closed() => {}
                Ok(Letter::Ask(ask, reply)) => {
                    let answer = self.answer(*ask);
                    let _ = reply.send(answer);
                    self.tell();
                }
                Ok(Letter::End) | Err(TryRecvError::Disconnected) => return self.session.kept(),
                Err(TryRecvError::Empty) => self.train(),
            }
        }
    }

    /// An answer. A mistake of the program is an error of this ask alone.
    fn answer(&mut self, ask: Ask) -> Response {
        let answer = catch_unwind(AssertUnwindSafe(|| self.session.handle(ask)));
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

    /// Trains for a slice, with as many steps as fit in its time.
    fn train(&mut self) {
        let begun = Instant::now();
        let goes_on = self.session.train_slice(self.steps);
        let took = begun.elapsed();
        self.session.took(took.as_secs_f64());
        self.steps = match () {
            () if took < SLICE / 2 => (self.steps * 2).min(1 << 16),
            () if took > SLICE * 2 => (self.steps / 2).max(1),
            () => self.steps,
        };
        if !goes_on || self.told.elapsed() >= NEWS {
            self.tell();
        }
    }

    fn tell(&mut self) {
        self.told = Instant::now();
        self.tell.send_replace(self.session.news());
    }
}
