use toddle_kernels::Run;
use toddle_kernels::log_softmax::{block, row};

use super::{lanes, lanes_mut};
use crate::error::Misfit;
use crate::layer::{Backward, Family, Forward, Layer};
use crate::{Float, LayerSpec, Shape};

pub(crate) fn build<T: Float>(input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
    match input {
        Shape::Vector(size) => Ok(Box::new(BuiltLogSoftmax { size })),
        Shape::Image { .. } => Err(Misfit::new("it takes a vector, not an image", "`flatten` before it")),
    }
}

#[derive(Debug)]
struct BuiltLogSoftmax {
    size: usize,
}

impl<T: Float> Layer<T> for BuiltLogSoftmax {
    fn spec(&self) -> LayerSpec {
        LayerSpec::LogSoftmax
    }

    fn output(&self) -> Shape {
        Shape::vector(self.size)
    }

    fn forward(&self, Forward { isa, family, x, y, .. }: Forward<'_, T>) {
        match family {
            Family::Row => row::Forward { x, y }.on(isa),
            Family::Block => block::Forward { x: lanes(x), y: lanes_mut(y) }.on(isa),
        }
    }

    fn backward(&self, Backward { isa, family, y, dy, dx, .. }: Backward<'_, T>) {
        let Some(dx) = dx else { return };
        match family {
            Family::Row => row::Backward { y, dy, dx }.on(isa),
            Family::Block => block::Backward { y: lanes(y), dy: lanes(dy), dx: lanes_mut(dx) }.on(isa),
        }
    }
}
