//! A network that is made layer by layer, of the layers in the file of another program.

use std::collections::{HashMap, HashSet};

use toddle::{BuildError, GraphSpec, LayerSpec, Misfit, Placed, Shape};

use crate::ExchangeError;

/// The longest name of a layer that is made of another program's name.
const LONGEST: usize = 60;

/// The layers that were read so far.
#[derive(Default)]
pub(crate) struct Growing {
    pub spec: GraphSpec,
    /// The names that are taken.
    names: HashSet<String>,
    /// The number of layers of each stem that have got a name of it.
    counts: HashMap<&'static str, usize>,
}

impl Growing {
    /// A name like `wanted`, or else like `stem` and a number.
    pub fn name(&mut self, wanted: &str, stem: &'static str) -> String {
        let mut name: String = wanted
            .trim_matches(|letter: char| !letter.is_alphanumeric())
            .chars()
            .map(|letter| if letter.is_alphanumeric() || letter == '-' { letter } else { '_' })
            .collect();
        // Some beginnings of names have a meaning in toddle's own files.
        let is_reserved = ["optimizer", "average", "best", "best_state"].contains(&&name[..]);
        while name.is_empty() || name.chars().count() > LONGEST || is_reserved || self.names.contains(&name) {
            let count = self.counts.entry(stem).or_insert(0);
            *count += 1;
            name = format!("{stem}{count}");
            if !self.names.contains(&name) {
                break;
            }
        }
        self.names.insert(name.clone());
        name
    }

    /// Adds an input. Returns its name.
    pub fn input(&mut self, wanted: &str, shape: Shape) -> String {
        let name = self.name(wanted, "input");
        self.spec.input(&name, shape);
        name
    }

    /// Adds a layer that takes values with these names and shapes. Returns its name and the shape of its value.
    pub fn add(
        &mut self,
        wanted: &str,
        layer: LayerSpec,
        from: &[(&str, Shape)],
    ) -> Result<(String, Shape), Misfit> {
        let output = shape_of(&layer, from)?;
        let name = self.name(wanted, layer.stem());
        self.place(name.clone(), layer, from);
        Ok((name, output))
    }

    /// Places a layer behind the others.
    pub fn place(&mut self, name: String, layer: LayerSpec, from: &[(&str, Shape)]) {
        let before = self.spec.layers.last().and_then(|before| before.name.as_deref());
        let before = before.or_else(|| self.spec.inputs.last().map(|input| &*input.name));
        let from = match from {
            [(only, _)] if Some(*only) == before => Vec::new(),
            _ => from.iter().map(|(name, _)| (*name).to_owned()).collect(),
        };
        self.spec.layers.push(Placed { name: Some(name), from, layer });
    }
}

/// The shape of a layer's output.
pub(crate) fn shape_of(layer: &LayerSpec, from: &[(&str, Shape)]) -> Result<Shape, Misfit> {
    if let [(_, only)] = from {
        return Ok(layer.build::<f32>(*only)?.output());
    }
    let mut graph = GraphSpec::new();
    let values: Vec<_> =
        from.iter().enumerate().map(|(n, (_, shape))| graph.input(&format!("x{n}"), *shape)).collect();
    graph.add(layer.clone(), values);
    Ok(graph.build::<f32>(0).map_err(|fault| fault.misfit)?.output())
}

/// The error that the layers of a file do not fit one another.
pub(crate) fn unbuilt(fault: BuildError) -> ExchangeError {
    let what = format!("the network of the file cannot be built: {}", fault.what);
    ExchangeError::new(what, fault.spec, fault.misfit.because, fault.misfit.remedy)
}
