//! Twenty thousand random specifications, many of them absurd: each is built, or refused with an error that helps; none
//! panics, and what is refused costs no memory.

use std::alloc::System;
use std::panic::{AssertUnwindSafe, catch_unwind};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use toddle::{
    AdaptiveAvgPool2d, AvgPool1d, AvgPool2d, BuildError, Conv1d, Conv2d, ConvTranspose2d, Crop, Dense,
    Flatten, GlobalAvgPool, GlobalMaxPool, GroupNorm, Jacobian, LayerNorm, LayerSpec, MaxPool1d, MaxPool2d,
    Network, NetworkSpec, NumpyRandom, Pad, PadMode, Padding, Reshape, Shape, Softmax, SoftmaxAxis, Tanh,
    Upsample, UpsampleMode,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes that building may take besides the weights: layers, names, messages.
const SMALL: usize = 64 << 10;

/// Sizes that no network has, most of which overflow when multiplied.
const ABSURD: [usize; 8] =
    [1 << 28, (1 << 28) + 1, 1 << 31, u32::MAX as usize, 1 << 33, 1 << 63, usize::MAX / 2, usize::MAX];

struct Draw(NumpyRandom);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        (self.0.uniform() * end as f64) as usize
    }

    /// A size: small as a rule, at times 0, at times absurd, and never so that a network that fits is large.
    fn size(&mut self) -> usize {
        match self.below(100) {
            0..2 => 0,
            2..82 => 1 + self.below(6),
            82..97 => 7 + self.below(30),
            _ => ABSURD[self.below(ABSURD.len())],
        }
    }

    fn window(&mut self) -> (usize, usize) {
        match self.below(3) {
            0 => (self.size(), self.size()),
            _ => (1 + self.below(3), 1 + self.below(3)),
        }
    }

    /// Cells on each side of an image under so large a window: often none, at times the most that are allowed.
    fn border(&mut self, window: (usize, usize)) -> [usize; 4] {
        match self.below(6) {
            0 => [self.size(), self.size(), self.size(), self.size()],
            1 => [window.0 / 2, window.0 / 2, window.1 / 2, window.1 / 2],
            2 => [1; 4],
            _ => [0; 4],
        }
    }

    fn shape(&mut self) -> Shape {
        match self.below(3) {
            0 => Shape::vector(self.size()),
            _ => Shape::image(self.size(), self.size(), self.size()),
        }
    }

    /// Groups that divide the channels of what comes before, two times in three.
    fn groups(&mut self, before: Shape) -> usize {
        match (before, self.below(3)) {
            (Shape::Image { channels, .. }, 0) => channels,
            (_, 1) => 1,
            _ => self.size(),
        }
    }

    fn conv(&mut self, before: Shape) -> Conv2d {
        let (window, groups) = (self.window(), self.groups(before));
        let filters = if self.below(2) == 0 { groups } else { self.size() };
        let padding = match self.below(3) {
            0 => Padding::Valid,
            1 => Padding::Same,
            _ => self.border(window).into(),
        };
        if self.below(4) == 0 {
            let window = if self.below(4) == 0 { window } else { (3, 3) };
            return Conv2d::new(filters, window).padding(padding).fast(true);
        }
        let conv = Conv2d::new(filters, window).stride(self.window()).padding(padding);
        conv.dilation(self.window()).groups(groups).bias(self.below(2) == 0)
    }

    fn conv_transpose(&mut self, before: Shape) -> ConvTranspose2d {
        let (window, groups) = (self.window(), self.groups(before));
        let filters = if self.below(2) == 0 { groups } else { self.size() };
        let conv = ConvTranspose2d::new(filters, window).stride(self.window()).padding(self.border(window));
        let extra = (self.below(3), self.below(3));
        conv.output_padding(extra).dilation(self.window()).groups(groups).bias(self.below(2) == 0)
    }

    fn max_pool(&mut self) -> MaxPool2d {
        let window = self.window();
        let padding = if self.below(4) == 0 { Padding::Same } else { self.border(window).into() };
        let pool = MaxPool2d::new(window).padding(padding).ceil_mode(self.below(2) == 0);
        let pool = if self.below(2) == 0 { pool } else { pool.stride(self.window()) };
        if self.below(2) == 0 { pool } else { pool.dilation(self.window()) }
    }

    fn avg_pool(&mut self) -> AvgPool2d {
        let MaxPool2d { window, stride, padding, ceil_mode, .. } = self.max_pool();
        AvgPool2d { window, stride, padding, count_padding: self.below(2) == 0, ceil_mode }
    }

    /// A layer for sequences.
    fn sequential(&mut self, before: Shape) -> LayerSpec {
        let (window, padding) = (self.size(), (self.below(3), self.size()));
        match self.below(3) {
            0 => Conv1d::new(self.size(), window).groups(self.groups(before)).padding(padding).into(),
            1 => MaxPool1d::new(window).padding(padding).dilation(self.size()).into(),
            _ => AvgPool1d::new(window).stride(self.size()).padding(padding).ceil_mode(true).into(),
        }
    }

    fn softmax(&mut self) -> Softmax {
        let jacobian = [Jacobian::Full, Jacobian::Diagonal][self.below(2)];
        Softmax { jacobian, axis: [SoftmaxAxis::Elements, SoftmaxAxis::Channels][self.below(2)] }
    }

    fn pad(&mut self) -> Pad {
        let modes = [PadMode::Zeros, PadMode::Reflect, PadMode::Replicate, PadMode::Circular];
        let window = self.window();
        let pad = Pad::new(self.border(window)).mode(modes[self.below(4)]);
        if self.below(4) == 0 { pad.constant(-1.0) } else { pad }
    }

    fn upsample(&mut self) -> Upsample {
        let mode = [UpsampleMode::Nearest, UpsampleMode::Bilinear][self.below(2)];
        Upsample::new(self.window()).mode(mode).align_corners(self.below(4) == 0)
    }

    /// A shape, as large as `of` one time in two.
    fn reshape(&mut self, of: Shape) -> Reshape {
        match (self.below(2), of) {
            (0, Shape::Image { channels, height, width }) => {
                Reshape::new(Shape::image(width, channels, height))
            }
            (0, Shape::Vector(size)) => Reshape::new(Shape::image(1, size, 1)),
            _ => Reshape::new(self.shape()),
        }
    }

    /// Any layer, most often one that takes an image where there is one and a vector where there is none.
    fn layer(&mut self, before: Shape) -> LayerSpec {
        let sees_image = matches!(before, Shape::Image { .. }) != (self.below(10) == 0);
        match (self.below(4), sees_image) {
            (0, _) => match self.below(5) {
                0 => Tanh,
                1 => Flatten,
                2 => GroupNorm { affine: self.below(2) == 0, ..GroupNorm::new(self.groups(before)) }.into(),
                3 => LayerNorm { affine: self.below(2) == 0, ..LayerNorm::default() }.into(),
                _ => self.reshape(before).into(),
            },
            (_, true) => match self.below(14) {
                0 | 1 => Conv2d::new(self.size(), self.window()).into(),
                2 => self.conv(before).into(),
                3 => self.conv_transpose(before).into(),
                4 | 5 => self.max_pool().into(),
                6 => self.avg_pool().into(),
                7 => self.pad().into(),
                8 => Crop::new(self.border((1, 1))).into(),
                9 => self.upsample().into(),
                10 => AdaptiveAvgPool2d::new(self.window()).into(),
                11 => self.sequential(before),
                12 => self.softmax().into(),
                _ => [GlobalAvgPool, GlobalMaxPool][self.below(2)].clone(),
            },
            (_, false) => match self.below(3) {
                0 | 1 => Dense::new(self.size()).bias(self.below(2) == 0).into(),
                _ => self.softmax().into(),
            },
        }
    }

    fn network(&mut self) -> NetworkSpec {
        let mut spec = NetworkSpec::new(self.shape());
        let mut shape = spec.input;
        for _ in 0..self.below(50).min(1 + self.below(6)) {
            let layer = self.layer(shape);
            // What comes behind a layer that does not fit is never looked at.
            shape = layer.build::<f32>(shape).map_or(shape, |built| built.output());
            spec = spec.add(layer);
        }
        spec
    }
}

