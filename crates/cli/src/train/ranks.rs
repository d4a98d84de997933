//! Trainings over several ranks: the processes that `mpirun` has started. Rank 0 prints and writes. The others compute.

use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use toddle::layer::Family;
use toddle::{
    Batch, Engine, Fit, Float, Machine, Mode, Network, Observer, Ranks, Samples, StepContext, StepReport,
    Trainer,
};
use toddle_data::{Augment, Augmented, Parts};
use toddle_run::digest::sha256;
use toddle_run::error::Error;
use toddle_run::experiment::Experiment;
use toddle_run::precision::Precision;
use toddle_run::run;

use super::session::{Begun, Session};
use super::{Command, Options, check_same};
use crate::ending::Ending;
use crate::interrupt::Interrupt;
use crate::output::note;

/// What connects this process with the others of a training, for `toddle train --mpi`.
pub trait Connect {
    /// Connects with the other processes.
    fn connect(&self) -> Connected;

    /// Ends all processes with this exit code.
    fn end_all(&self, code: u8) -> !;
}

#[cfg(feature = "mpi")]
impl Connect for toddle_mpi::Mpi {
    fn connect(&self) -> Connected {
        let (world, here) = self.world();
        Connected { ranks: Ranks::new(world), here }
    }

    fn end_all(&self, code: u8) -> ! {
        toddle_mpi::Mpi::end_all(self, code)
    }
}

/// The processes of a training.
#[derive(Clone, Debug)]
pub struct Connected {
    /// All processes.
    pub ranks: Ranks,
    /// How many of them run on this machine.
    pub here: usize,
}

/// How long another rank leaves it to rank 0 to print an error that all ranks have.
const PATIENCE: Duration = Duration::from_secs(3);

/// In a shorter step, ranks over Ethernet wait for one another for longer than they compute: docs/ranks.md.
const SHORT: Duration = Duration::from_millis(1);

/// Runs the command on this rank.
pub fn run(options: &Options, connect: Option<&dyn Connect>) -> Result<Ending, Error> {
    let connect = connect.ok_or_else(not_built)?;
    let Connected { ranks, here } = connect.connect();
    let rank = ranks.rank();
    let ended = if rank == 0 { lead(options, ranks, here) } else { follow(options, ranks, here) };
    let Err(error) = ended else { return ended };
    // The other ranks may wait for this one for ever.
    if rank == 0 {
        note(false, &format!("error: {error}"));
    } else {
        thread::sleep(PATIENCE);
        note(false, &format!("error: on rank {rank}: {error}"));
    }
    connect.end_all(error.exit_code())
}

/// Rank 0 runs the command as one process does.
fn lead(options: &Options, ranks: Ranks, here: usize) -> Result<Ending, Error> {
    let machine = machine(options, here)?;
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let (size, threads) = (ranks.size(), machine.threads);
    note(options.quiet, &format!("{size} rank{} × {threads} thread{}", plural(size), plural(threads)));
    super::run_on(options, Command { ranks: Some(ranks), ..Command::new(machine) })
}

/// Any other rank trains, and writes nothing.
fn follow(options: &Options, ranks: Ranks, here: usize) -> Result<Ending, Error> {
    let command = Command { ranks: Some(ranks), ..Command::new(machine(options, here)?) };
    let options = Options { quiet: true, silent: true, ..options.clone() };
    let load = |file: &Path| Experiment::load(file, &options.set).map(|(experiment, _)| experiment);
    let mut experiment = match (&options.file, &options.resume) {
        (Some(file), _) => load(file)?,
        (None, Some(run)) => load(&run::experiment(run)?)?,
        (None, None) => unreachable!("the command line asks for one of them"),
    };
    let parts = experiment.parts()?;
    if let Some(run) = &options.resume {
        check_same(&experiment, run)?;
    }
    let (interrupt, precision) = (command.listen(), experiment.precision);
    let session = Session {
        options: &options,
        experiment: &experiment,
        parts: &parts,
        machine: command.machine,
        interrupt,
        until: None,
        ranks: command.ranks.as_ref(),
    };
    match precision {
        Precision::F32 => session.follow::<f32>(),
        Precision::F64 => session.follow::<f64>(),
    }?;
    Ok(Ending::Complete)
}

/// This machine, whose cores the ranks on it share.
fn machine(options: &Options, here: usize) -> Result<Machine, Error> {
    let machine = Machine::detect()?;
    let shared = (machine.threads / here.max(1)).max(1);
    Ok(machine.threads(options.threads.map_or(shared, |threads| threads as usize)))
}

/// The error of a program that was built without MPI.
fn not_built() -> Error {
    Error::Refused {
        what: "--mpi needs a `toddle` with the feature `mpi`".into(),
        expected: "a `toddle` that was built with MPI".into(),
        got: "a `toddle` that was built without it".into(),
        remedy: "cargo install --path crates/cli --features mpi, as the page docs/ranks.md says".into(),
    }
}

