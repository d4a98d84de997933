//! Networks for the tests, and the other programs that check what is written for them.

#![allow(dead_code, reason = "no test needs everything")]

pub mod compiled;

use std::env;
use std::io::BufReader;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::{Deserialize, Serialize};
use toddle::custom::{CustomLayer, PerSample, SampleBackward, SampleForward, per_sample};
use toddle::{
    AvgPool1d, BatchNorm, Conv1d, Conv2d, ConvTranspose2d, Crop, Dense, Embedding, Float, GlobalAvgPool,
    GlobalMaxPool, GraphSpec, GroupNorm, Layer, LayerNorm, MaxPool1d, Misfit, Network, NetworkSpec,
    NumpyRandom, Pad, PadMode, Padding1d, Prelu, Relu, Reshape, Shape, Softmax, Upsample, UpsampleMode,
};
use toddle_exchange::peer::{Answer, Question};
use toddle_exchange::{ExchangeError, Source};
use toddle_testkit::cases::Case;
use toddle_testkit::numbers::numbers;

/// A command that runs `script` in Python. None, and a line about it, if this Python does not have the packages that
/// the script imports.
///
/// `TODDLE_PYTHON` is the Python to use, which must have them.
pub fn python(script: &str) -> Option<Command> {
    let given = env::var_os("TODDLE_PYTHON");
    let python = given.clone().unwrap_or_else(|| "python3".into());
    let imports = script.lines().filter(|line| line.starts_with("import ")).collect::<Vec<_>>().join("\n");
    // Of the programs that compute for Keras, PyTorch is the one that another test needs, too.
    let backend = env::var("KERAS_BACKEND").unwrap_or_else(|_| "torch".into());
    let python_with = |code: &str| {
        let mut command = Command::new(&python);
        command.args(["-c", code]).env("KERAS_BACKEND", &backend);
        command
    };
    let has = python_with(&imports).stderr(Stdio::null()).status();
    if !has.is_ok_and(|status| status.success()) {
        assert!(given.is_none(), "TODDLE_PYTHON lacks one of these:\n{imports}");
        eprintln!("not checked by the other side: python3 lacks one of these:\n{imports}");
        return None;
    }
    Some(python_with(script))
}

/// Another program that answers questions.
pub struct Peer {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Peer {
    /// Python with `script`, if it is there.
    pub fn python(script: &str) -> Option<Peer> {
        let started = python(script)?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.expect("Python starts");
        let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Some(Peer { child, to, from: BufReader::new(from) })
    }

    /// The answer to `question`.
    pub fn ask(&mut self, question: &Question<'_>) -> Answer {
        question
            .ask(&mut self.to, &mut self.from)
            .unwrap_or_else(|fault| panic!("{:?}: {fault}", question.network.spec()))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The network of `spec`, with a state as after a training.
pub fn trained(spec: &GraphSpec, seed: u32) -> Network<f32> {
    let mut network = spec.build::<f32>(seed).unwrap();
    let mut random = NumpyRandom::new(seed);
    let names = network.state_layout().clone();
    for param in names.params() {
        let least = if param.name.ends_with("running_var") { 0.5 } else { -0.5 };
        network.state_mut()[param.range.clone()].fill_with(|| (least + random.uniform()) as f32);
    }
    network
}

/// The inputs of `samples` samples for a network. An embedding as its first layer gets class numbers.
pub fn inputs(network: &Network<f32>, samples: usize) -> Vec<f32> {
    match network.nodes()[0].layer().map(|layer| layer.spec()) {
        Some(spec) => Case { spec, input: network.input() }.inputs(5, samples),
        None => numbers(5, samples * network.input().size()),
    }
}

/// A network of one layer.
pub fn single(layer: toddle::LayerSpec, input: Shape) -> GraphSpec {
    toddle::NetworkSpec::new(input).add(layer).into()
}

/// Networks of sequences alone.
pub fn sequences() -> Vec<GraphSpec> {
    let wave = NetworkSpec::new(Shape::image(2, 1, 23))
        .add(Conv1d::new(6, 5).stride(2).padding(Padding1d::Same))
        .add(BatchNorm::default())
        .add(Relu)
        .add(MaxPool1d::new(3).stride(2).padding(1).ceil_mode(true))
        .add(Conv1d::new(4, 3).dilation(2).groups(2))
        .add(Prelu { per_channel: true, ..Prelu::default() })
        .add(GlobalAvgPool)
        .add(Dense::new(3));
    let resized = NetworkSpec::new(Shape::image(4, 1, 6))
        .add(Pad::new([0, 0, 2, 1]).mode(PadMode::Reflect))
        .add(Upsample::new((1, 2)).mode(UpsampleMode::Bilinear))
        .add(Crop::new([0, 0, 1, 3]))
        .add(ConvTranspose2d::new(4, (1, 4)).stride((1, 2)))
        .add(GroupNorm::new(2))
        .add(Conv2d::new(3, (1, 3)))
        .add(AvgPool1d::new(2).padding(1))
        .add(LayerNorm::default())
        .add(Softmax::channels());
    let drawn = NetworkSpec::new(Shape::vector(5))
        .add(Dense::new(12))
        .add(Reshape::new(Shape::image(3, 1, 4)))
        .add(Conv1d::new(2, 3));
    let mut text = GraphSpec::new();
    let words = text.input("words", Shape::vector(9));
    let features = text.add(Embedding::new(20, 6), words);
    let pairs = text.add(Conv1d::new(4, 2), features);
    let triples = text.add(Conv1d::new(4, 3), features);
    let most = [pairs, triples].map(|value| text.add(GlobalMaxPool, value));
    let both = text.concat(most);
    text.add(Dense::new(3), both);
    let tagged = NetworkSpec::new(Shape::image(1, 1, 8)).add(Embedding::new(7, 3)).add(Conv1d::new(2, 3));
    vec![wave.into(), resized.into(), drawn.into(), text, tagged.into()]
}

/// A writer of source.
pub type Encode = fn(&Network<f32>, &str, &[f32]) -> Result<Source, ExchangeError>;

/// Checks that a layer of a user is refused by name in a `language` of source.
pub fn is_refused_by_name(language: &str, encode: Encode) {
    let network = trained(&single(Same.into(), Shape::vector(2)), 0);
    let expected = format!(
        "the layer `same1` cannot be written as {language}
  expected  layers that have a function in {language}
  got       same
  try       another layer in its place, or leaving it out"
    );
    assert_eq!(encode(&network, "same", &[]).unwrap_err().to_string(), expected);
}

/// `y = x`, as a layer of a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Same;

impl CustomLayer for Same {
    const NAME: &'static str = "same";

    fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        Ok(per_sample(self, input, input, Same))
    }
}

impl<T: Float> PerSample<T> for Same {
    fn forward(&self, SampleForward { x, y, .. }: SampleForward<'_, T>) {
        y.copy_from_slice(x);
    }

    fn backward(&self, SampleBackward { dy, dx, .. }: SampleBackward<'_, T>) {
        dx.copy_from_slice(dy);
    }
}
