use std::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::conv2d::{Geometry, block, row};
use toddle_lanes::Float;

use super::{Size, lanes, lanes_mut};
use crate::error::Misfit;
use crate::layer::{Backward, Family, Forward, Gradient, Layer, Needs, Pack};
use crate::shape::MOST_NUMBERS;
use crate::{LayerSpec, ParamDecl, Shape};

/// 2-D convolution: slides `filters` small windows over an image and records how well each one matches.
///
/// `y[k,oy,ox] = b[k] + Σ c,r,s  w[r,s,c,k] · x[c, oy+r, ox+s]` — cross-correlation, as the post, PyTorch and ONNX have it.
///
/// Per sample: `x` c×h×w, `w` r×s×c×k, `b` k, `y` k×oh×ow with `oh = h − r + 1` and `ow = w − s + 1`.
///
/// Settings: `filters` and `kernel`, both to be given; stride 1, no padding.
///
/// Backward: `db += Σ dy`, `dw += Σ dy · x shifted`, `dx = Σ w · dy shifted back`. Cost: `2·k·c·r·s·oh·ow` FLOP forward,
/// twice that back.
///
/// Errors, from `build`: the input is no image, the kernel does not fit in it, or a setting is 0.
///
/// ```
/// use toddle::{Conv2d, NetworkSpec, Shape};
///
/// let network = NetworkSpec::new(Shape::image(1, 28, 28)).add(Conv2d::new(8, 3)).build::<f32>(0)?;
/// assert_eq!(network.output(), Shape::image(8, 26, 26));
/// assert_eq!(network.layout().get("conv1.weight").unwrap().shape, [3, 3, 1, 8]);
/// # Ok::<(), toddle::BuildError>(())
/// ```
///
/// See the post's `ConvolutionLayer`, which adds the bias once for each input channel; this layer adds it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conv2d {
    /// How many windows: the channels of the output.
    pub filters: usize,
    /// Rows and columns of a window.
    pub kernel: Size,
}

impl Conv2d {
    /// `filters` windows of a size: `3` for 3×3, `(3, 5)` for three rows and five columns.
    pub fn new(filters: usize, kernel: impl Into<Size>) -> Self {
        Conv2d { filters, kernel: kernel.into() }
    }

    pub(crate) fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        let Shape::Image { channels, height, width } = input else {
            return Err(Misfit::new("it slides over images", "the convolution before `flatten`"));
        };
        let Size(rows, columns) = self.kernel;
        if self.filters == 0 {
            return Err(Misfit::new("it has no filters", "filters = 1 or more"));
        }
        if rows == 0 || columns == 0 {
            return Err(Misfit::new(format!("a {} kernel sees nothing", self.kernel), "kernel = 1 or more"));
        }
        if rows > height || columns > width {
            let because = format!("a {} kernel does not fit in {height}×{width}", self.kernel);
            return Err(Misfit::new(
                because,
                format!("kernel = {} or less, or larger images", height.min(width)),
            ));
        }
        let g = Geometry { channels, height, width, filters: self.filters, kernel: (rows, columns) };
        let weights = (rows * columns).checked_mul(channels).and_then(|n| n.checked_mul(self.filters));
        let outputs = (g.out_height() * g.out_width()).checked_mul(self.filters);
        if [weights, outputs].iter().any(|n| n.is_none_or(|n| n > MOST_NUMBERS)) {
            return Err(Misfit::new("that makes more numbers than toddle can hold", "fewer filters"));
        }
        Ok(Box::new(Frozen { spec: *self, g }))
    }
}

impl fmt::Display for Conv2d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "conv2d {{ filters = {}, kernel = {} }}", self.filters, self.kernel)
    }
}

#[derive(Debug)]
struct Frozen {
    spec: Conv2d,
    g: Geometry,
}

impl<T: Float> Layer<T> for Frozen {
    fn spec(&self) -> LayerSpec {
        self.spec.into()
    }

    fn output(&self) -> Shape {
        Shape::image(self.g.filters, self.g.out_height(), self.g.out_width())
    }

    fn params(&self) -> Vec<ParamDecl> {
        let Geometry { channels, filters, kernel: (rows, columns), .. } = self.g;
        let weight = ParamDecl::new("weight", &[rows, columns, channels, filters]);
        let bias = ParamDecl::new("bias", &[filters]).fans(weight.fan_in, weight.fan_out);
        vec![weight, bias]
    }

    fn needs(&self, family: Family) -> Needs {
        match family {
            Family::Row => Needs::default(),
            Family::Block => {
                Needs { packed: 2 * self.g.weights(), gradient: Gradient::PerBlock, ..Needs::default() }
            }
        }
    }

    fn pack(&self, Pack { isa, params, packed }: Pack<'_, T>) {
        let (forward, backward) = packed.split_at_mut(self.g.weights());
        isa.run(block::Pack { g: &self.g, w: &params[..self.g.weights()], forward, backward });
    }

    fn forward(&self, Forward { isa, family, params, packed, x, y, .. }: Forward<'_, T>) {
        let g = &self.g;
        let (w, b) = params.split_at(g.weights());
        match family {
            Family::Row => isa.run(row::Forward { g, x, w, b, y }),
            Family::Block => {
                isa.run(block::Forward { g, x: lanes(x), w: &packed[..g.weights()], b, y: lanes_mut(y) });
            }
        }
    }

    fn backward(&self, io: Backward<'_, T>) {
        let Backward { isa, family, params, packed, x, dy, dx, grads, .. } = io;
        let g = &self.g;
        let w = &params[..g.weights()];
        let (dw, db) = grads.split_at_mut(g.weights());
        match family {
            Family::Row => {
                isa.run(row::BackwardWeights { g, x, dy, dw, db });
                if let Some(dx) = dx {
                    isa.run(row::BackwardInput { g, w, dy, dx });
                }
            }
            Family::Block => {
                isa.run(block::BackwardWeights { g, x: lanes(x), dy: lanes(dy), dw, db });
                if let Some(dx) = dx {
                    let w = &packed[g.weights()..];
                    isa.run(block::BackwardInput { g, w, dy: lanes(dy), dx: lanes_mut(dx) });
                }
            }
        }
    }
}
