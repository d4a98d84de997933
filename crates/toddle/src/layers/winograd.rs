//! A convolution with `fast = true`: Winograd's F(2×2, 3×3).

use alloc::vec::Vec;

use toddle_kernels::winograd::{block, row};
use toddle_kernels::{Run, conv2d};
use toddle_lanes::LANES;

use super::conv2d::BuiltConv2d;
use super::{lanes, lanes_mut};
use crate::layer::{Backward, Family, Forward, Fuses, Layer, Needs, Pack};
use crate::{Float, LayerSpec, ParamDecl, Shape};

#[derive(Debug)]
pub struct BuiltWinograd {
    pub plain: BuiltConv2d,
}

impl<T: Float> Layer<T> for BuiltWinograd {
    fn spec(&self) -> LayerSpec {
        self.plain.spec.clone()
    }

    fn output(&self) -> Shape {
        Layer::<T>::output(&self.plain)
    }

    fn params(&self) -> Vec<ParamDecl> {
        Layer::<T>::params(&self.plain)
    }

    fn needs(&self, family: Family) -> Needs {
        let g = &self.plain.g;
        let scratch = match family {
            Family::Row => row::scratch(g).max(conv2d::row::scratch(g)),
            Family::Block => block::scratch(g) * LANES,
        };
        let packed = block::packed_forward(g) + block::packed_backward(g);
        let fuses = Fuses { relu: true, ..Fuses::default() };
        Needs { packed, scratch, fuses, ..Needs::default() }
    }

    fn pack(&self, Pack { isa, params, packed, trains }: Pack<'_, T>) {
        let g = &self.plain.g;
        let (forward, backward) = packed.split_at_mut(block::packed_forward(g));
        let backward = if trains { backward } else { &mut [] };
        block::Pack { g, w: &params[..g.weights()], forward, backward }.on(isa);
    }

    fn forward(&self, io: Forward<'_, T>) {
        let Forward { isa, family, params, packed, x, epilogue, y, scratch, .. } = io;
        let g = &self.plain.g;
        let relu = epilogue.is_some_and(|epilogue| epilogue.has_relu());
        let w = &packed[..block::packed_forward(g)];
        let b = self.plain.bias.then_some(&params[g.weights()..]);
        match family {
            Family::Row => row::Forward(conv2d::row::Forward { g, x, w, b, relu, y, scratch }).on(isa),
            Family::Block => {
                let plain = conv2d::block::Forward { g, x: lanes(x), w, b, relu, y: lanes_mut(y) };
                block::Forward { plain, scratch: lanes_mut(scratch) }.on(isa);
            }
        }
    }

    fn backward(&self, io: Backward<'_, T>) {
        let Backward { isa, family, packed, x, dy, dx, grads, scratch, .. } = io;
        let g = &self.plain.g;
        let w = &packed[block::packed_forward(g)..];
        let (dw, db) = grads.split_at_mut(g.weights());
        let (width, plane) = (g.columns.output, g.rows.output * g.columns.output);
        match family {
            Family::Row => {
                conv2d::row::BackwardWeights { g, x, dy, dw, scratch: &mut *scratch }.on(isa);
                conv2d::row::BackwardBias { plane, width, dy, db }.on(isa);
                if let Some(dx) = dx {
                    row::BackwardInput(conv2d::row::BackwardInput { g, w, dy, b: None, dx, scratch }).on(isa);
                }
            }
            Family::Block => {
                let (x, dy, scratch) = (lanes(x), lanes(dy), lanes_mut(scratch));
                block::BackwardWeights { g, x, dy, dw, scratch: &mut *scratch }.on(isa);
                conv2d::block::BackwardBias { plane, dy, db }.on(isa);
                if let Some(dx) = dx {
                    let plain = conv2d::block::BackwardInput { g, w, dy, b: None, dx: lanes_mut(dx) };
                    block::BackwardInput { plain, scratch }.on(isa);
                }
            }
        }
    }
}
