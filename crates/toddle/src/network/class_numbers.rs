//! The elements of a network's inputs that are class numbers, because an embedding takes them.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::ops::Range;

use super::{Network, Op, whole_samples};
use crate::error::FitError;
use crate::training::Samples;
use crate::{Embedding, Float, LayerSpec};

/// Elements of a network's input that are class numbers, because an embedding takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassNumbers<'a> {
    /// The name of the embedding.
    pub layer: &'a str,
    /// The number of classes. The elements are whole numbers from 0 on, below this number.
    pub classes: usize,
    /// The place of the elements in a sample.
    pub range: Range<usize>,
}

impl<T: Float> Network<T> {
    /// The class numbers among the elements of the input: those that an embedding takes, directly or in another shape.
    ///
    /// ```
    /// use toddle::{Embedding, NetworkSpec, Shape};
    /// let network = NetworkSpec::new(Shape::vector(3)).add(Embedding::new(10, 2)).build::<f32>(0)?;
    /// let numbers = &network.class_numbers()[0];
    /// assert_eq!((numbers.classes, &numbers.range), (10, &(0..3)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn class_numbers(&self) -> Vec<ClassNumbers<'_>> {
        let embeddings = self.nodes.iter().filter_map(|node| match node.layer()?.spec() {
            LayerSpec::Embedding(Embedding { classes, .. }) => Some((node, classes)),
            _ => None,
        });
        embeddings
            .filter_map(|(node, classes)| {
                let range = self.inputs[self.input_of_view(node.inputs[0])?].range.clone();
                Some(ClassNumbers { layer: &node.name, classes, range })
            })
            .collect()
    }

    /// The input of the network that has the elements of value `value`. None if they are computed.
    fn input_of_view(&self, mut value: usize) -> Option<usize> {
        while let Some(n) = value.checked_sub(self.inputs.len()) {
            match &self.nodes[n].op {
                Op::Layer(layer) if layer.is_view() => value = self.nodes[n].inputs[0],
                _ => return None,
            }
        }
        Some(value)
    }

    /// Checks that `x` has inputs that the network can take, one sample after the other. Returns the number of samples.
    ///
    /// # Errors
    /// The length of `x` is not that of whole samples, or an embedding gets a number that is not that of a class.
    pub fn check_inputs(&self, x: &[impl Float]) -> Result<usize, FitError> {
        let samples = whole_samples("inputs", "input", x.len(), self.input())?;
        let numbers = self.class_numbers();
        for (n, x) in x.chunks_exact(self.input().size()).enumerate() {
            numbers.iter().try_for_each(|numbers| numbers.check(n, x))?;
        }
        Ok(samples)
    }

    /// Checks that the embeddings get class numbers from `samples`. Nothing is read if there is no embedding.
    ///
    /// # Errors
    /// An embedding gets a number that is not that of a class.
    pub fn check_class_numbers(&self, samples: &dyn Samples<T>) -> Result<(), FitError> {
        let numbers = self.class_numbers();
        if numbers.is_empty() {
            return Ok(());
        }
        let mut x = vec![T::ZERO; self.input().size()];
        (0..samples.count()).try_for_each(|n| {
            samples.input(0, n, &mut x);
            numbers.iter().try_for_each(|numbers| numbers.check(n, &x))
        })
    }
}

impl ClassNumbers<'_> {
    /// Checks the elements of sample `sample`.
    fn check<T: Float>(&self, sample: usize, x: &[T]) -> Result<(), FitError> {
        let ClassNumbers { layer, classes, range } = self;
        let is_class = |x: f64| x % 1.0 == 0.0 && (0.0..*classes as f64).contains(&x);
        match range.clone().find(|&element| !is_class(x[element].to_f64())) {
            None => Ok(()),
            Some(element) => Err(FitError::NotAClass {
                layer: layer.to_string(),
                classes: *classes,
                sample,
                element,
                got: x[element].to_f64(),
            }),
        }
    }
}
