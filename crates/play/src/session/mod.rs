//! A session: a network that is open, its training, and the answers about both.
//!
//! A session reads no clock and starts no thread of its own. It reads data and runs through its [`Shelf`] alone; only the layers that
//! an experiment takes from a run (`network.from`) are read from the run's file. A server, a Web Worker or a test calls
//! [`Session::handle`] with each ask, and [`Session::train_slice`] while a training runs.
//!
//! | file | idea |
//! |---|---|
//! | `mod.rs` | the state, and who answers what |
//! | `shelf.rs` | what can be opened |
//! | `open.rs` | from an ask to a network with its data |
//! | `points.rs` | points of two classes in a square |
//! | `work.rs` | a network of one number type with its data and its training |
//! | `training.rs` | the training, step by step, and its curves |
//! | `change.rs` | changes of a training, and what they keep |
//! | `input.rs` | from an input of a page to the elements of a network |
//! | `trace.rs` | every value for an input |
//! | `element/` | one element, forward and backward |
//! | `judged.rs` | the answers about all samples of a half |
//! | `why.rs` | why the network answers as it does |
//! | `film.rs` | what the network looked like after some epochs |
//! | `histograms.rs` | how numbers are distributed, and what is wrong with them |
//! | `boundary.rs` | the answers on a grid of points |
//! | `duel.rs` | networks side by side |
//! | `describe.rs` | the nodes of a network in words and numbers |
//! | `build.rs` | a network that is being edited |

mod boundary;
mod build;
mod change;
mod describe;
mod duel;
mod element;
mod film;
mod histograms;
mod input;
mod judged;
mod open;
mod points;
mod shelf;
mod trace;
mod training;
mod why;
mod work;

use std::sync::Arc;

use toddle::{Machine, Optimizer};

pub use self::film::Filmed;
pub use self::open::Opening;
pub use self::shelf::{BuiltIn, Shelf, unknown};
pub use self::work::Kept;

use self::duel::Duels;
use self::work::Work;
use crate::protocol::{Answer, Ask, DuelDo, Fault, Hello, News};

/// An answer, or an error.
pub type Response = Result<Answer, Fault>;

/// A network that is open, and its training.
pub struct Session {
    shelf: Arc<dyn Shelf>,
    machine: Machine,
    held: Option<Held>,
    duels: Option<Duels>,
    /// Whether the last slice was one of the open network. A duel and this network take turns.
    has_trained: bool,
    revision: u64,
}

/// The work on a network of either number type.
enum Held {
    F32(Box<Work<f32>>),
    F64(Box<Work<f64>>),
}

/// Runs an expression with the work of either number type.
macro_rules! with {
    ($held:expr, $work:ident => $do:expr) => {
        match $held {
            Held::F32($work) => $do,
            Held::F64($work) => $do,
        }
    };
}

impl Session {
    /// A session in which nothing is open. It computes on `machine`.
    pub fn new(shelf: Arc<dyn Shelf>, machine: Machine) -> Session {
        Session { shelf, machine, held: None, duels: None, has_trained: false, revision: 0 }
    }

