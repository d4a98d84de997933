//! The picture that excites a unit most.

use std::cmp::Ordering;

use toddle::{Float, Network, NumpyRandom, Shape};

use crate::cut;
use crate::error::LookError;

/// How the picture is found.
#[derive(Clone, Debug, PartialEq)]
pub struct Excite {
    /// The number of steps along the gradient.
    pub steps: usize,
    /// The length of a step, as the mean change of an input.
    pub rate: f64,
    /// The part by which each input shrinks in a step, so that only what matters to the unit grows.
    pub decay: f64,
    /// The least and the greatest input.
    pub limits: [f64; 2],
    /// The seed of the noise that the picture begins with.
    pub seed: u32,
}

/// The picture that excites a unit: made by [`excite`].
#[derive(Clone, Debug, PartialEq)]
pub struct Excited {
    /// The inputs of the network.
    pub input: Vec<f64>,
    /// The value of the unit for the noise at the beginning.
    pub before: f64,
    /// The value of the unit for the picture.
    pub after: f64,
}

impl Default for Excite {
    fn default() -> Self {
        Excite { steps: 100, rate: 0.05, decay: 0.01, limits: [-3.0, 3.0], seed: 0 }
    }
}

/// The input that excites unit `unit` of the layer called `layer` most, by gradient ascent from weak noise.
///
/// A unit is a channel of an image, whose value is the mean over its places, or an element of a vector. Each step follows the
/// gradient, shrinks all inputs a little and keeps them within the limits. The same settings give the same picture. Cost:
/// `steps` forward and backward passes.
///
/// ```
/// use toddle::{Dense, NetworkSpec, Shape};
/// use toddle_look::why::{Excite, excite};
///
/// let mut network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f64>(0)?;
/// network.weights_mut().copy_from_slice(&[1.0, -1.0, 0.0]);
/// let excited = excite(&network, "dense1", 0, &Excite::default())?;
/// assert!(excited.input[0] > 1.0 && excited.input[1] < -1.0 && excited.after > excited.before);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// No layer has this name, or the layer has no such unit.
pub fn excite<T: Float>(
    network: &Network<T>,
    layer: &str,
    unit: usize,
    settings: &Excite,
) -> Result<Excited, LookError> {
    let Excite { steps, rate, decay, limits: [low, high], seed } = *settings;
    let part = cut(network, layer)?;
    let (units, plane) = match part.output() {
        Shape::Image { channels, height, width } => (channels, height * width),
        Shape::Vector(size) => (size, 1),
    };
    if unit >= units {
        let expected = format!("0 to {}: `{layer}` has {units} units", units - 1);
        return Err(LookError::refused("there is no such unit", expected, unit, "another unit"));
    }
    if low.partial_cmp(&high) != Some(Ordering::Less) {
        let got = format!("{low} to {high}");
        let expected = "a lower limit below the upper one";
        return Err(LookError::refused("no input lies within these limits", expected, got, "other limits"));
    }
    let mut dy = vec![T::ZERO; part.output().size()];
    dy[unit * plane..][..plane].fill(T::from_f64(1.0 / plane as f64));

    let (mut random, middle) = (NumpyRandom::new(seed), 0.5 * (low + high));
    let size = part.input().size();
    let mut input: Vec<f64> = (0..size).map(|_| middle + 0.02 * (high - low) * random.normal()).collect();
    let value = |y: &[T]| y[unit * plane..][..plane].iter().map(|y| y.to_f64()).sum::<f64>() / plane as f64;
    let before = value(&part.predict(&super::numbers::<T>(input.iter().copied()))?);
    for _ in 0..steps {
        let x: Vec<T> = super::numbers(input.iter().copied());
        let mut trace = part.trace(&x)?;
        let gradient = trace.backward(&dy)?.input().to_vec();
        let length = (gradient.iter().map(|g| g.to_f64().powi(2)).sum::<f64>() / size as f64).sqrt();
        if length == 0.0 || !length.is_finite() {
            break;
        }
        for (x, g) in input.iter_mut().zip(gradient) {
            let shrunk = middle + (1.0 - decay) * (*x - middle);
            *x = (shrunk + rate * g.to_f64() / length).clamp(low, high);
        }
    }
    let after = value(&part.predict(&super::numbers::<T>(input.iter().copied()))?);
    Ok(Excited { input, before, after })
}
