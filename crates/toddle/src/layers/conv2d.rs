use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::Run;
use toddle_kernels::conv2d::{Geometry, block, row};
use toddle_lanes::LANES;

use super::window::{Padding, Size, Windows, is_false, one, write_unless, yes};
use super::winograd::BuiltWinograd;
use super::{lanes, lanes_mut};
use crate::error::Misfit;
use crate::layer::{Backward, Family, Forward, Fuses, Layer, Needs, Pack};
use crate::{Float, LayerSpec, ParamDecl, Shape};

/// 2-D convolution: slides small windows of weights over an image. At each place it records how well each window
/// matches the image.
///
/// `y[k,oy,ox] = b[k] + Σ c,r,s  w[r,s,c,k] · x[c, oy·t+r·d−p, ox·t+s·d−p]` with `t` the stride, `d` the dilation and
/// `p` the padding before. The operation is a cross-correlation, as in the post, PyTorch and ONNX. Places outside `x`
/// are skipped. A fast convolution counts them as zeros.
///
/// Per sample: `x` c×h×w, `w` r×s×c/g×k for `g` groups, `b` k, `y` k×oh×ow with
/// `oh = ⌊(h + p + p' − (r−1)·d − 1)/t⌋ + 1` for a padding of `p` rows above and `p'` below; `ow` likewise.
///
/// Settings: `filters` and `kernel`, which must be given. `stride`, 1 by default: the distance between neighbouring
/// windows. `padding`, [`Valid`](Padding::Valid) by default; a [`Pad`](crate::Pad) before the layer pads with a constant,
/// or with a mirrored, a replicated or a repeated image. `dilation`, 1 by default: the distance in the image
/// between neighbouring elements of a window. `groups`, 1 by default: channels and filters are divided into this many
/// groups, and a filter reads only the channels of its own group. `bias`, true by default. `fast`, false by default:
/// whether 3×3 windows are computed with fewer multiplications, by Winograd's F(2×2, 3×3).
///
/// A fast convolution adds the same sums in another order. Its outputs have other bits and other rounding errors. The
/// table shows the errors in `f32`, as multiples of the errors of the plain sums, measured for images of 4×4 to
/// 28×28. (`how_exact_fast_convolutions_are` in `crates/testkit/tests/kernels/winograd.rs` measures them again.)
///
/// | channels; for `dx`, filters | errors of `y`; of `dx` |
/// |---|---|
/// | 1 | 1.3 to 3.0 |
/// | 2 | 0.9 to 2.6 |
/// | 4 | 0.7 to 1.8 |
/// | 8 | 0.5 to 1.6 |
/// | 16 | 0.5 to 1.4 |
/// | 32 | 0.4 to 1.3 |
/// | 64 and 128 | 0.4 to 1.2 |
///
/// The errors of `dw` are 0.3 to 4.5 times the plain errors, with any number of channels. For a single sample, `dw`
/// is computed as in the plain convolution.
///
/// A fast convolution takes 16 multiplications instead of 36 for four elements of the output. It also takes additions
/// for each channel and each filter. With few channels or filters, a batch therefore takes longer than with the plain
/// convolution: with AVX-512 below about 16 channels or filters, with AVX2 below about 8, and with one channel
/// several times as long. `fast` is for layers with at least [`FAST_CHANNELS`](Conv2d::FAST_CHANNELS) channels and as
/// many filters. [`check`](crate::check) reports fast layers with fewer. ([`profile`](crate::profile) measures a
/// layer both ways.)
///
/// Training and inference: the same.
///
/// Backward: `db += Σ dy`, `dw += Σ dy · x shifted`, `dx = Σ w · dy shifted back`. Cost: `2·k·(c/g)·r·s·oh·ow` FLOP forward,
/// twice that back.
///
/// Errors, from `build`: the input is not an image, the kernel does not fit in it, the groups do not divide the
/// channels or the filters, a setting is 0 or far too large, or `fast` is set for a kernel other than 3×3, a stride,
/// a dilation or groups.
///
/// ```
/// use toddle::{Conv2d, NetworkSpec, Padding, Shape};
///
/// let network = NetworkSpec::new(Shape::image(1, 28, 28))
///     .add(Conv2d::new(8, 3))
///     .add(Conv2d::new(16, 5).stride(2).padding(Padding::Same).bias(false))
///     .add(Conv2d::depthwise(16, 3).padding(1))
///     .build::<f32>(0)?;
/// let outputs: Vec<Shape> = network.nodes().iter().map(|node| node.output()).collect();
/// assert_eq!(outputs, [Shape::image(8, 26, 26), Shape::image(16, 13, 13), Shape::image(16, 13, 13)]);
/// assert_eq!(network.layout().get("conv1.weight").unwrap().shape, [3, 3, 1, 8]);
/// assert_eq!(network.layout().get("conv3.weight").unwrap().shape, [3, 3, 1, 16]);
/// # Ok::<(), toddle::BuildError>(())
/// ```
///
/// See the post's `ConvolutionLayer`, which adds the bias once for each input channel; this layer adds it once.
/// Dumoulin and Visin, *A guide to convolution arithmetic for deep learning* (2016), show the settings in drawings.
/// `fast` comes from Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks* (2016).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Conv2d {
    /// The number of windows, which is the number of channels of the output.
    #[cfg_attr(feature = "schema", schemars(example = 32, range(min = 1)))]
    pub filters: usize,
    /// Rows and columns of each window: a number, or `[rows, columns]`.
    #[cfg_attr(feature = "schema", schemars(example = 3))]
    pub kernel: Size,
    /// The distance from one place of a window to the next, in rows and columns.
    #[cfg_attr(feature = "schema", schemars(example = 2))]
    #[serde(default = "Size::one")]
    pub stride: Size,
    /// The number of rows and columns that are added around the image. `"valid"` adds none. `"same"` keeps the size
    /// of the image if the stride is 1. A number is for all sides. `[top, bottom, left, right]` has a number for each
    /// side.
    #[cfg_attr(feature = "schema", schemars(example = Padding::Same))]
    #[serde(default)]
    pub padding: Padding,
    /// The distance between the elements that a window reads, in rows and columns of the image. With 1, the window
    /// reads neighbours.
    #[cfg_attr(feature = "schema", schemars(example = 2))]
    #[serde(default = "Size::one")]
    pub dilation: Size,
    /// The number of groups into which channels and filters are divided. A filter reads only the channels of its
    /// group. The numbers of channels and of filters must be multiples of it.
    #[cfg_attr(feature = "schema", schemars(example = 2, range(min = 1)))]
    #[serde(default = "one")]
    pub groups: usize,
    /// Whether each filter adds a bias to its output.
    #[cfg_attr(feature = "schema", schemars(example = false))]
    #[serde(default = "yes")]
    pub bias: bool,
    /// Whether 3×3 windows are computed by Winograd's algorithm, with fewer multiplications. It is faster with many
    /// channels. The results differ in the last digits.
    #[cfg_attr(feature = "schema", schemars(example = true, extend("default" = false)))]
    #[serde(default, skip_serializing_if = "is_false")]
    pub fast: bool,
}

