//! The first part of a network, as a network of its own.

use toddle::{Float, GraphSpec, Jacobian, LayerSpec, Network, OutputSpec, ParamLayout, Residual, Shared};

use crate::error::LookError;

/// The part of `network` that leads to the value called `name`, with its weights. Its output is this value.
///
/// So a gradient can start at any layer. The part has exact gradients: a softmax with the shortcut of the post gets its
/// whole Jacobian.
///
/// ```
/// use toddle::{Dense, NetworkSpec, Shape, Tanh};
///
/// let spec = NetworkSpec::new(Shape::vector(2)).add(Dense::new(3)).add(Tanh).add(Dense::new(1));
/// let network = spec.build::<f64>(0)?;
/// let part = toddle_look::cut(&network, "tanh1")?;
/// assert_eq!(part.predict(&[1.0, 2.0])?, network.trace(&[1.0, 2.0])?.value("tanh1").unwrap());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The network has several inputs, no layer has this name, or the layer is inside a residual block.
pub fn cut<T: Float>(network: &Network<T>, name: &str) -> Result<Network<T>, LookError> {
    let spec = network.spec();
    let names: Vec<String> = spec.names().collect();
    let Some(last) = names.iter().position(|other| other == name) else {
        let remedy = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let expected = "a layer of the network, and not one inside a residual block";
        return Err(LookError::refused("there is no such layer", expected, format!("`{name}`"), remedy));
    };
    let [input] = &spec.inputs[..] else {
        let (expected, got) = ("a network with one input", format!("{} inputs", spec.inputs.len()));
        return Err(LookError::refused("the network cannot be cut", expected, got, "another network"));
    };

    let mut layers = spec.layers[..=last].to_vec();
    for l in 0..layers.len() {
        if layers[l].from.is_empty() {
            let before = l.checked_sub(1).map_or(&input.name, |before| &names[before]);
            layers[l].from.push(before.clone());
        }
        layers[l].name = Some(names[l].clone());
        layers[l].layer = exact(layers[l].layer.clone());
    }
    // A layer takes values that stand before it, so one pass from the end finds all that lead to the last layer.
    let mut leads = vec![false; layers.len()];
    leads[last] = true;
    for l in (0..=last).rev() {
        if !leads[l] {
            continue;
        }
        let with = match &layers[l].layer {
            LayerSpec::Shared(Shared { with }) => Some(with),
            _ => None,
        };
        for from in layers[l].from.iter().chain(with) {
            if let Some(before) = names.iter().position(|other| other == from) {
                leads[before] = true;
            }
        }
    }
    let mut leads = leads.into_iter();
    layers.retain(|_| leads.next() == Some(true));

    let outputs = vec![OutputSpec::new(name, name)];
    let part = GraphSpec { inputs: spec.inputs.clone(), layers, outputs, init: spec.init };
    let mut part = part.build::<T>(0)?;
    let weights = taken(part.layout(), network.layout(), network.weights());
    part.weights_mut().copy_from_slice(&weights);
    let state = taken(part.state_layout(), network.state_layout(), network.state());
    part.state_mut().copy_from_slice(&state);
    Ok(part)
}

/// The layer with its true gradient.
fn exact(layer: LayerSpec) -> LayerSpec {
    let all = |layers: Vec<LayerSpec>| layers.into_iter().map(exact).collect();
    match layer {
        LayerSpec::Softmax(softmax) => {
            LayerSpec::Softmax(toddle::Softmax { jacobian: Jacobian::Full, ..softmax })
        }
        LayerSpec::Residual(Residual { layers, projection }) => {
            LayerSpec::Residual(Residual { layers: all(layers), projection: all(projection) })
        }
        other => other,
    }
}

/// The numbers of the parameters of `part`, from those of the whole network.
fn taken<T: Float>(part: &ParamLayout, whole: &ParamLayout, numbers: &[T]) -> Vec<T> {
    let params = part.params().iter().filter_map(|param| whole.get(&param.name));
    params.flat_map(|param| numbers[param.range.clone()].iter().copied()).collect()
}
