//! The answers of a network on a grid of points.

use toddle::Float;

use super::Response;
use super::points::{self, inputs};
use super::work::Work;
use crate::protocol::{Answer, Array, Fault, Feature, PointSettings};

/// The most columns or rows of a grid.
const MOST: usize = 200;

impl<T: Float + From<f32>> Work<T> {
    /// The answer, or an element of a node, on a grid of the square from −1 to 1. The first row is that of y = 1.
    pub fn boundary(&self, columns: usize, rows: usize, node: Option<&str>, unit: usize) -> Response {
        let features = self.features()?;
        if !(2..=MOST).contains(&columns) || !(2..=MOST).contains(&rows) {
            let expected = format!("from 2 to {MOST} columns and rows");
            return Err(Fault::new(
                "the grid cannot be this large",
                expected,
                format!("{columns}×{rows}"),
                "60×60",
            ));
        }
        let at = |n: usize, of: usize| -1.0 + 2.0 * n as f32 / (of - 1) as f32;
        let mut x = Vec::new();
        for row in 0..rows {
            for column in 0..columns {
                let point = inputs(features, [at(column, columns), -at(row, rows)]);
                x.extend(point.into_iter().map(T::from));
            }
        }
        let (values, of) = match node {
            Some(name) => self.unit(&x, name, unit)?,
            None => (self.answers(&x)?, "output".to_owned()),
        };
        Ok(Answer::Boundary { columns, rows, values: Array::of(vec![rows, columns], &values), of })
    }

    /// The probability of the second class for each sample, or the first output if there are no classes.
    fn answers(&self, x: &[T]) -> Result<Vec<T>, Fault> {
        let width = self.network.output().size();
        let outputs = self.network.predict(x)?;
        if !self.has_classes() {
            return Ok(outputs.chunks_exact(width).map(|y| y[0]).collect());
        }
        let outputs: Vec<f64> = outputs.iter().map(|y| y.to_f64()).collect();
        let probabilities = self.probabilities(&outputs)?;
        Ok(probabilities.chunks_exact(self.classes.len()).map(|of| T::from_f64(of[1])).collect())
    }

    /// Element `unit` of the node `name` for each sample.
    fn unit(&self, x: &[T], name: &str, unit: usize) -> Result<(Vec<T>, String), Fault> {
        let value = self.value(name).ok_or_else(|| self.no_value(name))?;
        let size = self.network.shape(value).size();
        if unit >= size {
            let expected = format!("a number below {size}");
            return Err(Fault::new(
                "the node has no such element",
                expected,
                unit.to_string(),
                "a lower number",
            ));
        }
        let all = self.network.trace(x)?.value(name).unwrap_or_default();
        Ok((all.chunks_exact(size).map(|elements| elements[unit]).collect(), format!("{name}[{unit}]")))
    }

    /// The samples, if they are points. The coordinates are the features `x` and `y`, or are drawn again.
    pub fn point_samples(&self) -> Response {
        self.features()?;
        let settings = self.points.as_ref().expect("samples are points");
        let plain = PointSettings { features: vec![Feature::X, Feature::Y], ..settings.clone() };
        let parts = points::parts(&plain)?;
        let set = |dataset: &toddle_data::Dataset| {
            (Array::of(vec![dataset.len(), 2], &dataset.inputs::<f32>()), dataset.labels().to_vec())
        };
        let (train, train_labels) = set(&parts.train);
        let (validation, validation_labels) = set(parts.validation.as_ref().unwrap_or(&parts.train));
        Ok(Answer::Points { train, train_labels, validation, validation_labels })
    }

    fn features(&self) -> Result<&[Feature], Fault> {
        self.points.as_ref().map(|points| &points.features[..]).ok_or_else(|| {
            let expected = "samples that are points";
            Fault::new("there is no plane to show", expected, "samples of another kind", "points")
        })
    }
}