impl Conv2d {
    /// The number of channels, and of filters, below which `fast` saves little time or costs much.
    pub const FAST_CHANNELS: usize = 16;

    /// A convolution with this number of filters and this window: `3` for 3×3, `(3, 5)` for three rows and five
    /// columns.
    pub fn new(filters: usize, kernel: impl Into<Size>) -> Self {
        Conv2d {
            filters,
            kernel: kernel.into(),
            stride: Size::ONE,
            padding: Padding::Valid,
            dilation: Size::ONE,
            groups: 1,
            bias: true,
            fast: false,
        }
    }

    /// A convolution with one filter for each input channel. Each filter reads only its own channel.
    pub fn depthwise(channels: usize, kernel: impl Into<Size>) -> Self {
        Conv2d::new(channels, kernel).groups(channels)
    }

    /// Sets the stride: `2`, or `(2, 1)` for two rows and one column.
    #[must_use]
    pub fn stride(self, stride: impl Into<Size>) -> Self {
        Conv2d { stride: stride.into(), ..self }
    }

    /// Sets the padding: a [`Padding`], a number for all sides, or `[top, bottom, left, right]`.
    #[must_use]
    pub fn padding(self, padding: impl Into<Padding>) -> Self {
        Conv2d { padding: padding.into(), ..self }
    }

    /// Sets the dilation: `2`, or `(2, 1)` for a distance of two rows and one column.
    #[must_use]
    pub fn dilation(self, dilation: impl Into<Size>) -> Self {
        Conv2d { dilation: dilation.into(), ..self }
    }

    /// Sets the number of groups into which channels and filters are divided.
    #[must_use]
    pub fn groups(self, groups: usize) -> Self {
        Conv2d { groups, ..self }
    }

    /// Sets whether a bias is added for each filter.
    #[must_use]
    pub fn bias(self, bias: bool) -> Self {
        Conv2d { bias, ..self }
    }

    /// Sets whether 3×3 windows are computed with fewer multiplications. The outputs then have other bits.
    #[must_use]
    pub fn fast(self, fast: bool) -> Self {
        Conv2d { fast, ..self }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        self.build_as((*self).into(), input)
    }

