//! The command line, and the workloads' numbers as ../../../python/works.py has them.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// A workload, and how to run it.
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// Which one.
    pub work: Work,
    /// Folder of the raw MNIST files and the weights files.
    #[arg(long)]
    pub data: PathBuf,
    /// How long a measurement is to take.
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f64,
    /// Which weights to begin with, and what shuffling and dropout follow.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Compute in `f64`.
    #[arg(long)]
    pub f64: bool,
    /// Print losses or outputs, for comparison: no dropout.
    #[arg(long)]
    pub check: bool,
}

/// The workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "verbatim")]
pub enum Work {
    /// The post's network, one sample at a time.
    W1,
    /// LeNet-5.
    W2,
    /// Keras' convolutional network.
    W3,
    /// PyTorch's MNIST network.
    W4,
    /// Three dense layers.
    W5,
    /// An image through W4's network.
    #[value(name = "W6-one")]
    W6One,
    /// 256 images through W4's network.
    #[value(name = "W6-batch")]
    W6Batch,
    /// W3's network, trained until 99 % of the test images are right.
    W7,
    /// A residual network.
    W8,
    /// A densely connected network.
    W9,
}

impl Work {
    /// The workload whose network this one has.
    pub fn network(self) -> Work {
        match self {
            Work::W6One | Work::W6Batch => Work::W4,
            Work::W7 => Work::W3,
            work => work,
        }
    }

    /// Samples a step.
    pub fn batch(self) -> usize {
        match self.network() {
            Work::W1 => 1,
            Work::W4 => 64,
            _ => 128,
        }
    }

    /// Samples to train on: whole batches, so that all are alike.
    pub fn samples(self) -> usize {
        match self.network() {
            Work::W1 => 2000,
            Work::W4 => 59_968,
            Work::W8 | Work::W9 => 6400,
            _ => 59_904,
        }
    }

    /// The learning rate.
    pub fn rate(self) -> f64 {
        match self.network() {
            Work::W1 => 0.1,
            Work::W2 => 0.05,
            Work::W4 => 1.0,
            Work::W8 => 0.01,
            _ => 1e-3,
        }
    }

    /// Steps whose losses are compared.
    pub fn checked_steps(self) -> usize {
        if self == Work::W1 { 200 } else { 20 }
    }
}

/// Inputs and outputs of W8's residual blocks.
pub const BLOCKS: [(usize, usize); 9] =
    [(16, 16), (16, 16), (16, 16), (16, 32), (32, 32), (32, 32), (32, 64), (64, 64), (64, 64)];
