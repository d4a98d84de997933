use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::Run;
use toddle_kernels::conv2d::{Geometry, block, row};
use toddle_lanes::LANES;

use super::window::{Sides, Size, Windows, one, write_unless, yes};
use super::{lanes, lanes_mut};
use crate::error::Misfit;
use crate::layer::{Backward, Family, Forward, Layer, Needs, Pack};
use crate::{Float, LayerSpec, ParamDecl, Shape};

/// Transposed 2-D convolution: adds a small window of weights to the output for every element of an image. It makes
/// images larger.
///
/// `y[k,oy,ox] = b[k] + Σ c,r,s  w[r,s,k,c] · x[c,iy,ix]`, over the `iy`, `ix` with `oy = iy·t+r·d−p` and
/// `ox = ix·t+s·d−p`; `t` is the stride, `d` the dilation and `p` the padding before. The operation is the backward
/// pass of [`Conv2d`](crate::Conv2d) to its input, used as a forward pass. It is not the inverse of a convolution.
///
/// Per sample: `x` c×h×w, `w` r×s×k/g×c for `g` groups, `b` k, `y` k×oh×ow with `oh = (h−1)·t − p − p' + (r−1)·d + e + 1` for
/// a padding of `p` rows above and `p'` below and an output padding of `e`; `ow` likewise.
///
/// Settings: `filters` and `kernel`, which must be given. `stride`, 1 by default: the distance in the output between
/// the windows of neighbouring elements of the input. `padding`, 0 by default: rows and columns that are cut off the
/// sides of the output. `output_padding`, 0 by default: rows that are added at the bottom of the output and columns
/// that are added at its right. They choose the size of the output, because a convolution with a stride makes images
/// of several sizes equally large. `dilation`, 1 by default: the distance in the output between neighbouring elements
/// of a window. `groups`, 1 by default. `bias`, true by default.
///
/// Training and inference: the same.
///
/// Backward: `db += Σ dy`, `dw += Σ x · dy shifted`, `dx = Σ w · dy shifted`, a convolution. Cost: `2·c·(k/g)·r·s·h·w` FLOP
/// forward, twice that back.
///
/// Errors, from `build`: the input is not an image, the groups do not divide the channels or the filters, the padding
/// leaves no output, the output padding is not less than the stride or the dilation, or a setting is 0 or far too
/// large.
///
/// ```
/// use toddle::{ConvTranspose2d, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::image(16, 7, 7))
///     .add(ConvTranspose2d::new(8, 3).stride(2).padding(1).output_padding(1))
///     .build::<f32>(0)?;
/// assert_eq!(network.output(), Shape::image(8, 14, 14));
/// assert_eq!(network.layout().get("conv_transpose1.weight").unwrap().shape, [3, 3, 8, 16]);
/// # Ok::<(), toddle::BuildError>(())
/// ```
///
/// See PyTorch's `ConvTranspose2d`, whose weights are c×k/g×r×s, and Dumoulin and Visin, *A guide to convolution arithmetic
/// for deep learning* (2016).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConvTranspose2d {
    /// The number of windows, which is the number of channels of the output.
    #[cfg_attr(feature = "schema", schemars(example = 16, range(min = 1)))]
    pub filters: usize,
    /// Rows and columns of each window: a number, or `[rows, columns]`.
    #[cfg_attr(feature = "schema", schemars(example = 4))]
    pub kernel: Size,
    /// The distance from one window to the next, in rows and columns of the output. 2 doubles the size of the image.
    #[cfg_attr(feature = "schema", schemars(example = 2))]
    #[serde(default = "Size::one")]
    pub stride: Size,
    /// The number of rows and columns that are removed from the output: a number for all sides, or `[top, bottom,
    /// left, right]`.
    #[cfg_attr(feature = "schema", schemars(example = 1))]
    #[serde(default)]
    pub padding: Sides,
    /// The number of rows at the bottom and of columns at the right that are added to the output. It must be less
    /// than the stride or the dilation.
    #[cfg_attr(feature = "schema", schemars(example = 1))]
    #[serde(default = "Size::zero")]
    pub output_padding: Size,
    /// The distance between the elements of a window, in rows and columns of the output. With 1, they are neighbours.
    #[cfg_attr(feature = "schema", schemars(example = 2))]
    #[serde(default = "Size::one")]
    pub dilation: Size,
    /// The number of groups into which channels and filters are divided. A channel is read only by the filters of its
    /// group. The numbers of channels and of filters must be multiples of it.
    #[cfg_attr(feature = "schema", schemars(example = 2, range(min = 1)))]
    #[serde(default = "one")]
    pub groups: usize,
    /// Whether each filter adds a bias to its output.
    #[cfg_attr(feature = "schema", schemars(example = false))]
    #[serde(default = "yes")]
    pub bias: bool,
}

impl ConvTranspose2d {
    /// A layer with this number of filters and this window: `3` for 3×3, `(3, 5)` for three rows and five columns.
    pub fn new(filters: usize, kernel: impl Into<Size>) -> Self {
        ConvTranspose2d {
            filters,
            kernel: kernel.into(),
            stride: Size::ONE,
            padding: Sides::default(),
            output_padding: Size::ZERO,
            dilation: Size::ONE,
            groups: 1,
            bias: true,
        }
    }

    /// Sets the stride: `2`, or `(2, 1)` for two rows and one column.
    #[must_use]
    pub fn stride(self, stride: impl Into<Size>) -> Self {
        ConvTranspose2d { stride: stride.into(), ..self }
    }

    /// Sets the padding, which is cut off the output: a number for all sides, or `[top, bottom, left, right]`.
    #[must_use]
    pub fn padding(self, padding: impl Into<Sides>) -> Self {
        ConvTranspose2d { padding: padding.into(), ..self }
    }

