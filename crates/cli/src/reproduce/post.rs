//! The post's recipe and what it prints: *A journey through Neural Networks, part 1: Baby Steps*.

use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde::Serialize;
use toddle::{Conv2d, Dense, Flatten, Jacobian, NetworkSpec, Shape, Softmax, Tanh};

/// The first so many MNIST training images, in file order, one at a time.
pub const SAMPLES: usize = 2000;
/// The learning rate.
pub const RATE: f64 = 0.1;
/// How often the images are gone through.
pub const EPOCHS: u32 = 100;
/// What `np.random.seed` is given.
pub const SEED: u32 = 0;

/// One of the post's four networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Convolutions, each of one 3×3 filter.
    pub convolutions: usize,
    /// What the last layer is.
    pub output: Output,
}

/// What the last layer of a network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Softmax, going backward through the diagonal of its Jacobian alone, as the post does.
    Softmax,
    /// Tanh.
    Tanh,
}

/// The four, in the order of the post's table.
pub const RECIPES: [Recipe; 4] = [
    Recipe { convolutions: 2, output: Output::Softmax },
    Recipe { convolutions: 1, output: Output::Softmax },
    Recipe { convolutions: 2, output: Output::Tanh },
    Recipe { convolutions: 1, output: Output::Tanh },
];

impl Recipe {
    /// The name that `--only` knows it by.
    pub const fn name(self) -> &'static str {
        match (self.convolutions, self.output) {
            (2, Output::Softmax) => "2-softmax",
            (_, Output::Softmax) => "1-softmax",
            (2, Output::Tanh) => "2-tanh",
            (_, Output::Tanh) => "1-tanh",
        }
    }

    /// Its layers.
    pub fn spec(self) -> NetworkSpec {
        let mut spec = NetworkSpec::new(Shape::image(1, 28, 28));
        for _ in 0..self.convolutions {
            spec = spec.add(Conv2d::new(1, 3)).add(Tanh);
        }
        let spec = spec.add(Flatten).add(Dense::new(100)).add(Tanh).add(Dense::new(10));
        match self.output {
            Output::Softmax => spec.add(Softmax { jacobian: Jacobian::Diagonal }),
            Output::Tanh => spec.add(Tanh),
        }
    }

    /// The epochs whose errors the post prints, with those errors; its seed is [`SEED`] and its numbers are `f64`.
    pub const fn printed(self) -> &'static [(usize, f64)] {
        match (self.convolutions, self.output) {
            (2, Output::Softmax) => &[
                (5, 0.01738538108832097),
                (6, 0.014646911836040586),
                (7, 0.012567932587293648),
                (98, 0.0006699464787902453),
                (99, 0.0006630306084486346),
                (100, 0.0006546040013790374),
            ],
            (_, Output::Softmax) => {
                &[(98, 0.0008998702628854407), (99, 0.0008919858380656314), (100, 0.0008845053795560065)]
            }
            (2, Output::Tanh) => {
                &[(98, 0.015739728961459264), (99, 0.015656256249360245), (100, 0.015574043589304339)]
            }
            (_, Output::Tanh) => {
                &[(98, 0.045805609540409804), (99, 0.04610471432050303), (100, 0.04563577203218581)]
            }
        }
    }
}

/// How `--only` reads a name, lists the four in `--help`, and suggests the nearest to a wrong one.
impl ValueEnum for Recipe {
    fn value_variants<'a>() -> &'a [Self] {
        &RECIPES
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}
