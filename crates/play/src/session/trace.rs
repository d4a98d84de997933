//! Every value of a network for one input, and its answer.

use toddle::{Float, argmax};

use super::Response;
use super::input::Given;
use super::work::{Work, shape};
use crate::protocol::{Answer, Array, Fault, Input, Said, Traced, TracedValue};

impl<T: Float + From<f32>> Work<T> {
    /// Every value for an input, or those that `nodes` names.
    pub fn trace(&self, input: &Input, nodes: Option<&[String]>) -> Response {
        let Given { x, picture, done, label, .. } = self.given(input)?;
        let trace = self.network.trace(&x)?;
        let output: Vec<f64> = trace.output().iter().map(|y| y.to_f64()).collect();
        if let Some(unknown) = nodes.into_iter().flatten().find(|name| self.value(name).is_none()) {
            return Err(self.no_value(unknown));
        }
        let is_wanted = |name: &str| nodes.is_none_or(|nodes| nodes.iter().any(|wanted| wanted == name));
        let values = (0..self.network.inputs().len() + self.network.nodes().len())
            .map(|value| self.network.value_name(value))
            .filter(|name| is_wanted(name))
            .filter_map(|name| {
                let elements = trace.value(name)?;
                let [least, most] = bounds(elements.iter().map(|x| x.to_f64()));
                let shape = shape(self.network.shape(self.value(name)?));
                Some(TracedValue { name: name.into(), value: Array::of(shape, &elements), least, most })
            })
            .collect();
        Ok(Answer::Trace(Traced {
            input: Array::of(shape(self.network.input()), &x),
            picture,
            done,
            values,
            output: Array::of(shape(self.network.output()), trace.output()),
            said: self.said(&output)?,
            truth: label,
        }))
    }

    /// The class that an output chooses.
    pub fn said(&self, output: &[f64]) -> Result<Option<Said>, Fault> {
        if !self.has_classes() {
            return Ok(None);
        }
        let probabilities = self.probabilities(output)?;
        let class = argmax(&probabilities);
        let (name, probability) = (self.classes[class].clone(), probabilities[class]);
        Ok(Some(Said { class, name, probability, probabilities }))
    }

    /// The number of the value of this name: the inputs come first, then the nodes.
    pub fn value(&self, name: &str) -> Option<usize> {
        let values = self.network.inputs().len() + self.network.nodes().len();
        (0..values).find(|&value| self.network.value_name(value) == name)
    }

    /// The error that there is no value of this name.
    pub fn no_value(&self, name: &str) -> Fault {
        let inputs = self.network.inputs().iter().map(|input| &*input.name);
        let names: Vec<&str> = inputs.chain(self.network.nodes().iter().map(|node| node.name())).collect();
        Fault::new("there is no node of this name", names.join(", "), name, "another name")
    }
}

/// The least and the largest of some numbers.
pub fn bounds(numbers: impl Iterator<Item = f64>) -> [f64; 2] {
    numbers.fold([f64::INFINITY, f64::NEG_INFINITY], |[least, most], x| [least.min(x), most.max(x)])
}
