//! The layers that take several values: [`Concat`](LayerSpec::Concat), [`Sum`](LayerSpec::Sum) and
//! [`Product`](LayerSpec::Product). The engine computes them itself.

use alloc::boxed::Box;

use crate::error::Misfit;
use crate::layer::Layer;
use crate::{Float, LayerSpec, Shape};

/// Always an error: a network joins the values.
pub(super) fn build<T: Float>(_: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
    Err(Misfit::new("it takes several values, which a network joins", "`GraphSpec::build`"))
}

/// Whether `spec` is a layer that takes several values.
pub(crate) fn is_join(spec: &LayerSpec) -> bool {
    matches!(spec, LayerSpec::Concat | LayerSpec::Product | LayerSpec::Sum)
}

/// The shape that the layer `spec` makes of values of these shapes.
pub(crate) fn shape(spec: &LayerSpec, shapes: &[Shape]) -> Result<Shape, Misfit> {
    let [first, _, ..] = shapes else {
        return Err(Misfit::new(
            "it takes two values or more",
            "from = [\"…\", \"…\"], with the names of two layers",
        ));
    };
    if !matches!(spec, LayerSpec::Concat) {
        return match shapes.iter().all(|shape| shape == first) {
            true => Ok(*first),
            false => {
                Err(Misfit::new("its values have different shapes", "layers before it that end in one shape"))
            }
        };
    }
    let total = |size: fn(&Shape) -> usize| shapes.iter().map(size).fold(0, usize::saturating_add);
    match *first {
        Shape::Vector(_) if shapes.iter().all(|shape| matches!(shape, Shape::Vector(_))) => {
            Ok(Shape::Vector(total(Shape::size)))
        }
        Shape::Image { height, width, .. }
            if shapes.iter().all(
                |shape| matches!(*shape, Shape::Image { height: h, width: w, .. } if (h, w) == (height, width)),
            ) =>
        {
            let channels = total(|shape| match *shape {
                Shape::Image { channels, .. } => channels,
                Shape::Vector(_) => 0,
            });
            Ok(Shape::Image { channels, height, width })
        }
        Shape::Image { .. } if shapes.iter().all(|shape| matches!(shape, Shape::Image { .. })) => Err(Misfit::new(
            "images may differ in their channels, and not in their rows and columns",
            "layers before it that end with the same rows and columns",
        )),
        _ => Err(Misfit::new("some of its values are images, and others are not", "`flatten` after each image")),
    }
}
