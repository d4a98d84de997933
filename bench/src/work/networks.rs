//! The workloads' networks, and how they are trained.

use peers_common::{BLOCKS, Work};
use toddle::{
    Adadelta, Adam, AvgPool2d, BatchNorm, Conv2d, Dense, Dropout, Fit, Flatten, GlobalAvgPool, GraphSpec,
    Loss, MaxPool2d, NetworkSpec, Optimizer, Relu, Residual, Sgd, Shape, Softmax, Tanh, Value,
};

/// The network of `work`, with dropout or not, and its convolutions of many channels fast or not.
pub fn spec(work: Work, dropout: bool, fast: bool) -> GraphSpec {
    if work == Work::W9 { densely_connected_network() } else { line(work, dropout, fast).into() }
}

fn line(work: Work, dropout: bool, fast: bool) -> NetworkSpec {
    let dropout = |rate| Dropout::new(if dropout { rate } else { 0.0 });
    let digits = NetworkSpec::new(Shape::image(1, 28, 28));
    let two = || MaxPool2d::new(2);
    match work.network() {
        Work::W1 => (digits.add(Conv2d::new(1, 3)).add(Tanh).add(Conv2d::new(1, 3)).add(Tanh).add(Flatten))
            .add(Dense::new(100))
            .add(Tanh)
            .add(Dense::new(10))
            .add(Softmax::default()),
        Work::W2 => (digits.add(Conv2d::new(6, 5).padding(2)).add(Tanh).add(AvgPool2d::new(2)))
            .add(Conv2d::new(16, 5))
            .add(Tanh)
            .add(AvgPool2d::new(2))
            .add(Flatten)
            .add(Dense::new(120))
            .add(Tanh)
            .add(Dense::new(84))
            .add(Tanh)
            .add(Dense::new(10)),
        Work::W3 => (digits.add(Conv2d::new(32, 3)).add(Relu).add(two()))
            .add(Conv2d::new(64, 3).fast(fast))
            .add(Relu)
            .add(two())
            .add(Flatten)
            .add(dropout(0.5))
            .add(Dense::new(10)),
        Work::W4 => (digits.add(Conv2d::new(32, 3)).add(Relu))
            .add(Conv2d::new(64, 3).fast(fast))
            .add(Relu)
            .add(two())
            .add(dropout(0.25))
            .add(Flatten)
            .add(Dense::new(128))
            .add(Relu)
            .add(dropout(0.5))
            .add(Dense::new(10)),
        Work::W8 => residual_network(fast),
        _ => (digits.add(Flatten).add(Dense::new(256)).add(Relu))
            .add(Dense::new(128))
            .add(Relu)
            .add(Dense::new(10)),
    }
}

fn residual_network(fast: bool) -> NetworkSpec {
    let stem =
        NetworkSpec::new(Shape::image(3, 32, 32)).add(conv(16, 3, 1)).add(BatchNorm::default()).add(Relu);
    let body = BLOCKS.iter().fold(stem, |spec, &(inputs, outputs)| {
        let stride = if inputs == outputs { 1 } else { 2 };
        let block = Residual::new()
            .add(conv(outputs, 3, stride).fast(fast && stride == 1))
            .add(BatchNorm::default())
            .add(Relu)
            .add(conv(outputs, 3, 1).fast(fast))
            .add(BatchNorm::default());
        let block = match stride {
            1 => block,
            _ => block.project(conv(outputs, 1, stride)).project(BatchNorm::default()),
        };
        spec.add(block).add(Relu)
    });
    body.add(GlobalAvgPool).add(Dense::new(10))
}

/// The network of `experiments/densenet-small.toml`.
fn densely_connected_network() -> GraphSpec {
    let mut graph = GraphSpec::new();
    let image = graph.input("image", Shape::image(1, 28, 28));
    let maps = graph.add(conv(16, 3, 1), image);
    let mut maps = graph.add(MaxPool2d::new(2), maps);
    maps = dense_block(&mut graph, maps);
    maps = norm_relu(&mut graph, maps);
    maps = graph.add(conv(32, 1, 1), maps);
    maps = graph.add(AvgPool2d::new(2), maps);
    maps = dense_block(&mut graph, maps);
    maps = norm_relu(&mut graph, maps);
    maps = graph.add(GlobalAvgPool, maps);
    graph.add(Dense::new(10), maps);
    graph
}

/// Three convolutions, each of which takes all feature maps so far and puts twelve more behind them.
fn dense_block(graph: &mut GraphSpec, mut maps: Value) -> Value {
    for _ in 0..3 {
        let before = norm_relu(graph, maps);
        let new = graph.add(conv(12, 3, 1), before);
        maps = graph.concat([maps, new]);
    }
    maps
}

fn norm_relu(graph: &mut GraphSpec, maps: Value) -> Value {
    let norm = graph.add(BatchNorm::default(), maps);
    graph.add(Relu, norm)
}

/// A convolution whose bias would be batch norm's shift.
fn conv(filters: usize, size: usize, stride: usize) -> Conv2d {
    Conv2d::new(filters, size).stride(stride).padding(size / 2).bias(false)
}

/// How the network of `work` is trained, for as long as one likes.
pub fn fit(work: Work) -> Fit {
    let rate = work.rate();
    let optimizer: Optimizer = match work.network() {
        Work::W1 => Sgd::new(rate).into(),
        Work::W2 | Work::W8 => Sgd::new(rate).momentum(0.9).into(),
        Work::W4 => Adadelta { rate, ..Adadelta::default() }.into(),
        _ => Adam::new(rate).into(),
    };
    let loss = if work == Work::W1 { Loss::MeanSquaredError } else { Loss::cross_entropy() };
    Fit::new(loss, optimizer).batch(work.batch()).epochs(usize::MAX)
}
