//! Pooling over whole channels: `LayerSpec::GlobalAvgPool` and `LayerSpec::GlobalMaxPool`, which have no settings.

use alloc::boxed::Box;

use toddle_kernels::pool::{Axis, Count, Geometry};

use super::pool::{BuiltPool, Of};
use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, LayerSpec, Shape};

/// The average of each channel.
pub(crate) fn average<T: Float>(input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
    build(LayerSpec::GlobalAvgPool, Of::Average(Count::Window), input)
}

/// The largest element of each channel.
pub(crate) fn max<T: Float>(input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
    build(LayerSpec::GlobalMaxPool, Of::Max, input)
}

/// A pooling layer with one window that covers a whole channel.
fn build<T: Float>(spec: LayerSpec, of: Of, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
    let Shape::Image { channels, height, width } = input else {
        return Err(Misfit::new("it takes the channels of an image", "the pooling before `flatten`"));
    };
    let g = Geometry { channels, rows: Axis::whole(height), columns: Axis::whole(width) };
    Ok(Box::new(BuiltPool { spec, of, g, output: Shape::vector(channels) }))
}
