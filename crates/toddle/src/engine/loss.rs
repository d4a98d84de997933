//! The loss of one row or block, and the gradient to the network's outputs.

use toddle_kernels::Run;
use toddle_kernels::layout::ToLanes;
use toddle_lanes::LANES;

use super::Family;
use super::batch::Batch;
use super::plan::Plan;
use super::worker::{Block, Worker};
use crate::loss::Answer;
use crate::loss::judge::InBlock;
use crate::{Float, Loss};

impl<T: Float> Worker<T> {
    /// The losses of a block, and the gradients to the network's outputs.
    pub fn loss(&mut self, plan: &Plan, loss: &Loss, batch: &dyn Batch<T>, block: &mut Block<'_, T>) {
        let (isa, count, lanes) = (plan.isa, block.samples.len(), plan.family.samples());
        let targets = batch.targets(block.samples.clone(), &mut self.targets[..plan.output * count]);
        let targets = match plan.family {
            Family::Row => targets,
            Family::Block => {
                ToLanes { samples: targets, block: self.target_lanes.as_chunks_mut().0 }.on(isa);
                &self.target_lanes
            }
        };
        let mut weights = [T::ZERO; LANES];
        let is_weighted = batch.weights(block.samples.clone(), &mut weights[..count]);
        for (n, (output, port)) in plan.outputs.iter().zip(&plan.frame.outputs).enumerate() {
            let Some(gradient) = port.gradient else { continue };
            let (dy, others) = block.frame.write_gradient(&plan.frame, gradient);
            let y = others.value(port.value);
            let t = &targets[port.range.start * lanes..port.range.end * lanes];
            let mut losses = [T::ZERO; LANES];
            let losses = &mut losses[..count];
            match plan.family {
                Family::Row => losses[0] = output.judge_row(loss, isa, y, t, dy),
                Family::Block => output.judge_block(
                    loss,
                    InBlock {
                        isa,
                        y: y.as_chunks().0,
                        t: t.as_chunks().0,
                        samples: plan.batch,
                        pixels: output.shape.pixels(),
                        dy: dy.as_chunks_mut().0,
                        losses,
                        scratch: &mut self.scratch,
                    },
                ),
            }
            if is_weighted {
                multiply(losses, &weights);
                dy.chunks_exact_mut(lanes).for_each(|dy| multiply(dy, &weights));
            }
            if n > 0 {
                block.losses.iter_mut().zip(losses).for_each(|(sum, loss)| *sum += *loss);
                continue;
            }
            block.losses.copy_from_slice(losses);
            let answer = Answer::of(&plan.outputs, loss);
            self.right += match plan.family {
                Family::Row => usize::from(answer.is_right(y, t)),
                Family::Block => answer.right_in_block(isa, y, t, count),
            };
        }
    }
}

/// Multiplies the numbers of some samples by the weights of the samples.
fn multiply<T: Float>(numbers: &mut [T], weights: &[T]) {
    for (number, weight) in numbers.iter_mut().zip(weights) {
        *number *= *weight;
    }
}
