//! Initialisers: the values of a network's weights at the start.

mod auto;
mod random;

use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_lanes::{Purpose, Random, Real};

use crate::error::Misfit;
use crate::network::Node;
use crate::network::params::{ParamDecl, Start};
use crate::{Float, setting};

pub(crate) use auto::Role;
pub use random::NumpyRandom;

/// Initialiser: how the first weights of a network are drawn.
///
/// `i` is the number of inputs of one output, and `o` is the number of outputs that one input changes:
///
/// | initialiser | weights | uniform within ± | normal of deviation |
/// |---|---|---|---|
/// | `Glorot…` | for tanh and sigmoid | `√(6 / (i + o))` | `√(2 / (i + o))` |
/// | `He…` | for ReLU | `√(6 / i)` | `√(2 / i)` |
/// | `Lecun…` | for SELU | `√(3 / i)` | `√(1 / i)` |
/// | `Torch` | PyTorch's default for `Linear` and `Conv2d` | `√(1 / i)`, biases too | |
/// | `Auto` | one of the first three for each layer, by the activation behind it | | |
///
/// `Auto` looks for the first activation after a layer. Normalisations, pooling, dropout, noise, changes of the shape and the
/// sum at the end of a residual block may be between them. `HeUniform` is for ReLU and similar activations (clipped and leaky
/// ReLU, PReLU, ELU, GELU, SiLU, Mish, hard swish, softplus). `LecunUniform` is for SELU. `GlorotUniform` is for
/// tanh, sigmoid, hard sigmoid, softsign, softmax and log-softmax, and for layers without an activation before the
/// next weights or the end. A user's own layer counts as a layer with weights.
///
/// Biases are zero at the start, except with `Post` and `Torch`. Some parameters, such as the scale of a
/// normalisation and the table of an embedding, have their own start with every initialiser.
///
/// Settings: `Post` by default. The elements of every parameter depend only on the seed and on its place among the
/// parameters. They are drawn in `f64` and then rounded, so `f32` and `f64` begin with the same values. With `Post`,
/// all parameters are drawn from one stream, that of NumPy. Cost: one draw a weight. `Orthogonal` takes `4·m·n²` FLOP
/// for a matrix of `m×n`, `m ≥ n`.
///
/// Errors, from `build`: a setting is not finite, a deviation is negative, or `low` is above `high`.
///
/// ```
/// use toddle::{Dense, Init, NetworkSpec, Shape};
///
/// let spec = NetworkSpec::new(Shape::vector(100)).add(Dense::new(10)).init(Init::GlorotUniform);
/// let network = spec.build::<f32>(7)?;
/// let (weights, biases) = network.weights().split_at(1000);
/// let most = f32::sqrt(6.0 / 110.0);
/// assert!(weights.iter().all(|w| w.abs() <= most));
/// assert!(biases.iter().all(|b| *b == 0.0));
/// # Ok::<(), toddle::BuildError>(())
/// ```
///
/// See the post's `np.random.rand(…) - 0.5`; Glorot and Bengio, *Understanding the difficulty of training deep feedforward
/// neural networks*, 2010; He et al., *Delving Deep into Rectifiers*, 2015; Klambauer et al., *Self-Normalizing Neural
/// Networks*, 2017; Saxe, McClelland and Ganguli, *Exact solutions to the nonlinear dynamics of learning in deep linear
/// neural networks*, 2014; PyTorch's `torch.nn.init`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Init {
    /// As in the post: weights and biases are uniform from −0.5 to 0.5. They are drawn as NumPy draws them after
    /// `np.random.seed(seed)`.
    #[default]
    #[serde(deserialize_with = "crate::setting::none")]
    Post,
    /// All weights are 0. A network of several layers cannot learn from this start.
    #[serde(deserialize_with = "crate::setting::none")]
    Zeros,
    /// All weights have the same value.
    Constant {
        /// The value of every weight.
        #[cfg_attr(feature = "schema", schemars(example = 0.01))]
        value: f64,
    },
    /// Uniform: all numbers from `low` to `high` are equally likely.
    Uniform {
        /// The lowest number.
        #[cfg_attr(feature = "schema", schemars(example = -0.1))]
        low: f64,
        /// The highest number.
        #[cfg_attr(feature = "schema", schemars(example = 0.1))]
        high: f64,
    },
    /// Normal distribution.
    Normal {
        /// The mean.
        #[cfg_attr(feature = "schema", schemars(example = 0.0))]
        mean: f64,
        /// The standard deviation.
        #[cfg_attr(feature = "schema", schemars(example = 0.05, range(min = 0)))]
        deviation: f64,
    },
    /// Normal distribution, without the numbers that are more than two standard deviations from the mean.
    TruncatedNormal {
        /// The mean.
        #[cfg_attr(feature = "schema", schemars(example = 0.0))]
        mean: f64,
        /// The standard deviation of the distribution before these numbers are left out.
        #[cfg_attr(feature = "schema", schemars(example = 0.05, range(min = 0)))]
        deviation: f64,
    },
    /// Glorot, uniform: the weights are within ±√(6 / (inputs + outputs)). For tanh and sigmoid.
    #[serde(deserialize_with = "crate::setting::none")]
    GlorotUniform,
    /// Glorot, normal: the standard deviation is √(2 / (inputs + outputs)). For tanh and sigmoid.
    #[serde(deserialize_with = "crate::setting::none")]
    GlorotNormal,
    /// He, uniform: the weights are within ±√(6 / inputs). For ReLU.
    #[serde(deserialize_with = "crate::setting::none")]
    HeUniform,
    /// He, normal: the standard deviation is √(2 / inputs). For ReLU.
    #[serde(deserialize_with = "crate::setting::none")]
    HeNormal,
    /// LeCun, uniform: the weights are within ±√(3 / inputs). For SELU.
    #[serde(deserialize_with = "crate::setting::none")]
    LecunUniform,
    /// LeCun, normal: the standard deviation is √(1 / inputs). For SELU.
    #[serde(deserialize_with = "crate::setting::none")]
    LecunNormal,
    /// Orthogonal: the rows of the weights, or the columns if they are fewer, are at right angles to one another.
    /// Each has the length `gain`.
    Orthogonal {
        /// The length of each row or column, usually 1.
        #[cfg_attr(feature = "schema", schemars(example = 1.0))]
        gain: f64,
    },
    /// PyTorch's default for `Linear` and `Conv2d`: weights and biases uniform within ±√(1 / inputs).
    #[serde(deserialize_with = "crate::setting::none")]
    Torch,
    /// `he_uniform`, `glorot_uniform` or `lecun_uniform` for each layer. The activation that follows the layer
    /// decides.
    #[serde(deserialize_with = "crate::setting::none")]
    Auto,
}

