//! The memory and the threads of an engine.

use alloc::collections::TryReserveError;
use alloc::vec::Vec;

use toddle_lanes::{Aligned, Arena, Pool};

use super::buffers::Purpose;
use super::ranks::Between;
use super::step::Draws;
use super::values::{Frame, Kept};
use super::worker::Worker;
use super::{Engine, Plan};
use crate::{Float, Network};

impl<T: Float> Engine<T> {
    /// Memory and threads for `plan`, which is a plan of `network`.
    ///
    /// # Panics
    /// The system has no memory for it.
    pub fn new(network: &Network<T>, plan: Plan) -> Self {
        let bytes = plan.bytes();
        Engine::try_new(network, plan)
            .unwrap_or_else(|_| panic!("there is no room in memory for {bytes} bytes"))
    }

    /// [`new`](Self::new), for networks whose size others set.
    ///
    /// # Errors
    /// The system has no memory for it.
    pub fn try_new(network: &Network<T>, plan: Plan) -> Result<Self, TryReserveError> {
        T::engine(network, plan)
    }

    /// [`try_new`](Self::try_new), compiled for each number type in `number.rs`.
    pub(crate) fn try_new_inner(network: &Network<T>, plan: Plan) -> Result<Self, TryReserveError> {
        let arena = &mut Arena::try_with_room(plan.bytes())?;
        let frame = |arena: &mut Arena| Frame {
            memory: arena.zeros(plan.frame.places.length()),
            kept: plan.frame.values.iter().map(|_| Aligned::default()).collect(),
            whole: buffer(&plan, Purpose::Samples, arena),
        };
        let kept = |arena: &mut _| Kept {
            values: buffers(&plan, Purpose::KeptInputs, arena),
            panels: buffers(&plan, Purpose::KeptGradients, arena),
        };
        let worker = |arena: &mut _| Worker {
            scratch: buffer(&plan, Purpose::Scratch, arena),
            inputs: buffer(&plan, Purpose::Inputs, arena),
            targets: buffer(&plan, Purpose::Targets, arena),
            target_lanes: buffer(&plan, Purpose::TargetLanes, arena),
            place: buffer(&plan, Purpose::PlaceGradient, arena),
            right: 0,
        };
        let engine = Engine {
            frames: (0..plan.frames()).map(|_| frame(arena)).collect(),
            kept: (0..if plan.trains() { plan.own_blocks().len() } else { 0 }).map(|_| kept(arena)).collect(),
            partials: buffer(&plan, Purpose::PartialSums, arena),
            gradient: buffer(&plan, Purpose::Gradient, arena),
            packed: buffers(&plan, Purpose::PackedWeights, arena),
            workers: (0..plan.workers()).map(|_| worker(arena)).collect(),
            leaves: buffer(&plan, Purpose::Leaves, arena),
            moments: buffers(&plan, Purpose::Moments, arena),
            gradient_sums: buffers(&plan, Purpose::GradientSums, arena),
            square_sums: buffer(&plan, Purpose::SquareSums, arena),
            outputs: buffer(&plan, Purpose::Outputs, arena),
            input_gradients: buffer(&plan, Purpose::InputGradients, arena),
            zeros: buffer(&plan, Purpose::Zeros, arena),
            between: Between::new(buffers(&plan, Purpose::Ranks, arena)),
            right: 0,
            draws: Draws::default(),
            stamp: 0,
            pool: Pool::new(plan.workers()),
            plan,
        };
        engine.check(network);
        Ok(engine)
    }
}

/// All buffers of some purpose, in the order of the plan's list.
fn buffers<T: Float>(plan: &Plan, purpose: Purpose, arena: &mut Arena) -> Vec<Aligned<T>> {
    let listed = plan.buffers().iter().filter(|buffer| buffer.purpose == purpose);
    listed.map(|buffer| arena.zeros(buffer.length)).collect()
}

/// The only buffer of some purpose. Empty if the plan needs none.
fn buffer<T: Float>(plan: &Plan, purpose: Purpose, arena: &mut Arena) -> Aligned<T> {
    buffers(plan, purpose, arena).pop().unwrap_or_default()
}
