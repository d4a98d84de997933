//! The part that upsampling, padding and cropping share: the built layer.

use alloc::boxed::Box;

use toddle_kernels::Run;
use toddle_kernels::resample::{Axis, Geometry, block, row};

use super::{lanes, lanes_mut};
use crate::error::Misfit;
use crate::layer::{Backward, Family, Forward, Layer};
use crate::{Float, LayerSpec, Shape};

/// A layer whose outputs are weighted sums of neighbouring elements of a channel.
#[derive(Debug)]
struct BuiltResample {
    spec: LayerSpec,
    g: Geometry,
}

/// Channels, rows and columns of `input`.
///
/// # Errors
/// The input is not an image.
pub(super) fn image(input: Shape) -> Result<(usize, usize, usize), Misfit> {
    match input {
        Shape::Image { channels, height, width } => Ok((channels, height, width)),
        Shape::Vector(_) => {
            Err(Misfit::new("it takes the rows and columns of an image", "`reshape` before it"))
        }
    }
}

/// The layer `spec`, which resamples images of `channels` channels. An output that takes no element is `outside`.
///
/// # Errors
/// The output is too large.
pub(super) fn build<T: Float>(
    spec: LayerSpec,
    channels: usize,
    rows: Axis,
    columns: Axis,
    outside: f64,
) -> Result<Box<dyn Layer<T>>, Misfit> {
    Shape::image(channels, rows.output, columns.output).check()?;
    Ok(Box::new(BuiltResample { spec, g: Geometry { channels, rows, columns, outside } }))
}

impl<T: Float> Layer<T> for BuiltResample {
    fn spec(&self) -> LayerSpec {
        self.spec.clone()
    }

    fn output(&self) -> Shape {
        Shape::image(self.g.channels, self.g.rows.output, self.g.columns.output)
    }

    fn forward(&self, Forward { isa, family, x, y, .. }: Forward<'_, T>) {
        let g = &self.g;
        match family {
            Family::Row => row::Forward { g, x, y }.on(isa),
            Family::Block => block::Forward { g, x: lanes(x), y: lanes_mut(y) }.on(isa),
        }
    }

    fn backward(&self, Backward { isa, family, dy, dx, .. }: Backward<'_, T>) {
        let (g, Some(dx)) = (&self.g, dx) else { return };
        match family {
            Family::Row => row::Backward { g, dy, dx }.on(isa),
            Family::Block => block::Backward { g, dy: lanes(dy), dx: lanes_mut(dx) }.on(isa),
        }
    }
}
