//! The `toddle` command with `train --mpi`.

use std::cell::OnceCell;
use std::process::ExitCode;

use mpi::Threading;
use mpi::environment::Universe;
use mpi::topology::{Communicator, SimpleCommunicator};
use toddle::Ranks;
use toddle_cli::{Connect, Connected};
use toddle_mpi::World;

/// The connection by MPI. It is made when a training asks for it, and finalized when it is dropped.
#[derive(Default)]
struct Mpi(OnceCell<Universe>);

impl Connect for Mpi {
    fn connect(&self) -> Connected {
        let universe = self.0.get_or_init(|| {
            let (universe, _) =
                mpi::initialize_with_threading(Threading::Funneled).expect("it is initialized here alone");
            universe
        });
        let world = universe.world();
        let here = world.split_shared(world.rank()).size() as usize;
        Connected { ranks: Ranks::new(World::new(&world)), here }
    }

    fn end_all(&self, code: u8) -> ! {
        SimpleCommunicator::world().abort(code.into())
    }
}

fn main() -> ExitCode {
    let mpi = Mpi::default();
    toddle_cli::main_with(std::env::args_os(), Some(&mpi))
}
