//! Weights of another network, taken over by the names of layers.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::names::listed;
use super::pattern::{layer_of, matches, matches_some};
use super::{Network, ParamLayout};
use crate::Float;
use crate::error::FitError;

/// What [`Network::load_matching`] has taken, and what not: names of layers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Layers that have the weights and the state of the other network's layers now.
    pub loaded: Vec<String>,
    /// Layers that the other network has with other shapes, and how the first shape differs.
    pub misfits: Vec<(String, String)>,
    /// Layers that the other network does not have, or that no pattern asks for.
    pub fresh: Vec<String>,
    /// Layers of the other network that this one does not have, or that no pattern asks for.
    pub unused: Vec<String>,
}

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[String]| listed(names.iter().map(String::as_str));
        write!(f, "loaded {}", list(&self.loaded))?;
        for (layer, how) in &self.misfits {
            write!(f, "; `{layer}` begins anew: {how}")?;
        }
        if !self.fresh.is_empty() {
            write!(f, "; new: {}", list(&self.fresh))?;
        }
        if !self.unused.is_empty() {
            write!(f, "; not used: {}", list(&self.unused))?;
        }
        Ok(())
    }
}

impl<T: Float> Network<T> {
    /// Takes the weights and the state of those layers of `from` that have the same names and shapes as layers of this network.
    /// A layer is taken as a whole or not at all. With `patterns`, only layers that a pattern matches are taken; without any, all.
    ///
    /// So a training can begin with the layers of a trained network, and with a last layer for other classes:
    ///
    /// ```
    /// use toddle::{Dense, NetworkSpec, Shape, Tanh};
    ///
    /// let spec = NetworkSpec::new(Shape::vector(4)).add(Dense::new(8)).add(Tanh).add(Dense::new(3));
    /// let trained = spec.build::<f32>(1)?;
    /// let mut spec = trained.spec().clone();
    /// spec.layers[2] = toddle::LayerSpec::from(Dense::new(5)).into();
    /// let mut network = spec.build::<f32>(2)?;
    ///
    /// let loaded = network.load_matching(&trained, &[] as &[&str])?;
    /// assert_eq!(loaded.to_string(), "loaded `dense1`; `dense2` begins anew: its weight is [8, 3] there and [8, 5] here");
    /// assert_eq!(network.weights()[..40], trained.weights()[..40]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A pattern matches no layer that both networks have.
    pub fn load_matching<P: AsRef<str>>(
        &mut self,
        from: &Network<T>,
        patterns: &[P],
    ) -> Result<Loaded, FitError> {
        let theirs = layers(from);
        let ours = layers(self);
        for pattern in patterns {
            let both = ours.iter().filter(|layer| theirs.contains(layer));
            matches_some("take", pattern.as_ref(), both.map(String::as_str))?;
        }
        let is_asked = |layer: &str| {
            patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern.as_ref(), layer))
        };
        let mut report = Loaded::default();
        for layer in ours.iter().cloned() {
            if !theirs.contains(&layer) || !is_asked(&layer) {
                report.fresh.push(layer);
                continue;
            }
            match self.difference(from, &layer) {
                Some(how) => report.misfits.push((layer, how)),
                None => {
                    self.load_layer(from, &layer);
                    report.loaded.push(layer);
                }
            }
        }
        report.unused =
            theirs.into_iter().filter(|layer| !ours.contains(layer) || !is_asked(layer)).collect();
        Ok(report)
    }

    /// How the first parameter or state of `layer` differs from that of the layer of the same name in `from`.
    fn difference(&self, from: &Network<T>, layer: &str) -> Option<String> {
        let pairs = [(&self.layout, &from.layout), (&self.state_layout, &from.state_layout)];
        let shapes = |layout: &ParamLayout| -> Vec<(String, Vec<usize>)> {
            let own = layout.params().iter().filter(|param| layer_of(&param.name) == layer);
            own.map(|param| (param.name[layer.len() + 1..].to_owned(), param.shape.clone())).collect()
        };
        pairs.into_iter().find_map(|(ours, theirs)| {
            let (ours, theirs) = (shapes(ours), shapes(theirs));
            let differing = ours.iter().find(|own| !theirs.contains(own));
            match (differing, theirs.len() == ours.len()) {
                (None, true) => None,
                (None, false) => Some("it has more parameters there".into()),
                (Some((name, shape)), _) => Some(match theirs.iter().find(|(other, _)| other == name) {
                    Some((_, other)) => format!("its {name} is {other:?} there and {shape:?} here"),
                    None => format!("it has no {name} there"),
                }),
            }
        })
    }

    /// Copies the parameters and the state of a layer that is the same in both networks.
    fn load_layer(&mut self, from: &Network<T>, layer: &str) {
        let Network { layout, weights, state_layout, state, .. } = self;
        let all: [(_, &mut [T], _, &[T]); 2] = [
            (&*layout, &mut *weights, &from.layout, &from.weights),
            (&*state_layout, &mut *state, &from.state_layout, &from.state),
        ];
        for (layout, to, from_layout, from) in all {
            for param in layout.params().iter().filter(|param| layer_of(&param.name) == layer) {
                if let Some(source) = from_layout.get(&param.name) {
                    to[param.range.clone()].copy_from_slice(&from[source.range.clone()]);
                }
            }
        }
    }
}

/// The names of the layers of `network` that have parameters or state, in order.
fn layers<T: Float>(network: &Network<T>) -> Vec<String> {
    let mut layers: Vec<String> = Vec::new();
    for param in network.layout.params().iter().chain(network.state_layout.params()) {
        let layer = layer_of(&param.name);
        if !layers.iter().any(|known| known == layer) {
            layers.push(layer.into());
        }
    }
    layers
}
