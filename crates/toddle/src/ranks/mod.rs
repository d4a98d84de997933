//! Several processes that train one network: the ranks of a training.
//!
//! Each rank computes some blocks of each batch, and the ranks send one another what they need of the others. Every rank has the whole
//! network and the whole state of the training, with the same bits as a training in one process.
//!
//! This crate does no network I/O: a [`Collective`] sends. [`Local`] is one between threads of a process. The crate `toddle-mpi` has one
//! for MPI.

#[cfg(feature = "std")]
mod local;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt::Debug;
use core::time::Duration;

use thiserror::Error;
use toddle_lanes::{Lock, Stopwatch};

#[cfg(feature = "std")]
pub use local::Local;

use crate::Float;
use crate::error::FitError;

/// The connection of one rank with all others. All ranks make the same calls in the same order, and a call returns when the rank has what
/// the others give it.
///
/// An error is final: after it, the ranks cannot go on together.
pub trait Collective: Exchange<f32> + Exchange<f64> + Debug + Send + Sync {
    /// The number of this rank, counted from 0.
    fn rank(&self) -> usize;

    /// The number of ranks: 1 or more.
    fn size(&self) -> usize;

    /// Makes `bytes` those of rank 0. They are as long on every rank.
    fn broadcast(&self, bytes: &mut [u8]) -> Result<(), RankError>;

    /// Waits until all ranks have come here.
    fn barrier(&self) -> Result<(), RankError>;
}

/// The sending of numbers of one type, in a [`Collective`].
pub trait Exchange<T> {
    /// Sets `all` to the numbers of all ranks, one rank after the other. This rank gives `own`, and rank `r` gives `lengths[r]` numbers.
    fn all_gather(&self, own: &[T], lengths: &[usize], all: &mut [T]) -> Result<(), RankError>;

    /// Gives rank `r` the next `gives[r]` numbers of `given`. Sets `taken` to what this rank gets: `takes[r]` numbers of rank `r`, one rank
    /// after the other.
    fn all_to_all(
        &self,
        given: &[T],
        gives: &[usize],
        taken: &mut [T],
        takes: &[usize],
    ) -> Result<(), RankError>;
}

/// Why the ranks cannot go on together.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct RankError(pub String);

/// The ranks of a training, for [`Fit::ranks`](crate::Fit::ranks): a [`Collective`], the time that it has taken, and its first error.
///
/// All ranks make a network and a training with the same settings, and run it with the same samples. Then all ranks have the same
/// weights, the same losses and the same state after each step. They are those of a training in one process.
///
/// ```
/// use toddle::{Adam, Dense, Fit, Local, Loss, NetworkSpec, Ranks, Shape};
///
/// let x: Vec<f32> = (0..64).map(|n| n as f32 / 64.0).collect();
/// let y: Vec<f32> = x.iter().map(|x| 3.0 * x + 1.0).collect();
/// let weights = |ranks: Option<Ranks>| {
///     let mut network = NetworkSpec::new(Shape::vector(1)).add(Dense::new(1)).build::<f32>(0).unwrap();
///     let fit = Fit::new(Loss::MeanSquaredError, Adam::new(0.1)).epochs(3).batch(64);
///     network.fit(&x, &y, &Fit { ranks, ..fit }).unwrap();
///     network.weights().to_vec()
/// };
/// let one = weights(None);
/// std::thread::scope(|scope| {
///     for rank in Local::ranks(3) {
///         scope.spawn(|| assert_eq!(weights(Some(Ranks::new(rank))), one));
///     }
/// });
/// ```
#[derive(Clone, Debug)]
pub struct Ranks(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    collective: Box<dyn Collective>,
    /// The time in its calls.
    time: Lock<Duration>,
    failed: Lock<Option<RankError>>,
}

/// Whether both are the same connection.
impl PartialEq for Ranks {
    fn eq(&self, other: &Ranks) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Ranks {
    /// The ranks that `collective` connects.
    pub fn new(collective: impl Collective + 'static) -> Ranks {
        Ranks(Arc::new(Inner {
            collective: Box::new(collective),
            time: Lock::new(Duration::ZERO),
            failed: Lock::new(None),
        }))
    }

    /// The number of this rank, counted from 0.
    pub fn rank(&self) -> usize {
        self.0.collective.rank()
    }

    /// The number of ranks.
    pub fn size(&self) -> usize {
        self.0.collective.size()
    }

    /// The time that this rank has spent in calls of the collective: sending, receiving, and waiting for other ranks.
    pub fn time(&self) -> Duration {
        self.0.time.with(|time| *time)
    }

    /// Checks that all ranks have the same `bytes`. There are as many on each.
    ///
    /// # Errors
    /// A rank has others than rank 0, or the ranks cannot go on together. All ranks get the same error.
    pub fn check_same(&self, what: &'static str, bytes: &[u8]) -> Result<(), FitError> {
        let mut first = bytes.to_vec();
        self.call(|all| all.broadcast(&mut first));
        match self.which(first != bytes)? {
            Some(rank) => Err(FitError::Different { what, rank }),
            None => Ok(()),
        }
    }

    /// Waits until all ranks have come here.
    ///
    /// # Errors
    /// The ranks cannot go on together.
    pub fn wait(&self) -> Result<(), FitError> {
        self.call(|all| all.barrier());
        self.check()
    }

    /// Checks that no call has failed so far. After an error, what the ranks have computed is of no use.
    pub(crate) fn check(&self) -> Result<(), FitError> {
        self.0.failed.with(|failed| failed.clone()).map_or(Ok(()), |error| Err(FitError::Ranks(error)))
    }

    /// The first rank that says `own`.
    pub(crate) fn which(&self, own: bool) -> Result<Option<usize>, FitError> {
        let own = [if own { 1.0_f32 } else { 0.0 }];
        let (lengths, mut all) = (vec![1; self.size()], vec![0.0; self.size()]);
        self.all_gather(&own, &lengths, &mut all);
        self.check()?;
        Ok(all.iter().position(|says| *says == 1.0))
    }

    /// [`Exchange::all_gather`]
    pub(crate) fn all_gather<T: Float>(&self, own: &[T], lengths: &[usize], all: &mut [T]) {
        self.call(|collective| T::exchange(collective).all_gather(own, lengths, all));
    }

    /// [`Exchange::all_to_all`]
    pub(crate) fn all_to_all<T: Float>(
        &self,
        given: &[T],
        gives: &[usize],
        taken: &mut [T],
        takes: &[usize],
    ) {
        self.call(|collective| T::exchange(collective).all_to_all(given, gives, taken, takes));
    }

    /// Makes a call and measures its time, unless a call has failed before.
    fn call(&self, call: impl FnOnce(&dyn Collective) -> Result<(), RankError>) {
        if self.0.failed.with(|failed| failed.is_some()) {
            return;
        }
        let start = Stopwatch::start();
        if let Err(error) = call(&*self.0.collective) {
            self.0.failed.with(|failed| *failed = Some(error));
        }
        self.0.time.with(|time| *time += start.elapsed());
    }
}
