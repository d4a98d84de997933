//! The functions and their derivatives, for one element or for sixteen.
//!
//! The functions are the functions of PyTorch. Where a function has a kink, the derivative is the derivative that
//! PyTorch uses. A NaN as `x` gives a NaN as the value. For this, `x` has to be the argument of [`Real::max`] and
//! [`Real::min`]. The derivative at NaN may be the derivative on either side of a kink. For a finite `x`, nothing
//! overflows unless the result overflows.

use toddle_lanes::{Float, Real, math};

/// A function of one element, and its derivative.
pub trait Formula: Copy {
    /// `f(x)`
    fn value<V: Real>(self, x: V) -> V;

    /// `f′(x)`, where `y = f(x)`
    fn derivative<V: Real>(self, x: V, y: V) -> V;
}

/// `value` in every lane, with the type of `x`.
#[inline(always)]
fn c<V: Real>(x: V, value: f64) -> V {
    x.splat(V::Scalar::from_f64(value))
}

/// `above` where `x` is positive, `below` elsewhere.
#[inline(always)]
fn above_zero<V: Real>(x: V, above: V, below: V) -> V {
    V::select(c(x, 0.0).lt(x), above, below)
}

/// `y = min(max(x, 0), most)`. Derivative: 1 between zero and `most`, and 0 elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct ClippedRelu {
    /// The largest value.
    pub most: f64,
}

impl Formula for ClippedRelu {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        c(x, self.most).min(c(x, 0.0).max(x))
    }

    #[inline(always)]
    fn derivative<V: Real>(self, x: V, _y: V) -> V {
        let below_most = V::select(x.lt(c(x, self.most)), c(x, 1.0), c(x, 0.0));
        above_zero(x, below_most, c(x, 0.0))
    }
}

/// `y = x` above zero and `α·(eˣ − 1)` elsewhere. Derivative: 1 above zero and `α·eˣ` elsewhere, so `α` at zero.
#[derive(Clone, Copy, Debug)]
pub struct Elu {
    /// `α`: for very small `x`, `y` approaches `−α`.
    pub alpha: f64,
}

impl Formula for Elu {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        above_zero(x, x, c(x, self.alpha) * math::expm1(x))
    }

    #[inline(always)]
    fn derivative<V: Real>(self, x: V, _y: V) -> V {
        above_zero(x, c(x, 1.0), c(x, self.alpha) * math::exp(x))
    }
}

/// `y = x·Φ(x)` with `Φ(x) = (1 + erf(x/√2))/2`. Derivative: `Φ(x) + x·φ(x)` with `φ(x) = e^(−x²/2)/√(2π)`.
#[derive(Clone, Copy, Debug)]
pub struct Gelu;

impl Gelu {
    /// `Φ(x)`
    #[inline(always)]
    fn normal<V: Real>(x: V) -> V {
        let half = c(x, 0.5);
        half.mul_add(math::erf(x * c(x, core::f64::consts::FRAC_1_SQRT_2)), half)
    }
}

impl Formula for Gelu {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        x * Self::normal(x)
    }

    #[inline(always)]
    fn derivative<V: Real>(self, x: V, _y: V) -> V {
        // 1/√(2π) = (1/√2)·(2/√π)/2
        let scale = core::f64::consts::FRAC_1_SQRT_2 * core::f64::consts::FRAC_2_SQRT_PI / 2.0;
        let density = c(x, scale) * math::exp(c(x, -0.5) * x * x);
        x.mul_add(density, Self::normal(x))
    }
}

/// `y = x·(1 + t)/2` with `t = tanh(u)` and `u = √(2/π)·(x + 0.044715·x³)`, which is close to [`Gelu`].
///
/// Derivative: `(1 + t)/2 + x·(1 − t²)·u′/2` with `u′ = √(2/π)·(1 + 3·0.044715·x²)`.
#[derive(Clone, Copy, Debug)]
pub struct GeluTanh;

impl GeluTanh {
    const CUBIC: f64 = 0.044715;
    /// √(2/π) = (1/√2)·(2/√π)
    const SCALE: f64 = core::f64::consts::FRAC_1_SQRT_2 * core::f64::consts::FRAC_2_SQRT_PI;

    /// `x`, limited to the range from −100 to 100, so that powers of it do not overflow. `t` is ±1 long before ±100.
    #[inline(always)]
    fn clamp<V: Real>(x: V) -> V {
        c(x, 100.0).min(c(x, -100.0).max(x))
    }

    /// `t`
    #[inline(always)]
    fn tanh<V: Real>(x: V) -> V {
        let cube = x * x * x;
        math::tanh(c(x, Self::SCALE) * c(x, Self::CUBIC).mul_add(cube, x))
    }
}

impl Formula for GeluTanh {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        let half = c(x, 0.5);
        x * half.mul_add(Self::tanh(Self::clamp(x)), half)
    }

    #[inline(always)]
    fn derivative<V: Real>(self, x: V, _y: V) -> V {
        let (x, half, one) = (Self::clamp(x), c(x, 0.5), c(x, 1.0));
        let t = Self::tanh(x);
        let inner = c(x, Self::SCALE) * c(x, 3.0 * Self::CUBIC).mul_add(x * x, one);
        (half * x * inner).mul_add((-t).mul_add(t, one), half.mul_add(t, half))
    }
}

/// `y = min(max(x + 3, 0), 6)/6`. Derivative: 1/6 between −3 and 3, and 0 elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct HardSigmoid;

impl Formula for HardSigmoid {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        c(x, 6.0).min(c(x, 0.0).max(x + c(x, 3.0))) / c(x, 6.0)
    }

    #[inline(always)]
    fn derivative<V: Real>(self, x: V, _y: V) -> V {
        V::select(x.abs().lt(c(x, 3.0)), c(x, 1.0 / 6.0), c(x, 0.0))
    }
}