    /// Builds the layer `spec`, which computes this convolution.
    pub(super) fn build_as<T: Float>(
        &self,
        spec: LayerSpec,
        input: Shape,
    ) -> Result<Box<dyn Layer<T>>, Misfit> {
        let Shape::Image { channels, height, width } = input else {
            return Err(Misfit::new("it slides over images", "the convolution before `flatten`"));
        };
        let Conv2d { filters, kernel, stride, padding, dilation, groups, bias, fast } = *self;
        let windows = Windows { filters, kernel, stride, dilation, groups };
        windows.check(channels)?;
        if fast && (kernel, stride, dilation, groups) != (Size(3, 3), Size::ONE, Size::ONE, 1) {
            let because = "only 3×3 windows without stride, dilation and groups can be fast";
            return Err(Misfit::new(because, "fast = false"));
        }
        let (rows, columns) = windows.axes(height, width, padding)?;
        Shape::image(filters, rows.output, columns.output).check()?;
        let plain = BuiltConv2d { spec, bias, g: Geometry { channels, filters, groups, rows, columns } };
        Ok(if fast { Box::new(BuiltWinograd { plain }) } else { Box::new(plain) })
    }
}

impl fmt::Display for Conv2d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Conv2d { filters, kernel, stride, padding, dilation, groups, bias, fast } = *self;
        write!(f, "conv2d {{ filters = {filters}, kernel = {kernel}")?;
        write_unless(f, "stride", stride.short(), Size::ONE.short())?;
        write_unless(f, "padding", padding, Padding::Valid)?;
        write_unless(f, "dilation", dilation.short(), Size::ONE.short())?;
        write_unless(f, "groups", groups, 1)?;
        write_unless(f, "bias", bias, true)?;
        write_unless(f, "fast", fast, false)?;
        f.write_str(" }")
    }
}

#[derive(Debug)]
pub(super) struct BuiltConv2d {
    pub spec: LayerSpec,
    pub bias: bool,
    pub g: Geometry,
}

impl<T: Float> Layer<T> for BuiltConv2d {
    fn spec(&self) -> LayerSpec {
        self.spec.clone()
    }

    fn output(&self) -> Shape {
        Shape::image(self.g.filters, self.g.rows.output, self.g.columns.output)
    }

    fn params(&self) -> Vec<ParamDecl> {
        let Geometry { filters, rows, columns, .. } = self.g;
        let weight =
            ParamDecl::new("weight", &[rows.kernel, columns.kernel, self.g.group_channels(), filters]);
        let bias = self.bias.then(|| ParamDecl::new("bias", &[filters]).fans(weight.fan_in, weight.fan_out));
        [weight].into_iter().chain(bias).collect()
    }

    fn needs(&self, family: Family) -> Needs {
        let fuses = Fuses { relu: true, ..Fuses::default() };
        match family {
            Family::Row => Needs { scratch: row::scratch(&self.g), fuses, ..Needs::default() },
            Family::Block => {
                let scratch = block::scratch(&self.g) * LANES;
                Needs { packed: 2 * self.g.weights(), scratch, fuses, ..Needs::default() }
            }
        }
    }

    fn pack(&self, Pack { isa, params, packed, trains }: Pack<'_, T>) {
        let (forward, backward) = packed.split_at_mut(self.g.weights());
        let backward = if trains { backward } else { &mut [] };
        block::Pack { g: &self.g, w: &params[..self.g.weights()], forward, backward }.on(isa);
    }

    fn forward(&self, io: Forward<'_, T>) {
        let Forward { isa, family, params, packed, x, epilogue, y, scratch, .. } = io;
        let g = &self.g;
        let relu = epilogue.is_some_and(|epilogue| epilogue.has_relu());
        let (w, b) = params.split_at(g.weights());
        let b = self.bias.then_some(b);
        match family {
            Family::Row => row::Forward { g, x, w, b, relu, y, scratch }.on(isa),
            Family::Block => {
                let w = &packed[..g.weights()];
                block::Forward { g, x: lanes(x), w, b, relu, y: lanes_mut(y) }.on(isa);
            }
        }
    }

    fn backward(&self, io: Backward<'_, T>) {
        let Backward { isa, family, params, packed, x, dy, dx, grads, scratch, .. } = io;
        let g = &self.g;
        let w = &params[..g.weights()];
        let (dw, db) = grads.split_at_mut(g.weights());
        let (width, plane, b) = (g.columns.output, g.rows.output * g.columns.output, None);
        match family {
            Family::Row => {
                row::BackwardWeights { g, x, dy, dw, scratch: &mut *scratch }.on(isa);
                row::BackwardBias { plane, width, dy, db }.on(isa);
                if let Some(dx) = dx {
                    row::BackwardInput { g, w, dy, b, dx, scratch }.on(isa);
                }
            }
            Family::Block => {
                let scratch = lanes_mut(scratch);
                block::BackwardWeights { g, x: lanes(x), dy: lanes(dy), dw, db, scratch }.on(isa);
                if let Some(dx) = dx {
                    let w = &packed[g.weights()..];
                    block::BackwardInput { g, w, dy: lanes(dy), b, dx: lanes_mut(dx) }.on(isa);
                }
            }
        }
    }
}
