//! *A journey through Neural Networks, part 1: Baby Steps*: the post's program, class by class, in plain Rust.
//! The program uses nothing of the toddle library. Read it from top to bottom.
//! A network is a list of layers. A layer goes forward, from its input to its output. A layer also goes backward, from the
//! gradient of its output to the gradient of its input, and updates its weights. Every derivative is written by hand.
//! The post takes three shortcuts. Each is marked SHORTCUT here, and docs/the-post.md says what it costs.
//! `cargo run --release -p baby_steps -- --epochs 100 --convolutions 2 --output softmax`

use std::io::{self, Read};

use flate2::read::GzDecoder;
use rand_mt::Mt;

// ── Arrays ──────────────────────────────────────────────────────────────────────────────────────────────────────────
// An array is a list of elements in NumPy's order, `x[row, col, channel]`, with the last index fastest. An array does not
// store its shape. A plane is one channel of an image, or a filter's weights for one channel: `plane[row][col]`.
type Plane = Vec<Vec<f64>>;

/// `array[:, :, i]`. If more indices follow the first two, `i` counts through all of them.
fn plane(array: &[f64], [rows, cols]: [usize; 2], i: usize) -> Plane {
    let count = array.len() / (rows * cols);
    array.chunks(cols * count).map(|row| row.iter().skip(i).step_by(count).copied().collect()).collect()
}

/// `array[:, :, i] += scale * plane`.
fn add(array: &mut [f64], i: usize, scale: f64, plane: &Plane) {
    let count = array.len() / (plane.len() * plane[0].len());
    let places = array.iter_mut().skip(i).step_by(count);
    places.zip(plane.iter().flatten()).for_each(|(a, b)| *a += scale * b);
}

/// Slides `kernel` over `image`. Each place where the whole kernel fits gives one sum of products.
fn correlate2d_valid(image: &Plane, kernel: &Plane) -> Plane {
    let (rows, cols) = (kernel.len(), kernel[0].len());
    let match_at = |y: usize, x: usize| {
        let places = (0..rows).flat_map(|r| (0..cols).map(move |c| (r, c)));
        places.map(|(r, c)| image[y + r][x + c] * kernel[r][c]).sum()
    };
    (0..=image.len() - rows).map(|y| (0..=image[0].len() - cols).map(|x| match_at(y, x)).collect()).collect()
}

/// Adds a copy of `kernel` to the output for each element of `image`, multiplied by the element.
fn convolve2d_full(image: &Plane, kernel: &Plane) -> Plane {
    let mut output = vec![vec![0.0; image[0].len() + kernel[0].len() - 1]; image.len() + kernel.len() - 1];
    for (y, row) in image.iter().enumerate() {
        for (x, strength) in row.iter().enumerate() {
            for (r, line) in kernel.iter().enumerate() {
                output[y + r][x..].iter_mut().zip(line).for_each(|(o, k)| *o += strength * k);
            }
        }
    }
    output
}

/// `np.random.rand(count) - 0.5`, where `Mt::new(0)` is `np.random.seed(0)`: initial weights from −0.5 to 0.5.
/// The generator gives 32 bits at a time. An `f64` holds 53, so one weight takes 27 bits of one and 26 bits of the next.
pub fn weights(count: usize, random: &mut Mt) -> Vec<f64> {
    let mut draw = |bits| f64::from(random.next_u32() >> (32 - bits));
    (0..count).map(|_| (draw(27) * 67108864.0 + draw(26)) / 9007199254740992.0 - 0.5).collect()
}

// ── Functions, each with its derivative ─────────────────────────────────────────────────────────────────────────────
fn tanh(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| x.tanh()).collect()
}
fn tanh_prime(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| 1.0 - x.tanh().powi(2)).collect()
}

/// Turns scores into probabilities, which are positive and have the sum 1.
fn softmax(x: &[f64]) -> Vec<f64> {
    let sum: f64 = x.iter().map(|x| x.exp()).sum();
    x.iter().map(|x| x.exp() / sum).collect()
}
/// SHORTCUT: only the derivative of each probability by its own score, the diagonal of the Jacobian. The derivatives
/// by the other scores are left out.
fn softmax_prime(x: &[f64]) -> Vec<f64> {
    softmax(x).iter().map(|s| s - s * s).collect()
}

