//! Samples on their way into a row or block, and out of it.

use toddle_kernels::Run;
use toddle_kernels::layout::{FromLanes, ToLanes};

use super::Family;
use super::frame::PortFrame;
use super::plan::Plan;
use super::values::Frame;
use crate::Float;

impl<T: Float> Frame<T> {
    /// Takes one sample, or up to sixteen, as the network's inputs.
    pub fn load(&mut self, plan: &Plan, samples: &[T]) {
        let mut whole = core::mem::take(&mut self.whole);
        for port in &plan.frame.inputs {
            let (value, _) = self.write_value(&plan.frame, port.value);
            to_port(plan, &plan.frame.inputs, port, samples, &mut whole, value);
        }
        self.whole = whole;
    }

    /// Takes the gradients to the network's outputs of these samples.
    pub fn load_gradient(&mut self, plan: &Plan, samples: &[T]) {
        let mut whole = core::mem::take(&mut self.whole);
        for port in &plan.frame.outputs {
            if let Some(gradient) = port.gradient {
                let (gradient, _) = self.write_gradient(&plan.frame, gradient);
                to_port(plan, &plan.frame.outputs, port, samples, &mut whole, gradient);
            }
        }
        self.whole = whole;
    }

    /// Gives the network's outputs of these samples.
    pub fn unload(&mut self, plan: &Plan, samples: &mut [T]) {
        let mut whole = core::mem::take(&mut self.whole);
        for port in &plan.frame.outputs {
            let value = self.all(&plan.frame).value(port.value);
            from_port(plan, &plan.frame.outputs, port, value, &mut whole, samples);
        }
        self.whole = whole;
    }

    /// Gives the gradients to the network's inputs of these samples.
    pub fn unload_gradient(&mut self, plan: &Plan, samples: &mut [T]) {
        let mut whole = core::mem::take(&mut self.whole);
        for port in &plan.frame.inputs {
            if let Some(gradient) = port.gradient {
                let gradient = self.all(&plan.frame).gradient(gradient);
                from_port(plan, &plan.frame.inputs, port, gradient, &mut whole, samples);
            }
        }
        self.whole = whole;
    }
}

/// Elements of all `ports`.
fn total(ports: &[PortFrame]) -> usize {
    ports.last().map_or(0, |port| port.range.end)
}

/// Writes the elements of `port`, one of `ports`, from `samples` into `buffer`. A block of several ports becomes lanes in `whole`,
/// once for all ports.
fn to_port<T: Float>(
    plan: &Plan,
    ports: &[PortFrame],
    port: &PortFrame,
    samples: &[T],
    whole: &mut [T],
    buffer: &mut [T],
) {
    let range = port.range.clone();
    match plan.family {
        Family::Row => buffer[..range.len()].copy_from_slice(&samples[range]),
        Family::Block => {
            let lanes = Family::Block.samples();
            let buffer = &mut buffer[..range.len() * lanes];
            if let [_] = ports {
                ToLanes { samples, block: buffer.as_chunks_mut().0 }.on(plan.isa);
                return;
            }
            if range.start == 0 {
                let whole = &mut whole[..total(ports) * lanes];
                ToLanes { samples, block: whole.as_chunks_mut().0 }.on(plan.isa);
            }
            buffer.copy_from_slice(&whole[range.start * lanes..range.end * lanes]);
        }
    }
}

/// Writes the elements of `port` from `buffer` into `samples`. A block of several ports becomes samples once, with the last port.
fn from_port<T: Float>(
    plan: &Plan,
    ports: &[PortFrame],
    port: &PortFrame,
    buffer: &[T],
    whole: &mut [T],
    samples: &mut [T],
) {
    let range = port.range.clone();
    match plan.family {
        Family::Row => {
            let length = range.len();
            samples[range].copy_from_slice(&buffer[..length]);
        }
        Family::Block => {
            let (lanes, all) = (Family::Block.samples(), total(ports));
            let buffer = &buffer[..range.len() * lanes];
            if let [_] = ports {
                FromLanes { block: buffer.as_chunks().0, samples }.on(plan.isa);
                return;
            }
            whole[range.start * lanes..range.end * lanes].copy_from_slice(buffer);
            if range.end == all {
                FromLanes { block: whole[..all * lanes].as_chunks().0, samples }.on(plan.isa);
            }
        }
    }
}