/// The distribution of a parameter's elements.
enum Law {
    Constant(f64),
    Uniform(f64, f64),
    Normal(f64, f64),
    TruncatedNormal(f64, f64),
    Orthogonal(f64),
}

impl Init {
    /// Checks the settings of the distribution.
    pub(crate) fn check(&self) -> Result<(), Misfit> {
        let (settings, deviation): (&[f64], f64) = match self {
            Init::Constant { value } => (&[*value], 0.0),
            Init::Uniform { low, high } => (&[*low, *high], high - low),
            Init::Normal { mean, deviation } | Init::TruncatedNormal { mean, deviation } => {
                (&[*mean, *deviation], *deviation)
            }
            Init::Orthogonal { gain } => (&[*gain], 0.0),
            _ => (&[], 0.0),
        };
        let because = format!("its weights cannot begin as {self}");
        if !settings.iter().all(|setting| (*setting as f32).is_finite()) {
            return Err(Misfit::new(because, "finite numbers, or init = torch"));
        }
        if deviation < 0.0 {
            return Err(Misfit::new(because, "low below high, or a deviation of 0 or more"));
        }
        Ok(())
    }

    /// The initialiser of each node of a network with `inputs` inputs: this one, or the one that [`Auto`](Init::Auto) chooses.
    pub(crate) fn of_nodes<T: Float>(self, inputs: usize, nodes: &[Node<T>]) -> Vec<Init> {
        if self == Init::Auto { auto::choose(inputs, nodes) } else { vec![self; nodes.len()] }
    }

