use alloc::boxed::Box;

use crate::error::Misfit;
use crate::layer::{Backward, Forward, Layer};
use crate::{Float, LayerSpec, Shape};

pub(crate) fn build<T: Float>(input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
    Ok(Box::new(BuiltFlatten { size: input.size() }))
}

#[derive(Debug)]
struct BuiltFlatten {
    size: usize,
}

impl<T: Float> Layer<T> for BuiltFlatten {
    fn spec(&self) -> LayerSpec {
        LayerSpec::Flatten
    }

    fn output(&self) -> Shape {
        Shape::vector(self.size)
    }

    fn is_view(&self) -> bool {
        true
    }

    fn forward(&self, Forward { x, y, .. }: Forward<'_, T>) {
        y.copy_from_slice(x);
    }

    fn backward(&self, Backward { dy, dx, .. }: Backward<'_, T>) {
        if let Some(dx) = dx {
            dx.copy_from_slice(dy);
        }
    }
}
