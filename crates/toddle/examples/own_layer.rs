//! A custom layer: swish with a learned factor `β` for each element, `y[i] = x[i]·σ(β[i]·x[i])`.
//!
//! See P. Ramachandran, B. Zoph, Q. V. Le, *Searching for Activation Functions*, 2017.

use serde::{Deserialize, Serialize};
use toddle::custom::{CustomLayer, PerSample, SampleBackward, SampleForward, per_sample, register};
use toddle::{Adam, Dense, Fit, Float, Layer, Loss, Misfit, Network, NetworkSpec, ParamDecl, Shape, check};

/// The settings of the layer.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Swish {
    /// The value of each `β` at the start.
    beta: f64,
}

impl CustomLayer for Swish {
    const NAME: &'static str = "swish";

    fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        if !self.beta.is_finite() {
            return Err(Misfit::new("its beta is not a finite number", "beta = 1"));
        }
        Ok(per_sample(self, input, input, BuiltSwish { size: input.size(), beta: self.beta }))
    }
}

/// The layer, built for the shape of its input.
#[derive(Debug)]
struct BuiltSwish {
    size: usize,
    beta: f64,
}

impl<T: Float> PerSample<T> for BuiltSwish {
    fn params(&self) -> Vec<ParamDecl> {
        vec![ParamDecl::new("beta", &[self.size]).constant(self.beta)]
    }

    fn forward(&self, SampleForward { w, x, y }: SampleForward<'_, T>) {
        for i in 0..self.size {
            y[i] = x[i] * (w[i] * x[i]).sigmoid();
        }
    }

    fn backward(&self, SampleBackward { w, x, dy, dx, dw, .. }: SampleBackward<'_, T>) {
        for i in 0..self.size {
            let s = (w[i] * x[i]).sigmoid();
            let slope = x[i] * s * (T::ONE - s);
            dx[i] = (s + w[i] * slope) * dy[i];
            dw[i] += x[i] * slope * dy[i];
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let spec =
        NetworkSpec::new(Shape::vector(1)).add(Dense::new(8)).add(Swish { beta: 1.0 }).add(Dense::new(1));

    let report = check::gradients(&spec)?;
    assert!(report.are_right(), "{report}");

    // The samples are 33 points of a parabola.
    let x: Vec<f32> = (0..33).map(|n| n as f32 / 16.0 - 1.0).collect();
    let y: Vec<f32> = x.iter().map(|x| x * x).collect();
    let mut network: Network<f32> = spec.build(0)?;
    let fit = Fit::new(Loss::MeanSquaredError, Adam::new(0.01)).batch(33).epochs(2000);
    let history = network.fit(&x, &y, &fit)?;
    println!("mean squared error: {:.6} at first, {:.6} at last", history.errors[0], history.errors[1999]);
    assert!(history.errors[1999] < 1e-4);

    // A file contains only the name of the layer, so a program must register the layer before it reads the file.
    register::<Swish>()?;
    let file = serde_json::to_string(&spec)?;
    assert_eq!(serde_json::from_str::<NetworkSpec>(&file)?, spec);
    Ok(())
}