    /// Draws the first values of all parameters, one parameter after the other, each with its own initialiser.
    pub(crate) fn draw<T: Float>(seed: u32, decls: &[(Init, &ParamDecl)], weights: &mut [T]) {
        let mut posts = NumpyRandom::new(seed);
        let mut rest = weights;
        for (index, (init, decl)) in decls.iter().enumerate() {
            let (of_this, others) = rest.split_at_mut(decl.size());
            rest = others;
            match init.law(decl) {
                None => of_this.fill_with(|| T::from_f64(posts.uniform() - 0.5)),
                Some(law) => {
                    let index = u32::try_from(index).expect("fewer than 2³² parameters");
                    law.draw(&mut Random::new(u64::from(seed), Purpose::Init, [index, 0]), decl, of_this);
                }
            }
        }
    }

    /// The distribution of a parameter's elements. `None` if they come from the post's stream.
    fn law(&self, decl: &ParamDecl) -> Option<Law> {
        let (inputs, outputs) = (decl.fan_in as f64, decl.fan_out as f64);
        let uniform = |square: f64| Law::Uniform(-Real::sqrt(square), Real::sqrt(square));
        let normal = |square: f64| Law::Normal(0.0, Real::sqrt(square));
        Some(match (*self, decl.start) {
            (_, Start::Constant(value)) => Law::Constant(value),
            (_, Start::Normal(deviation)) => Law::Normal(0.0, deviation),
            (Init::Post, _) => return None,
            (Init::Torch, _) if decl.fan_in > 0 => uniform(1.0 / inputs),
            (_, Start::Bias) | (Init::Zeros | Init::Torch, _) => Law::Constant(0.0),
            (Init::Constant { value }, _) => Law::Constant(value),
            (Init::Uniform { low, high }, _) => Law::Uniform(low, high),
            (Init::Normal { mean, deviation }, _) => Law::Normal(mean, deviation),
            (Init::TruncatedNormal { mean, deviation }, _) => Law::TruncatedNormal(mean, deviation),
            // `Auto` is Glorot's if nothing was chosen for the layer.
            (Init::GlorotUniform | Init::Auto, _) => uniform(6.0 / (inputs + outputs)),
            (Init::GlorotNormal, _) => normal(2.0 / (inputs + outputs)),
            (Init::HeUniform, _) => uniform(6.0 / inputs),
            (Init::HeNormal, _) => normal(2.0 / inputs),
            (Init::LecunUniform, _) => uniform(3.0 / inputs),
            (Init::LecunNormal, _) => normal(1.0 / inputs),
            (Init::Orthogonal { gain }, _) => Law::Orthogonal(gain),
        })
    }
}

impl Law {
    fn draw<T: Float>(&self, random: &mut Random, decl: &ParamDecl, weights: &mut [T]) {
        match *self {
            Law::Constant(value) => weights.fill(T::from_f64(value)),
            Law::Uniform(low, high) => {
                weights.fill_with(|| T::from_f64(low + (high - low) * random.uniform()));
            }
            Law::Normal(mean, deviation) => {
                weights.fill_with(|| T::from_f64(mean + deviation * random.normal()));
            }
            Law::TruncatedNormal(mean, deviation) => {
                weights.fill_with(|| T::from_f64(mean + deviation * within_two(random)));
            }
            Law::Orthogonal(gain) => {
                let columns = decl.shape.last().copied().unwrap_or(1);
                orthogonal(random, gain, columns, weights);
            }
        }
    }
}

/// A draw from the normal distribution, without values farther than 2 from zero.
fn within_two(random: &mut Random) -> f64 {
    loop {
        let number = random.normal();
        if number.abs() <= 2.0 {
            return number;
        }
    }
}

