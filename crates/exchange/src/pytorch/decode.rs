//! Weights of PyTorch onto a network.

use std::collections::BTreeMap;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use toddle::{GraphSpec, Network, Param};

use super::weights::{axes, part_of};
use crate::ExchangeError;
use crate::numbers::{brain, half, numbers};
use crate::order::{sizes, turned};
use crate::params::{Part, odd, parts};
use crate::python::value_names;

/// The end of the name of a number that PyTorch counts and toddle does not have.
const COUNTED: &str = ".num_batches_tracked";

/// The network of `spec` with the weights in `file`, a `state_dict` as safetensors.
///
/// A module that holds all others is passed over. If the tensors have the names that [`encode`](super::encode()) gives them, they are taken by name. If all names begin
/// with numbers, as those of `nn.Sequential` do, they are taken in the order of these numbers. Otherwise each tensor goes
/// to the only parameter of its kind and shape. The shapes are always compared.
///
/// # Errors
/// The file is damaged, the network cannot be built, a tensor has no parameter or a parameter no tensor, a shape
/// differs, or two parameters of one kind have the same shape, so that the shapes do not decide.
pub fn decode(spec: &GraphSpec, file: &[u8]) -> Result<Network<f32>, ExchangeError> {
    let tensors = SafeTensors::deserialize(file).map_err(|fault| {
        wrong("a state_dict as safetensors", fault, "`safetensors.torch.save_file` in PyTorch")
    })?;
    let tensors =
        without_wrapper(tensors.tensors().into_iter().filter(|(name, _)| !name.ends_with(COUNTED)).collect());
    // The file has all weights, so that the memory for them is in proportion to the file.
    let stored: usize = tensors.values().map(|tensor| tensor.shape().iter().product::<usize>()).sum();
    let unbuilt = |fault: toddle::BuildError| {
        ExchangeError::new(fault.what, fault.spec, fault.misfit.because, fault.misfit.remedy)
    };
    let layout = spec.layout().map_err(unbuilt)?;
    if layout.len() > stored {
        let expected = format!("{} weights, as the network has", layout.len());
        return Err(wrong(expected, stored, "the experiment with this network"));
    }
    let mut network = spec.build::<f32>(0).map_err(unbuilt)?;
    let wanted = wanted(&network);
    let found = pair(&wanted, &tensors)?;
    for (Wanted { param, axes, is_state, shape, .. }, name) in wanted.iter().zip(found) {
        let to = if *is_state { network.state_mut() } else { network.weights_mut() };
        to[param.range.clone()].copy_from_slice(&values(name, &tensors[name], shape, axes)?);
    }
    Ok(network)
}

/// The tensors without the modules that hold all others, such as `module.` of `DataParallel`. A number stays.
fn without_wrapper(mut tensors: BTreeMap<String, TensorView<'_>>) -> BTreeMap<String, TensorView<'_>> {
    loop {
        let wrapper = tensors.keys().next().and_then(|name| name.split_once('.')).map(|(first, _)| first);
        let Some(wrapper) = wrapper.filter(|wrapper| wrapper.parse::<usize>().is_err()) else {
            return tensors;
        };
        let wrapper = format!("{wrapper}.");
        let is_within = |name: &String| name.strip_prefix(&wrapper).is_some_and(|rest| rest.contains('.'));
        if !tensors.keys().all(is_within) {
            return tensors;
        }
        tensors = tensors.into_iter().map(|(name, tensor)| (name[wrapper.len()..].into(), tensor)).collect();
    }
}

/// A parameter that needs a tensor.
struct Wanted {
    param: Param,
    /// The order of its axes in PyTorch.
    axes: &'static [usize],
    is_state: bool,
    /// The tensor's name and shape in PyTorch.
    name: String,
    shape: Vec<usize>,
}

impl Wanted {
    /// Whether a tensor of this shape fits. For toddle, a sequence is an image of one row.
    fn has_shape(&self, shape: &[usize]) -> bool {
        match (&self.shape[..], shape) {
            (&[filters, channels, 1, steps], found @ &[_, _, _]) => found == [filters, channels, steps],
            (wanted, found) => wanted == found,
        }
    }
}

fn wanted(network: &Network<f32>) -> Vec<Wanted> {
    let names = value_names(network);
    let mut wanted = Vec::new();
    for (n, node) in network.nodes().iter().enumerate().filter(|(n, node)| node.owner() == *n) {
        let module = &names[network.inputs().len() + n];
        wanted.extend(parts(network, node).map(|Part { param, is_state, .. }| {
            let axes = axes(node, param.shape.len());
            let name = format!("{module}.{}", part_of(&param.name));
            Wanted { name, shape: sizes(&param.shape, axes), param: param.clone(), axes, is_state }
        }));
    }
    wanted
}

/// The name of the tensor for each parameter.
fn pair<'t>(
    wanted: &[Wanted],
    tensors: &'t BTreeMap<String, TensorView<'_>>,
) -> Result<Vec<&'t str>, ExchangeError> {
    if wanted.len() != tensors.len() {
        let names: Vec<&str> = wanted.iter().map(|wanted| &*wanted.name).collect();
        let got: Vec<&str> = tensors.keys().map(String::as_str).collect();
        let expected = format!("{} tensors ({})", wanted.len(), names.join(", "));
        return Err(wrong(
            expected,
            format_args!("{} ({})", got.len(), got.join(", ")),
            "the experiment with this network",
        ));
    }
    if wanted.iter().all(|wanted| tensors.contains_key(&wanted.name)) {
        return wanted.iter().map(|wanted| tensor(wanted, [&wanted.name[..]].into_iter(), tensors)).collect();
    }
    let numbered: Option<Vec<(usize, &str)>> =
        tensors.keys().map(|name| Some((number(name)?, &**name))).collect();
    if let Some(mut numbered) = numbered {
        numbered.sort_by_key(|(number, _)| *number);
        let mut modules: Vec<usize> = numbered.iter().map(|(number, _)| *number).collect();
        modules.dedup();
        let mut layers: Vec<&str> = wanted.iter().map(module_of).collect();
        layers.dedup();
        return wanted
            .iter()
            .map(|wanted| {
                let at = layers
                    .iter()
                    .position(|layer| *layer == module_of(wanted))
                    .and_then(|at| modules.get(at));
                let of_module =
                    numbered.iter().filter(|(number, _)| Some(number) == at).map(|(_, name)| *name);
                tensor(wanted, of_module.filter(|name| part_of(name) == part_of(&wanted.name)), tensors)
            })
            .collect();
    }
    let fits = |wanted: &Wanted, name: &str, shape: &[usize]| {
        part_of(name) == part_of(&wanted.name) && wanted.has_shape(shape)
    };
    wanted
        .iter()
        .map(|one| {
            let same = wanted.iter().filter(|other| fits(other, &one.name, &one.shape)).count();
            if same > 1 {
                let expected = format!("names or numbers that tell `{}` from others of its shape", one.name);
                let got = tensors.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                return Err(wrong(expected, got, "tensors with toddle's names, such as `conv1.weight`"));
            }
            let fitting = tensors.iter().filter(|(name, tensor)| fits(one, name, tensor.shape()));
            tensor(one, fitting.map(|(name, _)| &**name), tensors)
        })
        .collect()
}

