//! A plan lists all memory that an engine allocates.

use std::alloc::System;
use std::collections::BTreeSet;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use toddle::{
    BatchNorm, Conv2d, Dense, Engine, Flatten, GraphSpec, Isa, Machine, Mode, NetworkSpec, Purpose, Relu,
    Residual, Shape,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// From so many bytes on, an engine takes pages of the system, which the allocator does not see.
const PAGES: usize = 2 << 20;

const MODES: [Mode; 5] =
    [Mode::Infer, Mode::Gradient, Mode::Descend, Mode::Open { input_gradient: true }, Mode::Trace];

/// Bytes that are allocated besides the buffers: what points to each of them, and a thread's own.
fn besides(buffers: usize, threads: usize) -> usize {
    96 * buffers + 2048 * threads
}

/// One test alone in this file, since the allocator counts what other threads allocate.
#[test]
fn an_engine_allocates_the_buffers_of_its_plan() {
    let image = Shape::image(3, 12, 12);
    let convolutions = NetworkSpec::new(image)
        .add(Conv2d::new(8, 3).padding(1))
        .add(Relu)
        .add(Conv2d::new(8, 3).fast(true))
        .add(Flatten)
        .add(Dense::new(40))
        .add(Dense::new(10));
    let normal = NetworkSpec::new(image)
        .add(Conv2d::new(8, 3).padding(1))
        .add(Residual::new().add(BatchNorm::default()).add(Conv2d::new(8, 1)).add(BatchNorm::default()))
        .add(Flatten)
        .add(Dense::new(10));
    // Statistics of each of many channels.
    let wide = NetworkSpec::new(Shape::vector(2000)).add(BatchNorm::default()).add(Relu);
    // Gradients to many outputs are kept.
    let dense = NetworkSpec::new(Shape::vector(16)).add(Dense::new(1000));
    // Each place of shared weights has a gradient of its own.
    let mut twins = GraphSpec::new();
    let (left, right) = (twins.input("left", Shape::vector(60)), twins.input("right", Shape::vector(60)));
    let left = twins.add(Dense::new(60), left);
    let right = twins.share(left, right);
    twins.concat([left, right]);
    let [convolutions, normal, wide, dense] = [convolutions, normal, wide, dense].map(GraphSpec::from);
    let (mut listed, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for (spec, batch, threads) in [
        (&convolutions, 1, 1),
        (&convolutions, 16, 1),
        (&convolutions, 40, 2),
        (&normal, 1, 1),
        (&normal, 40, 2),
        (&wide, 1, 1),
        (&wide, 20, 1),
        (&dense, 20, 1),
        (&twins, 40, 1),
    ] {
        let network = spec.build::<f32>(0).unwrap();
        for mode in MODES {
            let plan = network.plan(batch, mode, &Machine { isa: Isa::detect(), threads });
            let (bytes, buffers) = (plan.bytes(), plan.buffers().to_vec());
            // A trace keeps every value, which is too much for one of the networks.
            if mode == Mode::Trace && bytes >= PAGES {
                continue;
            }
            assert!(bytes < PAGES, "{bytes} bytes");
            let count = buffers.iter().map(|buffer| buffer.copies).sum();
            // The test's own harness may allocate meanwhile, though not every time.
            let allocated = (0..5).map(|_| {
                let (plan, region) = (plan.clone(), Region::new(ALLOCATOR));
                let engine = Engine::new(&network, plan);
                let allocated = region.change().bytes_allocated;
                drop(engine);
                allocated
            });
            let (allocated, besides) = (allocated.min().unwrap(), besides(count, threads));
            assert!(
                (bytes..=bytes + besides).contains(&allocated),
                "batch of {batch}, {mode:?}: {allocated} bytes are allocated; {bytes} are planned:\n{plan}"
            );
            listed.extend(buffers.iter().map(|buffer| buffer.purpose));
            seen.extend(
                buffers.iter().filter(|buffer| buffer.bytes() > besides).map(|buffer| buffer.purpose),
            );
        }
    }
    // Were one of these buffers allocated without being listed, more would be allocated than is allowed. A network of less than
    // two mebibytes has few sums of squares and few targets.
    let small = [Purpose::Inputs, Purpose::Targets, Purpose::TargetLanes, Purpose::SquareSums];
    for purpose in listed.into_iter().filter(|purpose| !small.contains(purpose)) {
        assert!(seen.contains(&purpose), "the test would not notice: {purpose}");
    }
}