/// Mean squared error.
fn mse(expected: &[f64], output: &[f64]) -> f64 {
    expected.iter().zip(output).map(|(e, o)| (e - o).powi(2)).sum::<f64>() / expected.len() as f64
}
fn mse_prime(expected: &[f64], output: &[f64]) -> Vec<f64> {
    expected.iter().zip(output).map(|(e, o)| 2.0 * (o - e) / expected.len() as f64).collect()
}

// ── Layers ──────────────────────────────────────────────────────────────────────────────────────────────────────────
/// One operation of a network.
pub trait Layer {
    /// Returns the output for `input`. The layer keeps its input for `backward`.
    fn forward(&mut self, input: Vec<f64>) -> Vec<f64>;
    /// Takes the gradient of the loss by the layer's output, returns the gradient by its input, and updates the weights.
    fn backward(&mut self, error: Vec<f64>, learning_rate: f64) -> Vec<f64>;
}

/// Slides `depth` filters over an image. Each filter makes one output channel.
pub struct ConvolutionLayer {
    channels: usize,
    /// Rows and columns of the input image, of a filter, and of the output image.
    sizes: [[usize; 2]; 3],
    /// `weights[row, col, d, k]` belongs to filter `k` and input channel `d`.
    pub weights: Vec<f64>,
    /// One number for each filter.
    pub bias: Vec<f64>,
    input: Vec<f64>,
}
impl ConvolutionLayer {
    /// `input_shape` is height, width, channels; `kernel` is rows, columns; `depth` counts the filters.
    pub fn new(input_shape: [usize; 3], kernel: [usize; 2], depth: usize, random: &mut Mt) -> Self {
        let ([height, width, channels], [rows, cols]) = (input_shape, kernel);
        let sizes = [[height, width], kernel, [height - rows + 1, width - cols + 1]];
        let (weights, bias) = (weights(rows * cols * channels * depth, random), weights(depth, random));
        ConvolutionLayer { channels, sizes, weights, bias, input: vec![] }
    }
}
impl Layer for ConvolutionLayer {
    fn forward(&mut self, input: Vec<f64>) -> Vec<f64> {
        self.input = input;
        let (depth, [image, kernel, [rows, cols]]) = (self.bias.len(), self.sizes);
        let mut output = vec![0.0; rows * cols * depth];
        for k in 0..depth {
            for d in 0..self.channels {
                let filter = plane(&self.weights, kernel, d * depth + k);
                let mut sums = correlate2d_valid(&plane(&self.input, image, d), &filter);
                // SHORTCUT: the bias is added once for each input channel. Once would be right.
                sums.iter_mut().flatten().for_each(|a| *a += self.bias[k]);
                add(&mut output, k, 1.0, &sums);
            }
        }
        output
    }
    fn backward(&mut self, error: Vec<f64>, learning_rate: f64) -> Vec<f64> {
        let (depth, [image, kernel, places]) = (self.bias.len(), self.sizes);
        let mut input_error = vec![0.0; self.input.len()];
        for k in 0..depth {
            let error = plane(&error, places, k);
            for d in 0..self.channels {
                let (image, i) = (plane(&self.input, image, d), d * depth + k);
                add(&mut input_error, d, 1.0, &convolve2d_full(&error, &plane(&self.weights, kernel, i)));
                add(&mut self.weights, i, -learning_rate, &correlate2d_valid(&image, &error));
            }
            // SHORTCUT: the gradient is the sum. The post multiplies the sum by the number of filters.
            self.bias[k] -= learning_rate * depth as f64 * error.iter().flatten().sum::<f64>();
        }
        input_error
    }
}