    /// Answers an ask.
    ///
    /// # Errors
    /// The ask cannot be answered: the error says why, and what to try.
    pub fn handle(&mut self, ask: Ask) -> Response {
        match ask {
            Ask::Hello {} => Ok(self.hello()),
            Ask::Open(open) => {
                let opening = open::opening(&*self.shelf, self.experiment(), open)?;
                self.open(opening)?;
                Ok(self.hello())
            }
            Ask::News {} => Ok(Answer::News(self.news())),
            Ask::Train { r#do } => {
                with!(self.held()?, work => work.command(r#do))?;
                Ok(Answer::News(self.news()))
            }
            Ask::Change(change) => {
                let (kept, lost) = with!(self.held()?, work => work.change(change))?;
                self.revision += 1;
                Ok(Answer::Changed { revision: self.revision, kept, lost })
            }
            Ask::Duel(duel) => {
                let starts = duel.r#do == DuelDo::Start;
                let answer = duel::answer(&mut self.duels, &*self.shelf, self.machine, duel)?;
                if let Some(held) = self.held.as_mut().filter(|_| starts) {
                    with!(held, work => work.pause());
                }
                Ok(answer)
            }
            Ask::Film { run } => {
                let filmed = self.filmed(run.as_deref())?;
                let picture = |sample| match (&self.held, &run) {
                    (Some(held), None) => with!(held, work => work.film_picture(sample)),
                    _ => None,
                };
                Ok(film::film(&filmed, picture))
            }
            Ask::Frame { run, frame } => film::frame(&self.filmed(run.as_deref())?, frame),
            Ask::Build(build) => build::answer(self.experiment(), &*self.shelf, self.input_shape(), build),
            Ask::Layers {} => Ok(Answer::Layers { kinds: describe::kinds() }),
            ask => with!(self.held()?, work => work.answer(ask)),
        }
    }

    /// Opens a network. The session then has nothing of the network before it.
    ///
    /// # Errors
    /// The network cannot be built, or does not fit its data.
    pub fn open(&mut self, opening: Opening) -> Result<(), Fault> {
        self.held = Some(match opening.precision() {
            toddle_run::precision::Precision::F32 => Held::F32(Box::new(Work::new(opening, self.machine)?)),
            toddle_run::precision::Precision::F64 => Held::F64(Box::new(Work::new(opening, self.machine)?)),
        });
        self.revision += 1;
        Ok(())
    }

    /// Whether a training or a duel is running: then [`train_slice`](Self::train_slice) has something to do.
    pub fn is_running(&self) -> bool {
        self.network_is_running() || self.duel_is_running()
    }

    fn network_is_running(&self) -> bool {
        self.held.as_ref().is_some_and(|held| with!(held, work => work.is_running()))
    }

    fn duel_is_running(&self) -> bool {
        self.duels.as_ref().is_some_and(Duels::is_running)
    }

    /// Trains one network for at most so many steps. Returns whether something is left to do.
    pub fn train_slice(&mut self, steps: usize) -> bool {
        self.has_trained = self.network_is_running() && !(self.has_trained && self.duel_is_running());
        match (&mut self.held, &mut self.duels) {
            (Some(held), _) if self.has_trained => with!(held, work => work.train(steps)),
            (_, Some(duels)) => duels.train(steps),
            _ => {}
        }
        self.is_running()
    }

    /// Says how long the last slice has taken. The metrics of a run that is kept have it; a session has no clock.
    pub fn took(&mut self, seconds: f64) {
        if let Some(held) = self.held.as_mut().filter(|_| self.has_trained) {
            with!(held, work => work.took(seconds));
        }
    }

    /// How far the training is.
    pub fn news(&self) -> News {
        let news = self.held.as_ref().map(|held| with!(held, work => work.news()));
        News { revision: self.revision, ..news.unwrap_or_default() }
    }

    /// What a run's folder holds of the training. None if no step was taken in this session, or if the samples are points.
    pub fn kept(&self) -> Option<Kept> {
        with!(self.held.as_ref()?, work => work.kept())
    }

    /// The film of a run, or of the training of this session.
    fn filmed(&mut self, run: Option<&str>) -> Result<Filmed, Fault> {
        match run {
            Some(run) => self.shelf.film(run),
            None => Ok(with!(self.held()?, work => work.filmed())),
        }
    }

    fn held(&mut self) -> Result<&mut Held, Fault> {
        self.held.as_mut().ok_or_else(|| {
            Fault::new(
                "nothing is open",
                "an open network",
                "none",
                "{ \"ask\": \"open\", \"experiment\": \"lenet5\" }",
            )
        })
    }

    fn experiment(&self) -> Option<&toddle_run::experiment::Experiment> {
        self.held.as_ref().map(|held| with!(held, work => &work.experiment))
    }

    fn input_shape(&self) -> Option<[usize; 3]> {
        self.held.as_ref().map(|held| with!(held, work => work.sample_shape()))
    }

    fn hello(&self) -> Answer {
        Answer::Hello(Hello {
            version: env!("CARGO_PKG_VERSION").into(),
            revision: self.revision,
            experiments: self.shelf.experiments(),
            runs: self.shelf.runs(),
            optimizers: Optimizer::KINDS.iter().map(|&kind| kind.to_owned()).collect(),
            open: self.held.as_ref().map(|held| with!(held, work => work.opened())),
        })
    }
}