    /// Sets the output padding, which is added at the bottom and the right: `1`, or `(1, 0)` for one row and no
    /// column.
    #[must_use]
    pub fn output_padding(self, output_padding: impl Into<Size>) -> Self {
        ConvTranspose2d { output_padding: output_padding.into(), ..self }
    }

    /// Sets the dilation: `2`, or `(2, 1)` for a distance of two rows and one column.
    #[must_use]
    pub fn dilation(self, dilation: impl Into<Size>) -> Self {
        ConvTranspose2d { dilation: dilation.into(), ..self }
    }

    /// Sets the number of groups into which channels and filters are divided.
    #[must_use]
    pub fn groups(self, groups: usize) -> Self {
        ConvTranspose2d { groups, ..self }
    }

    /// Sets whether a bias is added for each filter.
    #[must_use]
    pub fn bias(self, bias: bool) -> Self {
        ConvTranspose2d { bias, ..self }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        let Shape::Image { channels, height, width } = input else {
            return Err(Misfit::new("it takes images", "the transposed convolution before `flatten`"));
        };
        let ConvTranspose2d { filters, kernel, stride, padding, output_padding, dilation, groups, .. } =
            *self;
        let windows = Windows { filters, kernel, stride, dilation, groups };
        windows.check(channels)?;
        let (rows, columns) = windows.transposed_axes(height, width, padding, output_padding)?;
        Shape::image(filters, rows.input, columns.input).check()?;
        let g = Geometry { channels: filters, filters: channels, groups, rows, columns };
        Ok(Box::new(BuiltConvTranspose2d { spec: *self, g }))
    }
}

impl fmt::Display for ConvTranspose2d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConvTranspose2d { filters, kernel, stride, padding, output_padding, dilation, groups, bias } =
            *self;
        write!(f, "conv_transpose2d {{ filters = {filters}, kernel = {kernel}")?;
        write_unless(f, "stride", stride.short(), Size::ONE.short())?;
        write_unless(f, "padding", padding, Sides::default())?;
        write_unless(f, "output_padding", output_padding.short(), Size::ZERO.short())?;
        write_unless(f, "dilation", dilation.short(), Size::ONE.short())?;
        write_unless(f, "groups", groups, 1)?;
        write_unless(f, "bias", bias, true)?;
        f.write_str(" }")
    }
}

#[derive(Debug)]
struct BuiltConvTranspose2d {
    spec: ConvTranspose2d,
    /// The convolution whose transpose this layer is. The input of the convolution is the output of this layer.
    g: Geometry,
}

impl<T: Float> Layer<T> for BuiltConvTranspose2d {
    fn spec(&self) -> LayerSpec {
        self.spec.into()
    }

    fn output(&self) -> Shape {
        Shape::image(self.g.channels, self.g.rows.input, self.g.columns.input)
    }

    fn params(&self) -> Vec<ParamDecl> {
        let Geometry { channels, filters, rows, columns, .. } = self.g;
        let weight =
            ParamDecl::new("weight", &[rows.kernel, columns.kernel, self.g.group_channels(), filters]);
        let bias =
            self.spec.bias.then(|| ParamDecl::new("bias", &[channels]).fans(weight.fan_in, weight.fan_out));
        [weight].into_iter().chain(bias).collect()
    }

    fn needs(&self, family: Family) -> Needs {
        match family {
            Family::Row => Needs { scratch: row::scratch(&self.g), ..Needs::default() },
            Family::Block => {
                let scratch = block::scratch(&self.g) * LANES;
                Needs { packed: 2 * self.g.weights(), scratch, ..Needs::default() }
            }
        }
    }

    fn pack(&self, Pack { isa, params, packed, .. }: Pack<'_, T>) {
        let (forward, backward) = packed.split_at_mut(self.g.weights());
        block::Pack { g: &self.g, w: &params[..self.g.weights()], forward, backward }.on(isa);
    }

    fn forward(&self, io: Forward<'_, T>) {
        let Forward { isa, family, params, packed, x, y, scratch, .. } = io;
        let g = &self.g;
        let (w, b) = params.split_at(g.weights());
        let b = self.spec.bias.then_some(b);
        match family {
            Family::Row => row::BackwardInput { g, w, dy: x, b, dx: y, scratch }.on(isa),
            Family::Block => {
                let w = &packed[g.weights()..];
                block::BackwardInput { g, w, dy: lanes(x), b, dx: lanes_mut(y) }.on(isa);
            }
        }
    }

    fn backward(&self, io: Backward<'_, T>) {
        let Backward { isa, family, params, packed, x, dy, dx, grads, scratch, .. } = io;
        let g = &self.g;
        let w = &params[..g.weights()];
        let (dw, db) = grads.split_at_mut(g.weights());
        let (width, plane, b) = (g.columns.input, g.rows.input * g.columns.input, None);
        match family {
            Family::Row => {
                row::BackwardWeights { g, x: dy, dy: x, dw, scratch: &mut *scratch }.on(isa);
                row::BackwardBias { plane, width, dy, db }.on(isa);
                if let Some(dx) = dx {
                    row::Forward { g, x: dy, w, b, relu: false, y: dx, scratch }.on(isa);
                }
            }
            Family::Block => {
                let scratch = lanes_mut(scratch);
                block::BackwardWeights { g, x: lanes(dy), dy: lanes(x), dw, db: &mut [], scratch }.on(isa);
                block::BackwardBias { plane, dy: lanes(dy), db }.on(isa);
                if let Some(dx) = dx {
                    let w = &packed[..g.weights()];
                    block::Forward { g, x: lanes(dy), w, b, relu: false, y: lanes_mut(dx) }.on(isa);
                }
            }
        }
    }
}