/// Every output is a weighted sum of all inputs, plus a bias.
pub struct FCLayer {
    /// `weights[input, output]`.
    pub weights: Vec<f64>,
    /// One number for each output.
    pub bias: Vec<f64>,
    input: Vec<f64>,
}
impl FCLayer {
    /// The weights are drawn first, then the bias.
    pub fn new(inputs: usize, outputs: usize, random: &mut Mt) -> Self {
        FCLayer { weights: weights(inputs * outputs, random), bias: weights(outputs, random), input: vec![] }
    }
}
impl Layer for FCLayer {
    fn forward(&mut self, input: Vec<f64>) -> Vec<f64> {
        self.input = input;
        let mut output = self.bias.clone();
        for (x, row) in self.input.iter().zip(self.weights.chunks(output.len())) {
            output.iter_mut().zip(row).for_each(|(y, w)| *y += x * w);
        }
        output
    }
    fn backward(&mut self, error: Vec<f64>, learning_rate: f64) -> Vec<f64> {
        let mut input_error = Vec::new();
        for (x, row) in self.input.iter().zip(self.weights.chunks_mut(error.len())) {
            // The gradient of the input takes the weights before their update.
            input_error.push(error.iter().zip(&*row).map(|(e, w)| e * w).sum());
            row.iter_mut().zip(&error).for_each(|(w, e)| *w -= learning_rate * (x * e));
        }
        self.bias.iter_mut().zip(&error).for_each(|(b, e)| *b -= learning_rate * e);
        input_error
    }
}

/// Makes one row of an image. Every array here is one row already, so the layer does nothing.
pub struct FlattenLayer;
impl Layer for FlattenLayer {
    fn forward(&mut self, input: Vec<f64>) -> Vec<f64> {
        input
    }
    fn backward(&mut self, error: Vec<f64>, _learning_rate: f64) -> Vec<f64> {
        error
    }
}

/// Applies a function to its input. The layer has no weights.
pub struct ActivationLayer {
    f: fn(&[f64]) -> Vec<f64>,
    f_prime: fn(&[f64]) -> Vec<f64>,
    input: Vec<f64>,
}
const TANH: ActivationLayer = ActivationLayer { f: tanh, f_prime: tanh_prime, input: vec![] };
const SOFTMAX: ActivationLayer = ActivationLayer { f: softmax, f_prime: softmax_prime, input: vec![] };
impl Layer for ActivationLayer {
    fn forward(&mut self, input: Vec<f64>) -> Vec<f64> {
        self.input = input;
        (self.f)(&self.input)
    }
    fn backward(&mut self, error: Vec<f64>, _learning_rate: f64) -> Vec<f64> {
        (self.f_prime)(&self.input).iter().zip(error).map(|(derivative, e)| derivative * e).collect()
    }
}

// ── Network ─────────────────────────────────────────────────────────────────────────────────────────────────────────
/// Layers, the first takes the network's input, and a loss with its derivative.
pub struct Network {
    layers: Vec<Box<dyn Layer>>,
    loss: fn(&[f64], &[f64]) -> f64,
    loss_prime: fn(&[f64], &[f64]) -> Vec<f64>,
}
impl Network {
    fn add_layer(&mut self, layer: impl Layer + 'static) {
        self.layers.push(Box::new(layer));
    }
    fn predict(&mut self, input: &[f64]) -> Vec<f64> {
        self.layers.iter_mut().fold(input.to_vec(), |x, layer| layer.forward(x))
    }
    /// Trains on one sample after the other, `epochs` times. Returns the mean error of each epoch.
    pub fn fit(&mut self, samples: &[Sample], epochs: usize, learning_rate: f64) -> Vec<f64> {
        let mut errors = vec![];
        for epoch in 1..=epochs {
            let mut sum = 0.0;
            for (input, expected) in samples {
                let output = self.predict(input);
                sum += (self.loss)(expected, &output);
                let error = (self.loss_prime)(expected, &output);
                self.layers.iter_mut().rev().fold(error, |e, layer| layer.backward(e, learning_rate));
            }
            errors.push(sum / samples.len() as f64);
            println!("epoch {epoch}/{epochs}  error={:.16}", errors[epoch - 1]);
        }
        errors
    }
}

