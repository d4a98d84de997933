//! One element of a value: how it was computed, and what the loss says of it.
//!
//! The numbers are those of the engine: a trace and its gradients. The terms between are computed here, in the order
//! of `docs/exactness.md`, and tests compare their sums with the trace, bit for bit.
//!
//! | file | idea |
//! |---|---|
//! | `mod.rs` | the values and the gradients, and the answer |
//! | `rule.rs` | how a node computes an element |
//! | `forward.rs` | the terms of an element |
//! | `backward.rs` | what each node gives to the gradient of an element |
//! | `step.rs` | what the optimizer does to a weight |

mod backward;
mod forward;
mod rule;
mod step;

use toddle::{Float, Network, NetworkSpec, Shape};

use self::rule::Rule;
use super::work::{Work, shape};
use super::{Response, describe};
use crate::protocol::{Answer, Backward, Element, Explained, Fault};

/// The values of a network for an input, and the gradients of the loss with respect to them.
struct Facts<'w, T: Float> {
    network: &'w Network<T>,
    /// The elements of each value: the inputs, then the nodes.
    values: Vec<Vec<T>>,
    gradients: Option<Gradients<T>>,
}

/// The gradients of the loss of an input.
struct Gradients<T> {
    loss: T,
    target: Vec<T>,
    /// The gradient to the outputs.
    output: Vec<T>,
    /// The gradient to each value.
    values: Vec<Vec<T>>,
    weights: Vec<T>,
}

impl<T: Float + From<f32>> Work<T> {
    /// The answer about one element.
    pub fn element(&self, ask: &Element) -> Response {
        let value = self.value(&ask.node).ok_or_else(|| self.no_value(&ask.node))?;
        let of = self.network.shape(value);
        if ask.index >= of.size() {
            let expected = format!("an index below {}", of.size());
            let got = ask.index.to_string();
            return Err(Fault::new("the value has no such element", expected, got, "a lower index"));
        }
        let (facts, output) = self.facts(ask)?;
        let node = value.checked_sub(self.network.inputs().len());
        let kind = node.map_or("input", |n| self.network.nodes()[n].kind());
        let rule = node.map_or(Rule::Layer, |n| rule::of(&self.network, n));
        let forward = match node {
            Some(n) => facts.forward(&rule, n, ask.index),
            None => forward::whole(),
        };
        let backward = facts.gradients.as_ref().map(|gradients| {
            let numbers = |numbers: &[T]| numbers.iter().map(|x| x.to_f64()).collect();
            let step = self.step(gradients, &forward, ask.weight);
            Backward {
                loss: self.loss().to_string(),
                loss_value: gradients.loss.to_f64(),
                target: numbers(&gradients.target),
                output: output.clone(),
                output_gradient: numbers(&gradients.output),
                gradient: gradients.values[value][ask.index].to_f64(),
                from: facts.shares(gradients, value, ask.index),
                step,
            }
        });
        let element = facts.values[value][ask.index].to_f64();
        Ok(Answer::Element(Box::new(Explained {
            node: ask.node.clone(),
            kind: kind.into(),
            index: ask.index,
            place: place(of, ask.index),
            shape: shape(of),
            value: element,
            derivation: forward::derivation(&forward, element),
            forward,
            formula: describe::formula(kind),
            backward,
        })))
    }

    /// The values for the input of an ask, the gradients if there is a target, and the output.
    fn facts(&self, ask: &Element) -> Result<(Facts<'_, T>, Vec<f64>), Fault> {
        let network = &self.network;
        let given = self.given(&ask.input)?;
        let mut trace = network.trace(&given.x)?;
        let values = trace.values().map(|(_, elements)| elements).collect();
        let y = trace.output().to_vec();
        let output: Vec<f64> = y.iter().map(|y| y.to_f64()).collect();
        let target = self.target(&given, ask.target, &output)?;
        let gradients = target.map(|target| -> Result<Gradients<T>, Fault> {
            let (loss, output) = network.judge(self.loss(), &y, &target)?;
            let back = trace.backward(&output)?;
            let values = back.values().map(|(_, elements)| elements).collect();
            let weights = back.weights().to_vec();
            Ok(Gradients { loss, target, output, values, weights })
        });
        Ok((Facts { network, values, gradients: gradients.transpose()? }, output))
    }
}

impl<T: Float> Facts<'_, T> {
    /// The name of a value.
    fn name(&self, value: usize) -> String {
        self.network.value_name(value).into()
    }

    /// The value that is the output of node `n`.
    fn value_of(&self, n: usize) -> usize {
        self.network.inputs().len() + n
    }

    /// The place of the parameters of node `n` among all weights.
    fn first_weight(&self, n: usize) -> usize {
        self.network.layout().layer(n).start
    }

    /// A network of the layer of node `n` alone, with its weights.
    fn alone(&self, n: usize) -> Option<Network<T>> {
        let node = &self.network.nodes()[n];
        let input = self.network.shape(node.inputs()[0]);
        let mut alone = NetworkSpec::new(input).add(node.layer()?.spec()).build::<T>(0).ok()?;
        alone.weights_mut().copy_from_slice(&self.network.weights()[self.network.layout().layer(n)]);
        alone.state_mut().copy_from_slice(&self.network.state()[self.network.state_layout().layer(n)]);
        Some(alone)
    }
}

/// The channel, row and column of an element; or its place in a vector.
fn place(shape: Shape, index: usize) -> Vec<usize> {
    match shape {
        Shape::Vector(_) => vec![index],
        Shape::Image { height, width, .. } => {
            vec![index / (height * width), index / width % height, index % width]
        }
    }
}
