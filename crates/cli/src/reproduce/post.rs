//! The networks and the figures of the post: *A journey through Neural Networks, part 1: Baby Steps*.

use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde::Serialize;
use toddle::{Conv2d, Dense, Flatten, Jacobian, NetworkSpec, Shape, Softmax, Tanh};

/// The number of training images: the first images of MNIST, in their order in the file.
pub const SAMPLES: usize = 2000;
/// The learning rate.
pub const RATE: f64 = 0.1;
/// The number of passes over the images.
pub const EPOCHS: u32 = 100;
/// The argument of `np.random.seed`.
pub const SEED: u32 = 0;

/// One of the post's four networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The number of convolutions. Each has one 3×3 filter.
    pub convolutions: usize,
    /// The last layer.
    pub output: Output,
}

/// The last layer of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Softmax. Its backward pass uses only the diagonal of the Jacobian, as in the post.
    Softmax,
    /// Tanh.
    Tanh,
}

/// The four networks, in the order of the post's table.
pub const RECIPES: [Recipe; 4] = [
    Recipe { convolutions: 2, output: Output::Softmax },
    Recipe { convolutions: 1, output: Output::Softmax },
    Recipe { convolutions: 2, output: Output::Tanh },
    Recipe { convolutions: 1, output: Output::Tanh },
];

impl Recipe {
    /// The name in `--only`.
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
            Output::Softmax => spec.add(Softmax { jacobian: Jacobian::Diagonal, ..Softmax::default() }),
            Output::Tanh => spec.add(Tanh),
        }
    }

    /// The epochs whose errors the post prints, with these errors. They are for the seed [`SEED`] and `f64`.
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

/// For `--only`: its values, their list in `--help`, and suggestions for a wrong value.
impl ValueEnum for Recipe {
    fn value_variants<'a>() -> &'a [Self] {
        &RECIPES
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}