// ── The post's program ──────────────────────────────────────────────────────────────────────────────────────────────
/// An image, and the expected output for it: ten elements, 1 at the digit's place and 0 elsewhere.
pub type Sample = (Vec<f64>, Vec<f64>);
const MNIST: [&[u8]; 4] = [
    include_bytes!("../../../data/mnist/train-images-idx3-ubyte.gz"),
    include_bytes!("../../../data/mnist/train-labels-idx1-ubyte.gz"),
    include_bytes!("../../../data/mnist/t10k-images-idx3-ubyte.gz"),
    include_bytes!("../../../data/mnist/t10k-labels-idx1-ubyte.gz"),
];

/// The first `count` digits of MNIST, from the training half or from the test half.
/// A pixel is a byte. As in the post, it is divided by 255 in `f32` and becomes an `f64` after that.
pub fn samples(training: bool, count: usize) -> io::Result<Vec<Sample>> {
    let [images, labels] = if training { [MNIST[0], MNIST[1]] } else { [MNIST[2], MNIST[3]] };
    let (mut pixels, mut digits) = (vec![0; 16 + count * 28 * 28], vec![0; 8 + count]);
    GzDecoder::new(images).read_exact(&mut pixels)?;
    GzDecoder::new(labels).read_exact(&mut digits)?;
    // The headers of the IDX files take 16 and 8 bytes.
    let images = pixels[16..]
        .chunks(28 * 28)
        .map(|image| image.iter().map(|&p| f64::from(f32::from(p) / 255.0)).collect());
    let expected =
        digits[8..].iter().map(|&digit| (0..10).map(|i| f64::from(u8::from(i == digit))).collect());
    Ok(images.zip(expected).collect())
}

/// One or two 3×3 convolutions, then a dense layer with 100 outputs, then one with ten: an output for each digit.
pub fn network(convolutions: usize, output: ActivationLayer) -> Network {
    let mut random = Mt::new(0);
    let mut network = Network { layers: vec![], loss: mse, loss_prime: mse_prime };
    let mut size = 28;
    for _ in 0..convolutions {
        network.add_layer(ConvolutionLayer::new([size, size, 1], [3, 3], 1, &mut random));
        network.add_layer(TANH);
        size -= 2;
    }
    network.add_layer(FlattenLayer);
    network.add_layer(FCLayer::new(size * size, 100, &mut random));
    network.add_layer(TANH);
    network.add_layer(FCLayer::new(100, 10, &mut random));
    network.add_layer(output);
    network
}

/// The number of epochs, the number of convolutions and the last activation, from the command line.
pub fn options(mut args: impl Iterator<Item = String>) -> Result<(usize, usize, ActivationLayer), String> {
    let (mut epochs, mut convolutions, mut output) = (100, 2, SOFTMAX);
    while let Some(name) = args.next() {
        let value = args.next().unwrap_or_default();
        match (name.as_str(), value.as_str(), value.parse()) {
            ("--epochs", _, Ok(n)) => epochs = n,
            ("--convolutions", _, Ok(n @ 1..=2)) => convolutions = n,
            ("--output", "softmax", _) => output = SOFTMAX,
            ("--output", "tanh", _) => output = TANH,
            _ => {
                return Err(format!("{name} {value}? --epochs N, --convolutions 1|2, --output softmax|tanh"));
            }
        }
    }
    Ok((epochs, convolutions, output))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (epochs, convolutions, output) = options(std::env::args().skip(1)).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        std::process::exit(2)
    });
    let mut network = network(convolutions, output);
    network.fit(&samples(true, 2000)?, epochs, 0.1);
    let test = samples(false, 10_000)?;
    test[..3].iter().for_each(|(image, _)| println!("{:.6?}", network.predict(image)));
    let digit = |y: &[f64]| (0..10).max_by(|&a, &b| y[a].total_cmp(&y[b]));
    let right = test.iter().filter(|(image, y)| digit(&network.predict(image)) == digit(y)).count();
    println!("{right} of {} test digits right", test.len());
    Ok(())
}
