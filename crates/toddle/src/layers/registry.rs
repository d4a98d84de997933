//! The table of all layers, and the code that is generated from it.
//!
//! Each line of the table is a layer. It has the variant of [`LayerSpec`] with the type of its settings, if the layer
//! has settings. Then follow the name of the kind in files, the stem of the names in a network, as in `conv1`, and
//! the [`Role`] for the initialiser `auto`. A layer with settings is built by the function `build` of its type. For a
//! layer without settings, the table names how it is built: `by` a function, or as an activation that is applied to
//! `each` element. The documentation of layers without settings is also in the table.

use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::activation::Activation;

use super::custom::Custom;
use super::*;
use crate::error::Misfit;
use crate::init::Role;
use crate::layer::Layer;
use crate::{Float, Shape};

/// The enum of all layers and its functions, from the table below.
macro_rules! layers {
    ($(
        $(#[$meta:meta])*
        $variant:ident $(($type:ident))?:
            $kind:tt, $stem:literal, $role:ident $(, by $build:path)? $(, each $activation:ident)?;
    )*) => {
        /// Layer: one step of a network, from its input to its output.
        ///
        /// Layers without settings are plain variants, and the crate's root exports them too: `add(Tanh)`. In files,
        /// a layer is its kind together with its settings. Settings with a default may be left out.
        ///
        /// ```
        /// use toddle::{Conv2d, Gelu, LayerSpec, Tanh};
        ///
        /// let spec = LayerSpec::from(Conv2d::new(8, 3));
        /// assert_eq!(spec.to_string(), "conv2d { filters = 8, kernel = 3×3 }");
        /// assert_eq!(serde_json::from_str::<LayerSpec>(r#"{ "kind": "tanh" }"#)?, Tanh);
        /// assert_eq!(serde_json::from_str::<LayerSpec>(r#"{ "kind": "gelu" }"#)?, Gelu { approximate: false }.into());
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(tag = "kind")]
        #[allow(missing_docs, reason = "a variant with a type of its own is documented there")]
        pub enum LayerSpec {$(
            $(#[$meta])*
            #[serde(rename = $kind)]
            $variant $(($type))?,
        )*}

        impl LayerSpec {
            /// The kinds of all layers, as written in files.
            pub const KINDS: &[&str] = &[$($kind),*];

            /// The kind of the layer, as written in files: `conv2d`, `dense` …
            pub fn kind(&self) -> &'static str {
                match self {
                    $(LayerSpec::$variant { .. } => $kind,)*
                }
            }

            /// The stem of the layer's name in a network: `conv`, `dense` … A number follows the stem.
            pub fn stem(&self) -> &'static str {
                if let LayerSpec::Custom(layer) = self {
                    return layer.name();
                }
                match self {
                    $(LayerSpec::$variant { .. } => $stem,)*
                }
            }

            /// The role of the layer for the initialiser of the weights before it.
            pub(crate) fn role(&self) -> Role {
                match self {
                    $(LayerSpec::$variant { .. } => Role::$role,)*
                }
            }

            /// [`build`](Self::build), compiled for each number type in `number.rs`.
            pub(crate) fn build_inner<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
                match self {$(
                    $(LayerSpec::$variant(spec) => $type::build(spec, input),)?
                    $(LayerSpec::$variant => $build(input),)?
                    $(LayerSpec::$variant => {
                        activation::build(LayerSpec::$variant, Activation::$activation, input)
                    })?
                )*}
            }
        }

        impl fmt::Display for LayerSpec {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $($(LayerSpec::$variant(spec) => $type::fmt(spec, f),)?)*
                    _ => f.write_str(self.kind()),
                }
            }
        }

        $($(
            impl From<$type> for LayerSpec {
                fn from(spec: $type) -> Self {
                    LayerSpec::$variant(spec)
                }
            }
        )?)*

        /// The layers without settings, which are values of [`LayerSpec`].
        pub mod plain {
            $(
                $(layers!(@export $variant $build);)?
                $(layers!(@export $variant $activation);)?
            )*
        }
    };
    (@export $variant:ident $($how:tt)*) => {
        pub use super::LayerSpec::$variant;
    };
}

