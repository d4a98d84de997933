//! Trains the networks at the same time, each on one thread.

use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use toddle::{Engine, Epoch, Fit, Float, Loss, Machine, Mode, Network, Sgd, accuracy};
use toddle_data::Dataset;
use toddle_run::digest::sha256;
use toddle_run::error::Error;

use super::options::Options;
use super::post::{Output, RATE, Recipe};
use super::progress::Progress;
use super::results::{Results, Run};
use crate::interrupt::Interrupt;

/// One network to train.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// The network.
    pub recipe: Recipe,
    /// For `--sensitivity`: the number `k`. The first weight, at the top left of the first convolution, is scaled by
    /// `1 + k·10⁻¹⁵`.
    pub moved: Option<u32>,
}

/// The result of a job.
enum Outcome {
    Run(Run),
    /// The last error of a run of `--sensitivity`, unless it was interrupted.
    Moved(Option<f64>),
}

/// The data and settings of all jobs.
struct Trainer<'a, T> {
    options: &'a Options,
    machine: Machine,
    inputs: Vec<T>,
    targets: Vec<T>,
    test_inputs: Vec<T>,
    test_labels: &'a [u32],
    progress: Progress,
    interrupt: &'a Interrupt,
}

/// Trains all networks of `options`. After Ctrl-C, returns the results so far.
pub fn all<T: Float + From<f32>>(
    options: &Options,
    machine: Machine,
    train: &Dataset,
    test: &Dataset,
    interrupt: &Interrupt,
) -> Result<Results, Error> {
    let jobs = jobs(options);
    let trainer = Trainer::<T> {
        options,
        machine,
        inputs: train.inputs(),
        targets: train.one_hot(),
        test_inputs: test.inputs(),
        test_labels: test.labels(),
        progress: Progress::new(options),
        interrupt,
    };
    let next = AtomicUsize::new(0);
    let outcomes: Vec<OnceLock<Result<Outcome, Error>>> = jobs.iter().map(|_| OnceLock::new()).collect();
    let work = || {
        while let Some((job, outcome)) = take(&next, &jobs, &outcomes) {
            if interrupt.heard() {
                break;
            }
            outcome.get_or_init(|| trainer.run(*job));
        }
    };
    thread::scope(|scope| {
        // If the system refuses a thread, the other threads do its work. This thread works, too.
        for _ in 1..options.threads().min(jobs.len()) {
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    trainer.progress.end();

    let mut runs: Vec<Run> = Vec::new();
    for (job, outcome) in jobs.iter().zip(outcomes.into_iter().map(OnceLock::into_inner)) {
        match outcome.transpose()? {
            Some(Outcome::Run(run)) => runs.push(run),
            Some(Outcome::Moved(error)) => {
                // After Ctrl-C the network itself may be missing. Then its runs with a scaled weight are left out.
                if let Some(run) = runs.iter_mut().find(|run| run.recipe == job.recipe) {
                    run.sensitivity.extend(error);
                }
            }
            None => {}
        }
    }
    Ok(Results { runs })
}

/// The post's own networks first, then those of `--sensitivity`.
fn jobs(options: &Options) -> Vec<Job> {
    let recipes = options.recipes();
    let plain = recipes.iter().map(|&recipe| Job { recipe, moved: None });
    let moved = (recipes.iter().filter(|recipe| recipe.output == Output::Tanh))
        .flat_map(|&recipe| (1..=options.sensitivity).map(move |k| Job { recipe, moved: Some(k) }));
    plain.chain(moved).collect()
}

/// The next job that no thread has taken, and the place of its outcome.
fn take<'a, J, O>(next: &AtomicUsize, jobs: &'a [J], outcomes: &'a [O]) -> Option<(&'a J, &'a O)> {
    let j = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(j).zip(outcomes.get(j))
}

impl<T: Float> Trainer<'_, T> {
    fn run(&self, job: Job) -> Result<Outcome, Error> {
        let mut network = job.recipe.spec().build::<T>(self.options.seed)?;
        if let Some(k) = job.moved {
            network.weights_mut()[0] *= T::from_f64(1.0 + f64::from(k) * 1e-15);
        }
        let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(RATE))
            .epochs(self.options.epochs as usize)
            .machine(self.machine);
        self.progress.start(job);
        let start = Instant::now();
        let history = fit.run_observed(&mut network, &self.inputs, &self.targets, |epoch: &Epoch| {
            self.progress.epoch(job, epoch);
            if self.interrupt.heard() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let took = start.elapsed();
        Ok(if job.moved.is_some() {
            let complete = history.errors.len() == self.options.epochs as usize;
            Outcome::Moved(history.errors.last().copied().filter(|_| complete))
        } else {
            Outcome::Run(self.test(job.recipe, &network, history.errors, took)?)
        })
    }

    /// Asks a trained network about the test images, and describes it.
    fn test(
        &self,
        recipe: Recipe,
        network: &Network<T>,
        errors: Vec<f64>,
        took: Duration,
    ) -> Result<Run, Error> {
        let classes = network.output().size();
        let mut outputs = vec![T::ZERO; self.test_labels.len() * classes];
        let plan = network.plan(512, Mode::Infer, &self.machine);
        Engine::new(network, plan).forward(network, &self.test_inputs, &mut outputs);
        let test_accuracy = accuracy(&outputs, self.test_labels)?;
        let outputs: Vec<f64> = outputs.into_iter().map(T::to_f64).collect();
        Ok(Run {
            recipe,
            convolutions: recipe.convolutions,
            output: recipe.output,
            epochs: errors.len(),
            seed: self.options.seed,
            precision: self.options.precision,
            errors,
            test_accuracy,
            predictions: outputs.chunks(classes).take(3).map(<[f64]>::to_vec).collect(),
            seconds: took.as_secs_f64(),
            weights_sha256: sha256(network.weights()),
            sensitivity: Vec::new(),
            outputs,
        })
    }
}
