//! The processes that `mpirun` has started.

use std::cell::OnceCell;

use mpi::collective::CommunicatorCollectives;
use mpi::datatype::{Equivalence, Partition, PartitionMut};
use mpi::environment::Universe;
use mpi::topology::{Communicator, SimpleCommunicator};
use mpi::traits::Root;
use mpi::{Count, Threading};
use toddle::{Collective, Exchange, RankError};

/// MPI. It is initialized when it is asked for its processes, and finalized when it is dropped.
#[derive(Default)]
pub struct Mpi(OnceCell<Universe>);

impl Mpi {
    /// All processes, and how many of them run on this machine.
    ///
    /// # Panics
    /// Another part of the program has initialized MPI.
    pub fn world(&self) -> (World, usize) {
        let universe = self.0.get_or_init(|| {
            let (universe, _) =
                mpi::initialize_with_threading(Threading::Funneled).expect("it is initialized here alone");
            universe
        });
        let world = universe.world();
        let here = world.split_shared(world.rank()).size() as usize;
        (World::new(&world), here)
    }

    /// Ends all processes with this exit code.
    pub fn end_all(&self, code: u8) -> ! {
        SimpleCommunicator::world().abort(code.into())
    }
}

/// All processes that `mpirun` has started, of which this process is one. MPI must be initialized, and not yet finalized. All calls come
/// from the thread that has initialized it.
#[derive(Clone, Copy, Debug)]
pub struct World {
    rank: usize,
    size: usize,
}

impl World {
    /// The processes of `world`.
    fn new(world: &SimpleCommunicator) -> World {
        World { rank: world.rank() as usize, size: world.size() as usize }
    }
}

/// Lengths, and where the parts of these lengths begin, as MPI wants them.
fn parts(lengths: &[usize]) -> Result<[Vec<Count>; 2], RankError> {
    let mut end = 0;
    let mut begin = |length: &usize| {
        let begin = end;
        end += length;
        Count::try_from(begin)
    };
    let begins: Result<Vec<Count>, _> = lengths.iter().map(&mut begin).collect();
    let lengths: Result<Vec<Count>, _> = lengths.iter().map(|&length| Count::try_from(length)).collect();
    match (lengths, begins, Count::try_from(end)) {
        (Ok(lengths), Ok(begins), Ok(_)) => Ok([lengths, begins]),
        _ => Err(RankError(format!("MPI sends at most {} numbers in a call, and not {end}", Count::MAX))),
    }
}

impl<T: Equivalence> Exchange<T> for World {
    fn all_gather(&self, own: &[T], lengths: &[usize], all: &mut [T]) -> Result<(), RankError> {
        let [lengths, begins] = parts(lengths)?;
        let all = &mut PartitionMut::new(all, lengths, begins);
        SimpleCommunicator::world().all_gather_varcount_into(own, all);
        Ok(())
    }

    fn all_to_all(
        &self,
        given: &[T],
        gives: &[usize],
        taken: &mut [T],
        takes: &[usize],
    ) -> Result<(), RankError> {
        let ([gives, gives_at], [takes, takes_at]) = (parts(gives)?, parts(takes)?);
        let given = &Partition::new(given, gives, gives_at);
        let taken = &mut PartitionMut::new(taken, takes, takes_at);
        SimpleCommunicator::world().all_to_all_varcount_into(given, taken);
        Ok(())
    }
}

impl Collective for World {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn broadcast(&self, bytes: &mut [u8]) -> Result<(), RankError> {
        SimpleCommunicator::world().process_at_rank(0).broadcast_into(bytes);
        Ok(())
    }

    fn barrier(&self) -> Result<(), RankError> {
        SimpleCommunicator::world().barrier();
        Ok(())
    }
}