/// `y = x·min(max(x + 3, 0), 6)/6`. Derivative: 0 up to −3, 1 from 3 on, and `x/3 + 1/2` between them.
#[derive(Clone, Copy, Debug)]
pub struct HardSwish;

impl Formula for HardSwish {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        x * HardSigmoid.value(x)
    }

    #[inline(always)]
    fn derivative<V: Real>(self, x: V, _y: V) -> V {
        let between = x / c(x, 3.0) + c(x, 0.5);
        let upper = V::select(x.lt(c(x, 3.0)), between, c(x, 1.0));
        V::select(c(x, -3.0).lt(x), upper, c(x, 0.0))
    }
}

/// `y = x` above zero and `slope·x` elsewhere. Derivative: 1 above zero and `slope` elsewhere, so `slope` at zero.
#[derive(Clone, Copy, Debug)]
pub struct LeakyRelu {
    /// The derivative below zero.
    pub slope: f64,
}

impl Formula for LeakyRelu {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        above_zero(x, x, c(x, self.slope) * x)
    }

    #[inline(always)]
    fn derivative<V: Real>(self, x: V, _y: V) -> V {
        above_zero(x, c(x, 1.0), c(x, self.slope))
    }
}

/// `y = x·t` with `t = tanh(ln(1 + eˣ))`. Derivative: `t + x·σ(x)·(1 − t²)`.
#[derive(Clone, Copy, Debug)]
pub struct Mish;

impl Formula for Mish {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        x * math::tanh(Softplus::ONE.value(x))
    }

    #[inline(always)]
    fn derivative<V: Real>(self, x: V, _y: V) -> V {
        let t = math::tanh(Softplus::ONE.value(x));
        (x * math::sigmoid(x)).mul_add((-t).mul_add(t, c(x, 1.0)), t)
    }
}

/// `y = max(x, 0)`. Derivative: 1 above zero and 0 elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Relu;

impl Formula for Relu {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        c(x, 0.0).max(x)
    }

    #[inline(always)]
    fn derivative<V: Real>(self, x: V, _y: V) -> V {
        above_zero(x, c(x, 1.0), c(x, 0.0))
    }
}

/// `y = λ·x` above zero and `λ·α·(eˣ − 1)` elsewhere. Derivative: `λ` above zero and `λ·α·eˣ` elsewhere, so `λ·α` at
/// zero.
///
/// `λ ≈ 1.0507` and `α ≈ 1.6733`. With these values, independent elements of mean 0 and variance 1 keep mean and
/// variance.
#[derive(Clone, Copy, Debug)]
pub struct Selu;

impl Selu {
    const LAMBDA: f64 = 1.0507009873554805;
    const LAMBDA_ALPHA: f64 = 1.7580993408473768;
}

impl Formula for Selu {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        above_zero(x, c(x, Self::LAMBDA) * x, c(x, Self::LAMBDA_ALPHA) * math::expm1(x))
    }

    #[inline(always)]
    fn derivative<V: Real>(self, x: V, _y: V) -> V {
        above_zero(x, c(x, Self::LAMBDA), c(x, Self::LAMBDA_ALPHA) * math::exp(x))
    }
}

/// `y = σ(x) = 1/(1 + e⁻ˣ)`. Derivative: `y·(1 − y)`.
#[derive(Clone, Copy, Debug)]
pub struct Sigmoid;

impl Formula for Sigmoid {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        math::sigmoid(x)
    }

    #[inline(always)]
    fn derivative<V: Real>(self, _x: V, y: V) -> V {
        (-y).mul_add(y, y)
    }
}

/// `y = x·σ(x)`. Derivative: `σ(x)·(1 + x·(1 − σ(x)))`.
#[derive(Clone, Copy, Debug)]
pub struct Silu;

impl Formula for Silu {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        x * math::sigmoid(x)
    }

    #[inline(always)]
    fn derivative<V: Real>(self, x: V, _y: V) -> V {
        let (s, one) = (math::sigmoid(x), c(x, 1.0));
        s * x.mul_add(one - s, one)
    }
}

/// `y = ln(1 + e^βx)/β = max(x, 0) + ln(1 + e^−|βx|)/β`. Derivative: `σ(βx)`.
#[derive(Clone, Copy, Debug)]
pub struct Softplus {
    /// `β`: with a larger number, the function is closer to [`Relu`].
    pub beta: f64,
}

impl Softplus {
    const ONE: Softplus = Softplus { beta: 1.0 };
}

impl Formula for Softplus {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        let beta = c(x, self.beta);
        c(x, 0.0).max(x) + math::ln_1p(math::exp(-(beta * x).abs())) / beta
    }

    #[inline(always)]
    fn derivative<V: Real>(self, x: V, _y: V) -> V {
        math::sigmoid(c(x, self.beta) * x)
    }
}

/// `y = x/(1 + |x|)`. Derivative: `1/(1 + |x|)²`.
#[derive(Clone, Copy, Debug)]
pub struct Softsign;

impl Formula for Softsign {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        x / (c(x, 1.0) + x.abs())
    }

    #[inline(always)]
    fn derivative<V: Real>(self, x: V, _y: V) -> V {
        let root = c(x, 1.0) / (c(x, 1.0) + x.abs());
        root * root
    }
}

/// `y = tanh(x)`. Derivative: `1 − y²`.
#[derive(Clone, Copy, Debug)]
pub struct Tanh;

impl Formula for Tanh {
    #[inline(always)]
    fn value<V: Real>(self, x: V) -> V {
        math::tanh(x)
    }

    #[inline(always)]
    fn derivative<V: Real>(self, _x: V, y: V) -> V {
        (-y).mul_add(y, c(y, 1.0))
    }
}