layers! {
    AdaptiveAvgPool2d(AdaptiveAvgPool2d): "adaptive_avg_pool2d", "pool", Passing;
    AdaptiveMaxPool2d(AdaptiveMaxPool2d): "adaptive_max_pool2d", "pool", Passing;
    AvgPool1d(AvgPool1d): "avg_pool1d", "pool", Passing;
    AvgPool2d(AvgPool2d): "avg_pool2d", "pool", Passing;
    BatchNorm(BatchNorm): "batch_norm", "norm", Passing;
    ClippedRelu(ClippedRelu): "clipped_relu", "clipped_relu", HeUniform;
    /// Concatenation: puts the channels of several images, or the elements of several vectors, one after the other.
    ///
    /// `y = [x₀, x₁, …]` along the channels, in the order in which the values are written.
    ///
    /// Takes two values or more: images of `h` rows and `w` columns with `c₀, c₁, …` channels become an image of
    /// `c₀ + c₁ + …` channels; vectors become a vector. It has no settings.
    ///
    /// Backward: each value gets its part of `dy`. Cost: one copy of each element, forward and backward.
    ///
    /// Errors, from `build`: there are fewer than two values, or images of different rows or columns, or images and
    /// vectors.
    ///
    /// ```
    /// use toddle::{GraphSpec, Shape};
    ///
    /// let mut graph = GraphSpec::new();
    /// let (a, b) = (graph.input("a", Shape::vector(1)), graph.input("b", Shape::vector(2)));
    /// graph.concat([b, a]);
    /// assert_eq!(graph.build::<f32>(0)?.predict(&[1.0, 2.0, 3.0])?, [2.0, 3.0, 1.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See Szegedy et al., *Going Deeper with Convolutions*, 2014.
    #[serde(deserialize_with = "crate::setting::none")]
    Concat: "concat", "concat", Passing, by join::build;
    Conv1d(Conv1d): "conv1d", "conv", Weights;
    Conv2d(Conv2d): "conv2d", "conv", Weights;
    ConvTranspose2d(ConvTranspose2d): "conv_transpose2d", "conv_transpose", Weights;
    Crop(Crop): "crop", "crop", Passing;
    Custom(Custom): "custom", "custom", Weights;
    Dense(Dense): "dense", "dense", Weights;
    Dropout(Dropout): "dropout", "dropout", Passing;
    Elu(Elu): "elu", "elu", HeUniform;
    Embedding(Embedding): "embedding", "embedding", Weights;
    /// Turns an image into a vector, so that dense layers can follow.
    ///
    /// `y[(c·h + iy)·w + ix] = x[c,iy,ix]`: channel after channel, row after row.
    ///
    /// Per sample: `x` c×h×w, `y` c·h·w. Backward: `dx = dy`, reshaped. Cost: nothing, since
    /// output and input share their memory. It has no settings and takes any input.
    ///
    /// ```
    /// use toddle::{Flatten, NetworkSpec, Shape};
    ///
    /// let network = NetworkSpec::new(Shape::image(2, 5, 6)).add(Flatten).build::<f32>(0)?;
    /// assert_eq!(network.output(), Shape::vector(60));
    /// # Ok::<(), toddle::BuildError>(())
    /// ```
    ///
    /// See the post's `FlattenLayer`, whose channels come last.
    #[serde(deserialize_with = "crate::setting::none")]
    Flatten: "flatten", "flatten", Passing, by flatten::build;
    GaussianNoise(GaussianNoise): "gaussian_noise", "noise", Passing;
    Gelu(Gelu): "gelu", "gelu", HeUniform;
    /// Global average pooling: each channel of an image becomes its average.
    ///
    /// `y[c] = (1/n) · Σ iy,ix  x[c,iy,ix]` with `n = h·w`.
    ///
    /// Per sample: `x` c×h×w, `y` c. It has no settings.
    ///
    /// Backward: `dx[c,iy,ix] = (1/n) · dy[c]`. Cost: forward one addition an element, backward one copy.
    ///
    /// Errors, from `build`: the input is not an image.
    ///
    /// ```
    /// use toddle::{GlobalAvgPool, NetworkSpec, Shape};
    ///
    /// let network = NetworkSpec::new(Shape::image(2, 1, 2)).add(GlobalAvgPool).build::<f64>(0)?;
    /// assert_eq!(network.predict(&[1.0, 2.0, 30.0, 40.0])?, [1.5, 35.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See Min Lin, Qiang Chen and Shuicheng Yan, *Network In Network*, 2013.
    #[serde(deserialize_with = "crate::setting::none")]
    GlobalAvgPool: "global_avg_pool", "pool", Passing, by global_pool::average;
    /// Global max pooling: each channel of an image becomes its largest element.
    ///
    /// `y[c] = max iy,ix  x[c,iy,ix]`. The maximum is NaN if one of the elements is NaN.
    ///
    /// Per sample: `x` c×h×w, `y` c. It has no settings.
    ///
    /// Backward: `dx[c,iy,ix] = dy[c]` for the largest element of the channel, and 0 for the others. If several
    /// elements are equally large, the first one counts as the largest. Cost: one comparison an element, forward and
    /// backward.
    ///
    /// Errors, from `build`: the input is not an image.
    ///
    /// ```
    /// use toddle::{GlobalMaxPool, NetworkSpec, Shape};
    ///
    /// let network = NetworkSpec::new(Shape::image(2, 1, 2)).add(GlobalMaxPool).build::<f64>(0)?;
    /// assert_eq!(network.predict(&[1.0, 2.0, 40.0, 30.0])?, [2.0, 40.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See [`MaxPool2d`] for windows that slide.
    #[serde(deserialize_with = "crate::setting::none")]
    GlobalMaxPool: "global_max_pool", "pool", Passing, by global_pool::max;
    GroupNorm(GroupNorm): "group_norm", "norm", Passing;
    /// Hard sigmoid: three straight lines in the shape of a sigmoid.
    ///
    /// `y = min(max(x + 3, 0), 6)/6`: 0 to 1.
    ///
    /// Keeps any shape. It has no settings and takes any input. Backward: `dx = dy/6` for `−3 < x < 3`, 0 elsewhere.
    /// Cost: forward an addition and a division an element, backward a multiplication.
    ///
    /// ```
    /// use toddle::{HardSigmoid, NetworkSpec, Shape};
    ///
    /// let network = NetworkSpec::new(Shape::vector(3)).add(HardSigmoid).build::<f64>(0)?;
    /// assert_eq!(network.predict(&[-4.0, 0.0, 4.0])?, [0.0, 0.5, 1.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See A. Howard et al., *Searching for MobileNetV3*, 2019.
    #[serde(deserialize_with = "crate::setting::none")]
    HardSigmoid: "hard_sigmoid", "hard_sigmoid", GlorotUniform, each HardSigmoid;
    /// Hard swish: [`Silu`](Self::Silu) with a [`HardSigmoid`](Self::HardSigmoid) instead of the sigmoid.
    ///
    /// `y = x·min(max(x + 3, 0), 6)/6`: at least −0.375, without an upper bound.
    ///
    /// Keeps any shape. It has no settings and takes any input. Backward: `dx = 0` for `x ≤ −3`, `dy` for `x ≥ 3`,
    /// `(x/3 + 1/2)·dy` between. Cost: four operations an element forward, four backward.
    ///
    /// ```
    /// use toddle::{HardSwish, NetworkSpec, Shape};
    ///
    /// let network = NetworkSpec::new(Shape::vector(3)).add(HardSwish).build::<f64>(0)?;
    /// assert_eq!(network.predict(&[-4.0, -1.5, 4.0])?, [0.0, -0.375, 4.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See A. Howard et al., *Searching for MobileNetV3*, 2019.
    #[serde(deserialize_with = "crate::setting::none")]
    HardSwish: "hard_swish", "hard_swish", HeUniform, each HardSwish;
    LayerNorm(LayerNorm): "layer_norm", "norm", Passing;
    LeakyRelu(LeakyRelu): "leaky_relu", "leaky_relu", HeUniform;
    LogSoftmax(LogSoftmax): "log_softmax", "log_softmax", GlorotUniform;
    MaxPool1d(MaxPool1d): "max_pool1d", "pool", Passing;
    MaxPool2d(MaxPool2d): "max_pool2d", "pool", Passing;
    /// Mish: each element times the hyperbolic tangent of its [`Softplus`].
    ///
    /// `y = x·tanh(ln(1 + eˣ))`: above −0.31, without an upper bound.
    ///
    /// Keeps any shape. It has no settings and takes any input. Backward: `dx = (t + x·σ(x)·(1 − t²))·dy` with
    /// `t = tanh(ln(1 + eˣ))`. Cost: forward an exponential, a logarithm and a hyperbolic tangent an element;
    /// backward the same and a sigmoid.
    ///
    /// ```
    /// use toddle::{Mish, NetworkSpec, Shape};
    ///
    /// let network = NetworkSpec::new(Shape::vector(2)).add(Mish).build::<f64>(0)?;
    /// assert_eq!(network.predict(&[0.0, 100.0])?, [0.0, 100.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See D. Misra, *Mish: A Self Regularized Non-Monotonic Activation Function*, 2019.
    #[serde(deserialize_with = "crate::setting::none")]
    Mish: "mish", "mish", HeUniform, each Mish;
    Pad(Pad): "pad", "pad", Passing;
    Prelu(Prelu): "prelu", "prelu", HeUniform;
    /// Product: multiplies several values of one shape, element by element.
    ///
    /// `y = x₀ · x₁ · …`, one chain in the order in which the values are written.
    ///
    /// Takes two values or more, all of one shape, and keeps the shape. It has no settings.
    ///
    /// Backward: `dx_k = dy · x₀ · x₁ · …` without `x_k`, one chain in this order. Cost for `n` values: `n − 1`
    /// multiplications an element forward, `n·(n − 1)` backward.
    ///
    /// Errors, from `build`: there are fewer than two values, or they have different shapes.
    ///
    /// ```
    /// use toddle::{Dense, GraphSpec, Shape, Sigmoid};
    ///
    /// // A gate: each element is let through as far as a dense layer says.
    /// let mut graph = GraphSpec::new();
    /// let x = graph.input("x", Shape::vector(3));
    /// let gate = graph.add(Dense::new(3), x);
    /// let gate = graph.add(Sigmoid, gate);
    /// graph.product([x, gate]);
    /// let mut network = graph.build::<f64>(0)?;
    /// network.weights_mut().fill(0.0);
    /// assert_eq!(network.predict(&[1.0, 2.0, 3.0])?, [0.5, 1.0, 1.5]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[serde(deserialize_with = "crate::setting::none")]
    Product: "product", "product", Passing, by join::build;
    /// ReLU: leaves positive elements as they are, and sets negative elements to zero.
    ///
    /// `y = max(x, 0)`: 0 or more.
    ///
    /// Keeps any shape. It has no settings and takes any input. Backward: `dx = dy` for `x > 0`, 0 elsewhere. Cost:
    /// one operation an element forward, two backward.
    ///
    /// ```
    /// use toddle::{NetworkSpec, Relu, Shape};
    ///
    /// let network = NetworkSpec::new(Shape::vector(2)).add(Relu).build::<f64>(0)?;
    /// assert_eq!(network.predict(&[-2.0, 2.0])?, [0.0, 2.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See V. Nair, G. E. Hinton, *Rectified Linear Units Improve Restricted Boltzmann Machines*, 2010.
    #[serde(deserialize_with = "crate::setting::none")]
    Relu: "relu", "relu", HeUniform, each Relu;
    Reshape(Reshape): "reshape", "reshape", Passing;
    Residual(Residual): "residual", "residual", Weights;
    /// SELU: a scaled [`Elu`]. It keeps the mean of the elements near 0 and their variance near 1.
    ///
    /// `y = λ·x` for `x > 0`, `λ·α·(eˣ − 1)` elsewhere, with `λ ≈ 1.0507` and `α ≈ 1.6733`: above −1.76, without an
    /// upper bound.
    ///
    /// Keeps any shape. It has no settings and takes any input. Backward: `dx = λ·dy` for `x > 0`, `λ·α·eˣ·dy`
    /// elsewhere. Cost: one exponential an element forward, and one backward.
    ///
    /// ```
    /// use toddle::{NetworkSpec, Selu, Shape};
    ///
    /// let network = NetworkSpec::new(Shape::vector(1)).add(Selu).build::<f64>(0)?;
    /// assert_eq!(network.predict(&[1.0])?, [1.0507009873554805]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter, *Self-Normalizing Neural Networks*, 2017.
    #[serde(deserialize_with = "crate::setting::none")]
    Selu: "selu", "selu", LecunUniform, each Selu;
    /// The logistic function: maps every element to a number between 0 and 1.
    ///
    /// `y = 1/(1 + e⁻ˣ)`, at most 2 ulp from the true value.
    ///
    /// Keeps any shape. It has no settings and takes any input. Backward: `dx = y·(1 − y)·dy`. Cost: forward an
    /// exponential and a division an element, backward two operations.
    ///
    /// ```
    /// use toddle::{NetworkSpec, Shape, Sigmoid};
    ///
    /// let network = NetworkSpec::new(Shape::vector(2)).add(Sigmoid).build::<f64>(0)?;
    /// assert_eq!(network.predict(&[0.0, 100.0])?, [0.5, 1.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See D. E. Rumelhart, G. E. Hinton, R. J. Williams, *Learning representations by back-propagating errors*, 1986.
    #[serde(deserialize_with = "crate::setting::none")]
    Sigmoid: "sigmoid", "sigmoid", GlorotUniform, each Sigmoid;
    Shared(Shared): "shared", "shared", Weights;
    /// SiLU, or swish: each element times its [`Sigmoid`](Self::Sigmoid).
    ///
    /// `y = x/(1 + e⁻ˣ)`: above −0.28, without an upper bound.
    ///
    /// Keeps any shape. It has no settings and takes any input. Backward: `dx = s·(1 + x·(1 − s))·dy` with
    /// `s = 1/(1 + e⁻ˣ)`. Cost: an exponential and a division an element forward, and the same backward.
    ///
    /// ```
    /// use toddle::{NetworkSpec, Shape, Silu};
    ///
    /// let network = NetworkSpec::new(Shape::vector(2)).add(Silu).build::<f64>(0)?;
    /// assert_eq!(network.predict(&[0.0, 100.0])?, [0.0, 100.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See S. Elfwing, E. Uchibe, K. Doya, *Sigmoid-Weighted Linear Units for Neural Network Function Approximation in
    /// Reinforcement Learning*, 2017.
    #[serde(deserialize_with = "crate::setting::none")]
    Silu: "silu", "silu", HeUniform, each Silu;
    Softmax(Softmax): "softmax", "softmax", GlorotUniform;
    Softplus(Softplus): "softplus", "softplus", HeUniform;
    /// Softsign: maps every element to a number between −1 and 1. It approaches these limits more slowly than
    /// [`Tanh`](Self::Tanh).
    ///
    /// `y = x/(1 + |x|)`.
    ///
    /// Keeps any shape. It has no settings and takes any input. Backward: `dx = dy/(1 + |x|)²`. Cost: one division an
    /// element forward, and one backward.
    ///
    /// ```
    /// use toddle::{NetworkSpec, Shape, Softsign};
    ///
    /// let network = NetworkSpec::new(Shape::vector(2)).add(Softsign).build::<f64>(0)?;
    /// assert_eq!(network.predict(&[-1.0, 3.0])?, [-0.5, 0.75]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, 2010.
    #[serde(deserialize_with = "crate::setting::none")]
    Softsign: "softsign", "softsign", GlorotUniform, each Softsign;
    SpatialDropout(SpatialDropout): "spatial_dropout", "dropout", Passing;
    /// Sum: adds several values of one shape, element by element.
    ///
    /// `y = x₀ + x₁ + …`, one chain in the order in which the values are written.
    ///
    /// Takes two values or more, all of one shape, and keeps the shape. It has no settings.
    ///
    /// Backward: each value gets `dy`. Cost for `n` values: `n − 1` additions an element forward, nothing backward.
    ///
    /// Errors, from `build`: there are fewer than two values, or they have different shapes.
    ///
    /// ```
    /// use toddle::{GraphSpec, Shape};
    ///
    /// let mut graph = GraphSpec::new();
    /// let (a, b) = (graph.input("a", Shape::vector(2)), graph.input("b", Shape::vector(2)));
    /// graph.sum([a, b, a]);
    /// assert_eq!(graph.build::<f32>(0)?.predict(&[1.0, 2.0, 10.0, 20.0])?, [12.0, 24.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See [`Residual`] for a sum of layers and their input.
    #[serde(deserialize_with = "crate::setting::none")]
    Sum: "sum", "sum", Passing, by join::build;
    /// Hyperbolic tangent: maps every element to a number between −1 and 1.
    ///
    /// `y = tanh(x)`, at most 2 ulp from the true value. The bits are the same on every machine.
    ///
    /// Keeps any shape. It has no settings and takes any input. Backward: `dx = dy · (1 − y²)`. Cost: forward about
    /// fifteen multiply-adds and a division an element, backward two operations.
    ///
    /// ```
    /// use toddle::{NetworkSpec, Shape, Tanh};
    ///
    /// let network = NetworkSpec::new(Shape::vector(3)).add(Tanh).build::<f64>(0)?;
    /// assert_eq!(network.predict(&[-100.0, 0.0, 100.0])?, [-1.0, 0.0, 1.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// See the post's `tanh` and `tanh_prime`.
    #[serde(deserialize_with = "crate::setting::none")]
    Tanh: "tanh", "tanh", GlorotUniform, each Tanh;
    Upsample(Upsample): "upsample", "upsample", Passing;
}

impl LayerSpec {
    /// Builds the layer for the shape of its input. Only a network builds a residual block, a shared layer, and layers
    /// that take several values.
    ///
    /// # Errors
    /// The layer cannot take an input of this shape.
    pub fn build<T: Float>(&self, input: Shape) -> Result<Box<dyn Layer<T>>, Misfit> {
        input.check()?;
        T::layer(self, input)
    }
}