fn check_refusal(spec: &NetworkSpec, error: &BuildError) {
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5, "{text}");
    assert!(
        lines[0].starts_with(&format!("layer {} `{}` cannot follow ", error.number, error.name)),
        "{text}"
    );
    for (line, begins) in lines[1..].iter().zip(["it is", "it gets", "because", "try"]) {
        let said = line.trim_start().strip_prefix(begins).map(str::trim);
        assert!(said.is_some_and(|said| !said.is_empty()), "{text}");
    }
    if let Some(layer) = spec.layers.get(error.number - 1) {
        assert!(error.name.starts_with(layer.stem()), "{text}");
        assert_eq!(error.spec, layer.to_string());
    }
}

fn check_network(spec: &NetworkSpec, network: &Network<f32>) {
    assert_eq!(network.spec(), spec);
    assert_eq!(network.weights().len(), network.layout().len());
    assert!(network.output().size() > 0);
}

/// Asks a network where that is quick.
fn ask(network: &Network<f32>) {
    let outputs = network.nodes().iter().map(|node| node.output().size());
    if network.input().size() + outputs.sum::<usize>() < 10_000 {
        for samples in [1, 2] {
            let y = network.predict(&vec![0.5; samples * network.input().size()]).unwrap();
            assert_eq!(y.len(), samples * network.output().size());
        }
    }
}

/// One test alone in this file: other threads' allocations would be counted too.
#[test]
fn every_specification_is_built_or_refused() {
    let mut draw = Draw(NumpyRandom::new(2013));
    let (mut built, mut refused) = (0, 0);
    for n in 0..20_000 {
        let spec = draw.network();
        let file = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<NetworkSpec>(&file).unwrap(), spec, "{file}");

        let region = Region::new(ALLOCATOR);
        let outcome = catch_unwind(AssertUnwindSafe(|| spec.build::<f32>(0)))
            .unwrap_or_else(|_| panic!("panics: {spec:?}"));
        let change = region.change();
        let bytes = change.bytes_allocated + change.bytes_reallocated.max(0) as usize;
        match outcome {
            Ok(network) => {
                built += 1;
                check_network(&spec, &network);
                assert!(bytes < SMALL + 2 * size_of_val(network.weights()), "{bytes} bytes for {spec:?}");
                if n % 20 == 0 {
                    ask(&network);
                }
            }
            Err(error) => {
                refused += 1;
                check_refusal(&spec, &error);
                assert!(bytes < SMALL, "{bytes} bytes to refuse {spec:?}");
            }
        }
    }
    assert!(built > 5_000 && refused > 5_000, "{built} built, {refused} refused");
}