impl Session<'_> {
    /// Trains on a rank that writes nothing.
    fn follow<T: Float + From<f32>>(&self) -> Result<(), Error> {
        let Parts { train, validation, .. } = self.parts;
        let seed = u64::from(self.experiment.seed);
        let samples = Augmented::new(train, &self.experiment.augment, seed)?;
        let plain = |dataset| Augmented::new(dataset, &Augment::default(), seed);
        let validation = validation.as_ref().map(plain).transpose()?;
        let Begun { mut network, mut trainer, .. } = self.begun::<T>(&samples)?;
        let validation = validation.as_ref().map(|validation| validation as &dyn Samples<T>);
        let mut watch = Watch { interrupt: &self.interrupt, parts: self.parts };
        let trained = trainer.run(&mut network, &samples, validation, &mut watch);
        self.parts.check_read()?;
        trained?;
        Ok(())
    }

    /// Checks that all ranks begin with the same program, settings, samples and state.
    pub fn check_ranks<T: Float>(&self, network: &Network<T>, trainer: &Trainer<T>) -> Result<(), Error> {
        let Some(ranks) = self.ranks else { return Ok(()) };
        let buffers = trainer.buffers().into_iter().map(|(_, numbers)| numbers);
        let numbers = [network.weights(), network.state()].into_iter().chain(buffers);
        let mut text: Vec<String> = numbers.map(sha256).collect();
        text.push(env!("CARGO_PKG_VERSION").into());
        text.push(format!("{:?} {:?}", trainer.state(), self.parts.meaning.digest));
        text.push(self.experiment.to_toml());
        Ok(ranks.check_same("settings, samples or weights", &Sha256::digest(text.join("\n")))?)
    }
}

/// Stops a rank that writes nothing, at a signal or when a sample cannot be read.
struct Watch<'a> {
    interrupt: &'a Interrupt,
    parts: &'a Parts,
}

impl<T> Observer<T> for Watch<'_> {
    fn step(&mut self, _: &StepReport, _: &Network<T>, _: &Trainer<T>) -> ControlFlow<()> {
        if self.interrupt.heard() || self.parts.check_read().is_err() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// Why several ranks gain little or nothing in this training.
pub fn warning<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    samples: &dyn Samples<T>,
    size: usize,
) -> Option<String> {
    let together = Family::Block.samples();
    let batch = fit.batch.min(samples.count());
    let blocks = batch.div_ceil(together);
    if blocks < 2 {
        return Some(format!(
            "a batch of {batch} is not divided among ranks, and every rank computes all of it\n  \
             try       train.batch = {}, or one process",
            together * size
        ));
    }
    let step = step_time(network, fit, samples, batch)?;
    if step < SHORT {
        return Some(format!(
            "a step takes {:.2} ms in one process, which is too short to gain from ranks, except over a fast network\n  \
             try       one process, or a larger train.batch",
            step.as_secs_f64() * 1e3
        ));
    }
    (blocks < size).then(|| {
        format!(
            "a batch of {batch} has {blocks} blocks of {together} samples: {} of {size} ranks have nothing to compute\n  \
             try       train.batch = {}, or {blocks} ranks",
            size - blocks,
            together * size
        )
    })
}

/// The time of a step of one process, without the optimizer. None if there is no memory to measure it.
fn step_time<T: Float>(
    network: &Network<T>,
    fit: &Fit,
    samples: &dyn Samples<T>,
    batch: usize,
) -> Option<Duration> {
    let mut network = network.spec().build::<T>(0).ok()?;
    let plan = network.plan(batch, Mode::Gradient, &fit.machine?);
    let mut engine = Engine::try_new(&network, plan).ok()?;
    let mut losses = vec![T::ZERO; batch];
    let step = StepContext { seed: 0, number: 0, loss: &fit.loss };
    // The first step also brings the memory into the caches.
    let times = [(); 2].map(|()| {
        let begin = Instant::now();
        engine.gradient(&mut network, &First(samples), step, &mut losses);
        begin.elapsed()
    });
    Some(times[1])
}

/// The first samples of the training as a batch.
struct First<'a, T>(&'a dyn Samples<T>);

impl<T> Batch<T> for First<'_, T> {
    fn inputs<'a>(&'a self, samples: Range<usize>, room: &'a mut [T]) -> &'a [T] {
        let size = room.len() / samples.len();
        samples.zip(room.chunks_exact_mut(size)).for_each(|(n, x)| self.0.input(0, n, x));
        room
    }

    fn targets<'a>(&'a self, samples: Range<usize>, room: &'a mut [T]) -> &'a [T] {
        let size = room.len() / samples.len();
        samples.zip(room.chunks_exact_mut(size)).for_each(|(n, t)| self.0.target(n, t));
        room
    }
}

/// How much of the time `all` the ranks have spent in communication.
pub fn share(communication: Duration, all: Duration) -> String {
    let (part, whole) = (communication.as_secs_f64(), all.as_secs_f64());
    format!(
        "communication took {part:.2} s of {whole:.2} s, {:.1} %: sending, receiving, and waiting for other ranks",
        100.0 * part / whole.max(f64::MIN_POSITIVE)
    )
}
