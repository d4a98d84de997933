use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::Run;
use toddle_kernels::group_norm::{Geometry, block, row};
use toddle_kernels::norm::Affine;

use super::batch_norm::{affine, plane};
use super::window::{write_unless, yes};
use super::{lanes, lanes_mut};
use crate::error::Misfit;
use crate::layer::{Backward, Family, Forward, Layer};
use crate::{Float, LayerSpec, ParamDecl, Shape};

/// Group normalisation: gives each group of channels the mean 0 and the variance 1, in each sample by itself. Then it
/// scales and shifts each channel by two learned weights.
///
/// `y = γ[c]·(x − μ)/√(σ² + ε) + β[c]`. `μ` and `σ²` are the mean and the (biased) variance of all elements of the
/// group that contains channel `c`. A group is neighbouring channels with all their pixels.
///
/// Per sample: `x` c×h×w, or a vector of c elements, each of which is a channel; `γ`, `β` c; `y` as `x`.
///
/// Settings: `groups`, which must be given; with as many groups as channels, this is *instance normalisation*.
/// `affine`, true by default: whether there are `γ` and `β`. `epsilon`, 10⁻⁵ by default.
///
/// Parameters, if affine: `weight` (`γ`, 1 at first) and `bias` (`β`, 0 at first).
///
/// Training and inference: the same. A sample does not depend on the other samples of its batch.
///
/// Backward, over the `N` elements of a group, with `x̂ = (x − μ)/√(σ² + ε)`:
/// `dx = 1/√(σ² + ε) · (γ·dy − Σ γ·dy/N − x̂·Σ γ·dy·x̂/N)`. Over the elements of a channel: `dγ = Σ dy·x̂`,
/// `dβ = Σ dy`. Cost: three passes over the elements forward, four backward.
///
/// Errors, from `build`: the groups do not divide the channels, a group is a single element, or a setting is out of
/// its range.
///
/// ```
/// use toddle::{Conv2d, GroupNorm, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::image(1, 8, 8)).add(Conv2d::new(4, 3)).add(GroupNorm::new(2)).build::<f32>(0)?;
/// assert_eq!(network.output(), Shape::image(4, 6, 6));
/// assert_eq!(network.layout().get("norm1.weight").unwrap().shape, [4]);
///
/// let norm = GroupNorm { affine: false, ..GroupNorm::new(2) };
/// let network = NetworkSpec::new(Shape::vector(4)).add(norm).build::<f64>(0)?;
/// let y = network.predict(&[3.0, 5.0, -200.0, 200.0])?;
/// assert!(y.iter().zip([-1.0, 1.0, -1.0, 1.0]).all(|(y, expected)| (y - expected).abs() < 1e-5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// See Wu and He, *Group Normalization*, 2018; Ulyanov, Vedaldi and Lempitsky, *Instance Normalization: The Missing
/// Ingredient for Fast Stylization*, 2016.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GroupNorm {
    /// The number of groups into which the channels are divided. The number of channels must be a multiple of it.
    #[cfg_attr(feature = "schema", schemars(example = 4, range(min = 1)))]
    pub groups: usize,
    /// Whether each channel is scaled and shifted by two learned weights.
    #[cfg_attr(feature = "schema", schemars(example = false))]
    #[serde(default = "yes")]
    pub affine: bool,
    /// A small number added to the variance, so that nothing is divided by 0.
    #[cfg_attr(feature = "schema", schemars(example = 1e-3, extend("exclusiveMinimum" = 0)))]
    #[serde(default = "epsilon")]
    pub epsilon: f64,
}

/// The default of `epsilon`.
const fn epsilon() -> f64 {
    1e-5
}

impl GroupNorm {
    /// Normalises this many groups of channels.
    pub fn new(groups: usize) -> Self {
        GroupNorm { groups, affine: true, epsilon: epsilon() }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        let GroupNorm { groups, affine, epsilon } = *self;
        let channels = input.size() / plane(input);
        if !channels.is_multiple_of(groups) {
            let because = format!("{channels} channels do not fall into {groups} groups of the same size");
            let remedy = format!("groups = 1, or another number that divides {channels}");
            return Err(Misfit::new(because, remedy));
        }
        if groups == input.size() {
            let because = "each group is one element, and one element has no variance";
            return Err(Misfit::new(because, "fewer groups, or no `group_norm`"));
        }
        let weights = if affine { vec![channels] } else { Vec::new() };
        let g = Geometry { groups, channels, plane: plane(input), epsilon };
        build((*self).into(), weights, g, input)
    }
}

impl fmt::Display for GroupNorm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "group_norm {{ groups = {}", self.groups)?;
        write_unless(f, "affine", self.affine, true)?;
        if self.epsilon != epsilon() {
            write!(f, ", epsilon = {:e}", self.epsilon)?;
        }
        f.write_str(" }")
    }
}

/// The layer `spec`, which normalises samples by themselves. `weights` is the shape of `γ` and of `β`, empty if there are
/// none.
///
/// # Errors
/// `ε` is not a number above 0.
pub(super) fn build<T: Float>(
    spec: LayerSpec,
    weights: Vec<usize>,
    mut g: Geometry,
    shape: Shape,
) -> Result<Box<dyn Layer<T>>, Misfit> {
    let epsilon = T::from_f64(g.epsilon);
    if !(epsilon > T::ZERO && epsilon.is_finite()) {
        return Err(Misfit::new(
            format!("its epsilon is not a finite {} above 0", T::NAME),
            "epsilon = 1e-5",
        ));
    }
    if weights.is_empty() {
        // Channels are runs of elements that share weights. Without weights, a group is one run.
        (g.channels, g.plane) = (g.groups, shape.size() / g.groups);
    }
    Ok(Box::new(BuiltGroupNorm { spec, weights, g, shape }))
}

#[derive(Debug)]
struct BuiltGroupNorm {
    spec: LayerSpec,
    /// The shape of `γ` and of `β`; empty if there are none.
    weights: Vec<usize>,
    g: Geometry,
    shape: Shape,
}

impl<T: Float> Layer<T> for BuiltGroupNorm {
    fn spec(&self) -> LayerSpec {
        self.spec.clone()
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn params(&self) -> Vec<ParamDecl> {
        affine(&self.weights)
    }

    fn forward(&self, Forward { isa, family, params, x, y, .. }: Forward<'_, T>) {
        let (g, affine) = (&self.g, Affine { params });
        match family {
            Family::Row => row::Forward { g, affine, x, y }.on(isa),
            Family::Block => block::Forward { g, affine, x: lanes(x), y: lanes_mut(y) }.on(isa),
        }
    }

    fn backward(&self, Backward { isa, family, params, x, dy, dx, grads: dw, .. }: Backward<'_, T>) {
        let (g, affine) = (&self.g, Affine { params });
        match family {
            Family::Row => row::Backward { g, affine, x, dy, dx, dw }.on(isa),
            Family::Block => {
                let (x, dy, dx) = (lanes(x), lanes(dy), dx.map(lanes_mut));
                block::Backward { g, affine, x, dy, dx, dw }.on(isa);
            }
        }
    }
}
