//! Measures toddle and keeps what it measured: `cargo run --release -p toddle-bench -- --help`.
#![forbid(unsafe_code)]

mod canary;
mod exchange;
mod kernels;
mod math;
mod post;
mod ranks;
mod record;
mod scaling;
mod shares;
mod timing;
mod trace;
mod work;

use std::error::Error;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use serde_json::json;

/// Measures toddle; each figure is a median, and comes with the raw ones.
#[derive(Parser)]
struct Options {
    /// Also write the measures, with the machine, the commit and the command, into a folder below this one.
    #[arg(long, global = true, value_name = "DIR")]
    record: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The core's multiply-add peak, and the kernels' shares of it: one thread.
    Kernels {
        /// Only those whose name, form and number type contain this, as in "conv avx2 f32".
        #[arg(default_value = "")]
        only: String,
    },
    /// The shares of a few kernels that hardly depend on what else the machine does: a moment.
    Shares {
        /// Fails if one has fallen by a fifth since the newest run of a CPU like this one below the folder.
        #[arg(long, value_name = "DIR", conflicts_with = "record")]
        against: Option<PathBuf>,
    },
    /// A step of a convolutional network, against the batch, the threads, its width and its depth; and its answers to a few samples.
    Scaling,
    /// A step of the post's networks, and with --python a training beside NumPy's: some minutes.
    Post {
        /// A Python that has NumPy and SciPy: runs crates/testkit/goldens/post.py in turn with toddle.
        #[arg(long, value_name = "PROGRAM")]
        python: Option<PathBuf>,
    },
    /// A trace of one image through LeNet-5, forward and backward, beside a training step: a moment.
    Trace,
    /// LeNet-5's answer to one image, beside that of the C and of the Rust that toddle export writes: needs gcc and rustc.
    Exchange,
    /// A step over two ranks whose messages take as long as over a network, beside the model of docs/ranks.md.
    Ranks,
    /// exp, ln, tanh and their kin at every `f32` there is.
    Math,
    /// A workload of bench/compare: its figures, a line of JSON each.
    Work(work::Options),
    /// The multiply-adds of so many threads just now: a moment, for bench/compare.
    Canary {
        /// Threads at once.
        #[arg(long, default_value_t = 2)]
        threads: usize,
    },
    /// The machine, the commit and the folder that a run is kept in, for bench/compare.
    Machine,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let (name, measures) = match options.what {
        What::Kernels { only } => ("kernels", serde_json::to_value(kernels::run(&only))?),
        What::Shares { against: Some(folder) } => return shares::check(&folder),
        What::Shares { against: None } => ("shares", serde_json::to_value(shares::run())?),
        What::Scaling => ("scaling", serde_json::to_value(scaling::run()?)?),
        What::Post { python } => ("post", serde_json::to_value(post::run(python.as_deref())?)?),
        What::Trace => ("trace", serde_json::to_value(trace::run()?)?),
        What::Exchange => ("exchange", serde_json::to_value(exchange::run()?)?),
        What::Ranks => ("network", serde_json::to_value(ranks::run()?)?),
        What::Math => ("math", serde_json::to_value(math::run())?),
        What::Work(options) => return work::run(&options),
        What::Canary { threads } => {
            println!("{}", canary::run(threads));
            return Ok(());
        }
        What::Machine => {
            println!("{}", json!({ "run": record::run(), "about": record::about()? }));
            return Ok(());
        }
    };
    if let Some(folder) = options.record {
        println!("recorded in {}", record::write(&folder, name, measures)?.display());
    }
    Ok(())
}