/// The only tensor of `names`, if it has the right shape.
fn tensor<'t, 'n>(
    wanted: &Wanted,
    mut names: impl Iterator<Item = &'n str>,
    tensors: &'t BTreeMap<String, TensorView<'_>>,
) -> Result<&'t str, ExchangeError> {
    let found = names.next().and_then(|name| tensors.get_key_value(name));
    let expected = || format!("`{}` of shape {:?}", wanted.name, wanted.shape);
    match found {
        Some((name, tensor)) if wanted.has_shape(tensor.shape()) => Ok(name),
        Some((name, tensor)) => {
            let got = format!("`{name}` of shape {:?}", tensor.shape());
            Err(wrong(expected(), got, "the experiment with this network"))
        }
        None => Err(wrong(expected(), "no tensor for it", "the experiment with this network")),
    }
}

/// The module of a parameter.
fn module_of(wanted: &Wanted) -> &str {
    wanted.name.rsplit_once('.').map_or("", |(module, _)| module)
}

/// The number at the beginning of the name of a tensor of `nn.Sequential`.
fn number(name: &str) -> Option<usize> {
    let (number, part) = name.split_once('.')?;
    if part.contains('.') { None } else { number.parse().ok() }
}

/// The elements of a tensor of `shape` in the layout of toddle, whose axes have the order `axes` in PyTorch.
fn values(
    name: &str,
    tensor: &TensorView<'_>,
    shape: &[usize],
    axes: &[usize],
) -> Result<Vec<f32>, ExchangeError> {
    let bytes = tensor.data();
    let values: Vec<f32> = match tensor.dtype() {
        Dtype::F32 => numbers(bytes, f32::from_le_bytes),
        Dtype::F64 => numbers(bytes, |bytes| f64::from_le_bytes(bytes) as f32),
        Dtype::F16 => numbers(bytes, |bytes| half(u16::from_le_bytes(bytes))),
        Dtype::BF16 => numbers(bytes, |bytes| brain(u16::from_le_bytes(bytes))),
        other => {
            return Err(wrong(
                format_args!("floats in `{name}`"),
                format_args!("{other:?}"),
                "`.float()` in PyTorch",
            ));
        }
    };
    if let Some((kind, number)) = odd(name, &values) {
        return Err(wrong(format_args!("{kind} in `{name}`"), number, "training the network again"));
    }
    let mut back = vec![0; axes.len()];
    axes.iter().enumerate().for_each(|(to, &from)| back[from] = to);
    Ok(turned(&values, shape, &back))
}

fn wrong(expected: impl std::fmt::Display, got: impl std::fmt::Display, remedy: &str) -> ExchangeError {
    ExchangeError::new("the weights of PyTorch cannot be read", expected, got, remedy)
}
