//! Steps of a training over two ranks whose messages take as long as over a network, beside the model of `docs/ranks.md`.
//!
//! The ranks are threads of this process. In each call, a rank waits for the time that the network would take.

use std::error::Error;
use std::hint::spin_loop;
use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use peers_common::Work;
use serde::Serialize;
use toddle::{
    Collective, Exchange, Fit, Isa, Local, Machine, Network, Observer, RankError, Ranks, StepReport, Trainer,
};

use crate::timing::Timing;
use crate::work::networks::{fit, spec};

/// A network: its name, the time of a short message in seconds, and the bytes that a machine sends in a second. The figures are those of
/// `docs/ranks.md`.
const NETWORKS: [(&str, f64, f64); 4] = [
    ("memory", 0.0, f64::INFINITY),
    ("Ethernet, 10 Gb/s", 20e-6, 0.5e9),
    ("Ethernet, 100 Gb/s", 20e-6, 12.5e9),
    ("InfiniBand HDR", 0.6e-6, 25e9),
];

/// The workloads: their names, and the number of steps in a round.
const WORKLOADS: [(&str, Work, usize); 3] = [
    ("LeNet-5, batch of 128", Work::W2, 100),
    ("Keras' convnet, batch of 128", Work::W3, 30),
    ("PyTorch's MNIST network, batch of 64", Work::W4, 20),
];

const RANKS: usize = 2;

/// How often the ranks meet in a step without batch norm.
const MEETINGS: f64 = 3.0;

const ROUNDS: usize = 8;

/// Steps before the measurement.
const WARM: usize = 10;

/// A step over two ranks.
#[derive(Serialize)]
pub struct Measure {
    workload: &'static str,
    network: &'static str,
    /// Seconds of a step.
    step: Timing,
    /// How many seconds more than over memory, by the medians.
    longer: f64,
    /// How many seconds more by the model.
    model: f64,
}

/// Measures the workloads over each network.
pub fn run() -> Result<Vec<Measure>, Box<dyn Error>> {
    let mut measures = Vec::new();
    for (workload, work, steps) in WORKLOADS {
        let bytes = size_of_val(spec(work, false, false).build::<f32>(0)?.weights()) as f64;
        // In rounds, because the speed of the machine changes.
        let mut raw = [const { Vec::new() }; NETWORKS.len()];
        for _ in 0..ROUNDS {
            for (raw, (_, latency, rate)) in raw.iter_mut().zip(NETWORKS) {
                raw.extend(steps_over(work, steps, latency, rate));
            }
        }
        let steps = raw.map(Timing::of);
        let of_memory = steps[0].median;
        for ((network, latency, rate), step) in NETWORKS.into_iter().zip(steps) {
            let others = (RANKS - 1) as f64;
            let sent = 2.0 * bytes * others / RANKS as f64;
            let (longer, model) = (step.median - of_memory, MEETINGS * others * latency + sent / rate);
            println!(
                "{workload}, {network}: {:.2} ms a step, {:.2} longer; the model says {:.2}",
                1e3 * step.median,
                1e3 * longer,
                1e3 * model
            );
            measures.push(Measure { workload, network, step, longer, model });
        }
    }
    Ok(measures)
}

/// Seconds of each step, as rank 0 measures them.
fn steps_over(work: Work, steps: usize, latency: f64, rate: f64) -> Vec<f64> {
    let train = |rank: Local| {
        let slow = Slow { rank, latency, rate };
        let mut network = spec(work, false, false).build::<f32>(0).expect("the network can be built");
        let machine = Machine { isa: Isa::detect(), threads: 1 };
        let fit = Fit { ranks: Some(Ranks::new(slow)), machine: Some(machine), ..fit(work) };
        let samples = 4 * work.batch();
        let x: Vec<f32> = (0..samples * network.input().size()).map(|n| (n % 251) as f32 / 251.0).collect();
        let y: Vec<f32> = (0..samples * 10).map(|n| f32::from(n % 10 == n / 10 % 10)).collect();
        let samples = network.samples(&x, &y).expect("the samples fit the network");
        let mut trainer = Trainer::new(&network, &fit, 4 * work.batch()).expect("the settings are right");
        let mut clock = Clock { steps: WARM + steps, last: Instant::now(), seconds: Vec::new() };
        trainer.run(&mut network, &samples, None, &mut clock).expect("the ranks go on together");
        clock.seconds.split_off(WARM)
    };
    thread::scope(|scope| {
        let mut ranks = Local::ranks(RANKS).into_iter();
        let first = ranks.next().expect("there are two ranks");
        ranks.for_each(|rank| {
            scope.spawn(|| train(rank));
        });
        train(first)
    })
}

/// The seconds of each step.
struct Clock {
    steps: usize,
    last: Instant,
    seconds: Vec<f64>,
}

impl Observer<f32> for Clock {
    fn step(&mut self, _: &StepReport, _: &Network<f32>, _: &Trainer<f32>) -> ControlFlow<()> {
        let now = Instant::now();
        self.seconds.push((now - std::mem::replace(&mut self.last, now)).as_secs_f64());
        if self.seconds.len() < self.steps { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// A rank whose messages take time.
#[derive(Debug)]
struct Slow {
    rank: Local,
    /// Seconds of a short message, and bytes in a second.
    latency: f64,
    rate: f64,
}

impl Slow {
    /// Waits as long as a message to each other rank takes, of so many bytes in all.
    fn send(&self, bytes: usize) {
        let messages = (self.size() - 1) as f64;
        let end =
            Instant::now() + Duration::from_secs_f64(messages * self.latency + bytes as f64 / self.rate);
        while Instant::now() < end {
            spin_loop();
        }
    }
}

impl<T: Copy + Send + 'static> Exchange<T> for Slow {
    fn all_gather(&self, own: &[T], lengths: &[usize], all: &mut [T]) -> Result<(), RankError> {
        self.send(size_of_val(own) * (self.size() - 1));
        self.rank.all_gather(own, lengths, all)
    }

    fn all_to_all(
        &self,
        given: &[T],
        gives: &[usize],
        taken: &mut [T],
        takes: &[usize],
    ) -> Result<(), RankError> {
        self.send((given.len() - gives[self.rank()]) * size_of::<T>());
        self.rank.all_to_all(given, gives, taken, takes)
    }
}

impl Collective for Slow {
    fn rank(&self) -> usize {
        self.rank.rank()
    }

    fn size(&self) -> usize {
        self.rank.size()
    }

    fn broadcast(&self, bytes: &mut [u8]) -> Result<(), RankError> {
        self.send(bytes.len());
        self.rank.broadcast(bytes)
    }

    fn barrier(&self) -> Result<(), RankError> {
        self.send(0);
        self.rank.barrier()
    }
}