/// Sets `matrix`, with `columns` columns, to a random orthogonal matrix times `gain`. Every orthogonal matrix is
/// equally likely.
///
/// The rows or columns, whichever are fewer, are normal random vectors that are made orthogonal one after the other
/// (Gram and Schmidt's method, twice for each vector, which leaves only rounding errors). The result is the `Q` of a
/// `QR` decomposition whose `R` has a positive diagonal.
fn orthogonal<T: Float>(random: &mut Random, gain: f64, columns: usize, matrix: &mut [T]) {
    let rows = matrix.len() / columns;
    let tall = rows >= columns;
    let (count, length) = if tall { (columns, rows) } else { (rows, columns) };
    let mut vectors: Vec<f64> = (0..count * length).map(|_| random.normal()).collect();
    for n in 0..count {
        let (before, rest) = vectors.split_at_mut(n * length);
        let vector = &mut rest[..length];
        for _ in 0..2 {
            for other in before.chunks_exact(length) {
                let along = dot(vector, other);
                vector.iter_mut().zip(other).for_each(|(x, y)| *x -= along * y);
            }
        }
        let norm = Real::sqrt(dot(vector, vector));
        vector.iter_mut().for_each(|x| *x /= norm);
    }
    for (at, weight) in matrix.iter_mut().enumerate() {
        let (row, column) = (at / columns, at % columns);
        let at = if tall { column * length + row } else { row * length + column };
        *weight = T::from_f64(gain * vectors[at]);
    }
}

/// `Σ x·y`, as sixteen sums that are then added.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; 16];
    for (x, y) in x.chunks(16).zip(y.chunks(16)) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    sums.iter().sum()
}

impl fmt::Display for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, settings): (_, &[_]) = match self {
            Init::Post => ("post", &[]),
            Init::Zeros => ("zeros", &[]),
            Init::Constant { value } => ("constant", &[("value", value)]),
            Init::Uniform { low, high } => ("uniform", &[("low", low), ("high", high)]),
            Init::Normal { mean, deviation } => ("normal", &[("mean", mean), ("deviation", deviation)]),
            Init::TruncatedNormal { mean, deviation } => {
                ("truncated normal", &[("mean", mean), ("deviation", deviation)])
            }
            Init::GlorotUniform => ("glorot uniform", &[]),
            Init::GlorotNormal => ("glorot normal", &[]),
            Init::HeUniform => ("he uniform", &[]),
            Init::HeNormal => ("he normal", &[]),
            Init::LecunUniform => ("lecun uniform", &[]),
            Init::LecunNormal => ("lecun normal", &[]),
            Init::Orthogonal { gain } => ("orthogonal", &[("gain", gain)]),
            Init::Torch => ("torch", &[]),
            Init::Auto => ("auto", &[]),
        };
        let settings = Vec::from_iter(settings.iter().map(|(setting, value)| (*setting, value.to_string())));
        setting::write(f, name, settings.len(), &settings, &settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_with_a_beginning_of_their_own_have_it_and_take_nothing_from_the_others() {
        let weight = || ParamDecl::new("weight", &[3, 2]);
        let with = [weight(), ParamDecl::new("scale", &[2]).constant(0.25), weight()];
        let without = [weight(), weight()];
        for init in [Init::Post, Init::Torch, Init::Zeros] {
            let (mut long, mut short) = ([9.0f64; 14], [9.0; 12]);
            Init::draw(1, &with.each_ref().map(|decl| (init, decl)), &mut long);
            Init::draw(1, &without.each_ref().map(|decl| (init, decl)), &mut short);
            assert_eq!(long[6..8], [0.25; 2]);
            assert_eq!(long[..6], short[..6]);
            assert!(init != Init::Post || long[8..] == short[6..]);
        }
    }

    #[test]
    fn a_bias_that_knows_no_inputs_begins_at_zero() {
        for init in [Init::Torch, Init::HeNormal] {
            let mut bias = [9.0f32; 4];
            Init::draw(1, &[(init, &ParamDecl::new("bias", &[4]))], &mut bias);
            assert_eq!(bias, [0.0; 4]);
        }
    }
}
