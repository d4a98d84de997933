//! The workloads that `bench/compare` runs, by toddle: the same data, weights and clock as its peers.

pub mod networks;
mod numbers;
mod runs;

use std::error::Error;

use clap::Args;
use peers_common::Work;
use toddle::Machine;

use networks::spec;

/// What to run.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    shared: peers_common::Options,
    /// Threads to use at most.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// 3×3 convolutions of 16 channels and more with `fast = true`.
    #[arg(long)]
    fast: bool,
}

/// Runs a workload and prints its figures, a line of JSON each.
pub fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let machine = Machine::detect()?.threads(options.threads);
    let spec = spec(options.shared.work, !options.shared.check, options.fast);
    let options = &options.shared;
    match options.work {
        Work::W6One | Work::W6Batch => runs::answer(options, &spec, &machine),
        Work::W7 => runs::reach_99(options, &spec, machine),
        _ if options.f64 => runs::learn::<f64>(options, &spec, machine),
        _ => runs::learn::<f32>(options, &spec, machine),
    }
}
