//! The true values, to about a hundred bits, and the distance from them.
//!
//! A [`Pair`] is the unevaluated sum of two `f64` (T. J. Dekker, 1971). The series below are not those of the functions
//! under test, and are themselves checked against values recorded with more digits. `toddle-bench` uses this file too.

use std::ops::{Add, Div, Mul};
use std::sync::LazyLock;

use toddle_lanes::{Float, Isa, Kernel, LANES, Real, Simd, math};

/// A function of this crate.
#[derive(Clone, Copy, Debug)]
pub enum Function {
    Exp,
    Ln,
    Tanh,
    Sigmoid,
    Expm1,
    Ln1p,
    Erf,
}

impl Function {
    pub const ALL: [Function; 7] = [
        Function::Exp,
        Function::Ln,
        Function::Tanh,
        Function::Sigmoid,
        Function::Expm1,
        Function::Ln1p,
        Function::Erf,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Function::Exp => "exp",
            Function::Ln => "ln",
            Function::Tanh => "tanh",
            Function::Sigmoid => "sigmoid",
            Function::Expm1 => "expm1",
            Function::Ln1p => "ln_1p",
            Function::Erf => "erf",
        }
    }

    /// The ulps that its documentation allows.
    pub fn bound(self) -> f64 {
        match self {
            Function::Exp | Function::Ln => 1.0,
            _ => 2.0,
        }
    }

    /// The function under test.
    #[inline(always)]
    pub fn value<V: Real>(self, x: V) -> V {
        match self {
            Function::Exp => math::exp(x),
            Function::Ln => math::ln(x),
            Function::Tanh => math::tanh(x),
            Function::Sigmoid => math::sigmoid(x),
            Function::Expm1 => math::expm1(x),
            Function::Ln1p => math::ln_1p(x),
            Function::Erf => math::erf(x),
        }
    }

    /// The true value, of numbers that are not [`special`](Self::special).
    #[inline(always)]
    fn truth<V: Real<Scalar = f64>>(self, x: V, series: Series) -> Truth<V> {
        match self {
            Function::Exp => exp(x, series),
            Function::Ln => ln(x, series),
            Function::Tanh => tanh(x, series),
            Function::Sigmoid => sigmoid(x, series),
            Function::Expm1 => expm1(x, series),
            Function::Ln1p => ln_1p(x, series),
            Function::Erf => erf(x, series),
        }
    }

    /// The value where it is ±∞ or NaN from the argument alone.
    fn special(self, x: f64) -> Option<f64> {
        match self {
            _ if x.is_nan() => Some(f64::NAN),
            Function::Ln if x < 0.0 => Some(f64::NAN),
            Function::Ln if x == 0.0 => Some(f64::NEG_INFINITY),
            Function::Ln1p if x < -1.0 => Some(f64::NAN),
            Function::Ln1p if x == -1.0 => Some(f64::NEG_INFINITY),
            Function::Ln | Function::Ln1p if x == f64::INFINITY => Some(x),
            _ => None,
        }
    }

    /// The greatest distance over `xs`, from what the widest form of vectors computes.
    pub fn worst<T: Float>(self, xs: &[[T; LANES]]) -> Worst<T> {
        let mut values = xs.to_vec();
        Isa::detect().run(Values { function: self, xs: &mut values });
        let mut truths = xs.iter().map(|x| Truth::of(x.map(T::to_f64))).collect::<Vec<_>>();
        let precision = if T::NAME == "f32" { Precision::EnoughForSingle } else { Precision::Full };
        Isa::detect().run(Truths { function: self, precision, xs: &mut truths });

        let mut worst = Worst { ulps: 0.0, at: T::ZERO, wrong_specials: 0 };
        for ((x, value), truth) in xs.iter().zip(&values).zip(&truths) {
            for lane in 0..LANES {
                let (x, value) = (x[lane], value[lane]);
                match self.special(x.to_f64()) {
                    Some(special) => worst.wrong_specials += u64::from(!same(value.to_f64(), special)),
                    None => worst.see(x, truth.lane(lane).ulps(value)),
                }
            }
        }
        worst
    }
}

/// The greatest distance found.
#[derive(Clone, Copy, Debug)]
pub struct Worst<T> {
    /// In units in the last place.
    pub ulps: f64,
    /// The argument.
    pub at: T,
    /// How often ±∞ or NaN was due and something else came.
    pub wrong_specials: u64,
}

impl<T: Float> Worst<T> {
    fn see(&mut self, x: T, ulps: f64) {
        if ulps > self.ulps {
            (self.ulps, self.at) = (ulps, x);
        }
    }

    /// The worse of two, their wrong specials counted together.
    pub fn and(self, other: Self) -> Self {
        let wrong_specials = self.wrong_specials + other.wrong_specials;
        Worst { wrong_specials, ..if other.ulps > self.ulps { other } else { self } }
    }
}

/// The same bits, or both NaN.
pub fn same<T: Float>(a: T, b: T) -> bool {
    a.bits() == b.bits() || (a.to_f64().is_nan() && b.to_f64().is_nan())
}

/// Numbers without a pattern: SplitMix64 (Steele, Lea and Flood, 2014) of the counter.
pub fn random(counter: u64) -> u64 {
    let mut z = counter.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// An `f64` where a function may be in trouble: all bit patterns, the ranges of exp and tanh, tiny numbers, and those about 1.
pub fn random_f64(counter: u64) -> f64 {
    let (bits, which) = (random(2 * counter), random(2 * counter + 1));
    let unit = (bits >> 11) as f64 * 2f64.powi(-53);
    let signed = 2.0 * unit - 1.0;
    let scale = |most| 2f64.powi(-(((which >> 8) % most) as i32));
    match which % 8 {
        0 => f64::from_bits(bits),
        1 | 2 => 750.0 * signed,
        3..=5 => 20.0 * signed,
        6 => signed * scale(60),
        _ => 1.0 + signed * scale(52),
    }
}

/// A function under test, applied in place.
pub struct Values<'a, T> {
    pub function: Function,
    pub xs: &'a mut [[T; LANES]],
}

impl<T: Float> Kernel<T> for Values<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        for x in self.xs {
            simd.store(self.function.value(simd.load(x)), x);
        }
    }
}

/// How close to the true values: a hundred bits, or the 64 that are plenty beside an `f32` and come twice as fast.
#[derive(Clone, Copy, Debug)]
pub enum Precision {
    Full,
    EnoughForSingle,
}

/// The true values of the numbers in `high`.
pub struct Truths<'a> {
    pub function: Function,
    pub precision: Precision,
    pub xs: &'a mut [Truth<[f64; LANES]>],
}

impl Kernel<f64> for Truths<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd<T = f64>>(self, simd: S) {
        let series = Series::to(self.precision);
        for x in self.xs {
            let truth = self.function.truth(simd.load(&x.high), series);
            simd.store(truth.high, &mut x.high);
            simd.store(truth.low, &mut x.low);
            simd.store(truth.exponent, &mut x.exponent);
        }
    }
}

/// `(high + low)·2^exponent`, which reaches where an `f64` has lost its digits or its range.
#[derive(Clone, Copy, Debug)]
pub struct Truth<V> {
    pub high: V,
    pub low: V,
    pub exponent: V,
}

impl Truth<[f64; LANES]> {
    /// `x` itself.
    pub fn of(x: [f64; LANES]) -> Self {
        Truth { high: x, low: [0.0; LANES], exponent: [0.0; LANES] }
    }

    pub fn lane(&self, lane: usize) -> Truth<f64> {
        Truth { high: self.high[lane], low: self.low[lane], exponent: self.exponent[lane] }
    }
}

impl Truth<f64> {
    /// The distance of `value` in units in the last place of the true value rounded to the same type. Infinity counts
    /// as the number that would follow the greatest, as it does in rounding.
    pub fn ulps<T: Float>(self, value: T) -> f64 {
        let (digits, least, most) = if T::NAME == "f32" { (24, -126, 128) } else { (53, -1022, 1024) };
        let exponent = self.exponent as i32;
        let rounded = T::from_f64(scale(self.high, exponent)).to_f64();
        let place = if rounded == 0.0 { least } else { floor_log2(rounded).clamp(least, most - 1) };

        let value = value.to_f64();
        if value.is_infinite() && rounded == value {
            return 0.0;
        }
        let value = if value.is_infinite() {
            scale(1f64.copysign(value), most - exponent)
        } else {
            scale(value, -exponent)
        };
        let distance = ((value - self.high) - self.low).abs() / scale(1.0, place - digits + 1 - exponent);
        if distance.is_nan() { f64::INFINITY } else { distance }
    }
}

/// `x·2ⁿ`, in two steps, of which only the second can round.
pub fn scale(x: f64, n: i32) -> f64 {
    let power = |n: i32| f64::from(n).exp2i();
    x * power(n / 2) * power(n - n / 2)
}

fn floor_log2(x: f64) -> i32 {
    if x.is_infinite() {
        return 1024;
    }
    let (x, shift) = if x.abs() < f64::MIN_POSITIVE { (x * TWO_TO_100, 100) } else { (x, 0) };
    ((x.to_bits() >> 52) & 0x7ff) as i32 - 1023 - shift
}

/// `high + low`, where `high` is that sum rounded.
#[derive(Clone, Copy)]
struct Pair<V> {
    high: V,
    low: V,
}

impl<V: Real<Scalar = f64>> Pair<V> {
    #[inline(always)]
    fn of(high: V) -> Self {
        Pair { high, low: high.splat(0.0) }
    }

    /// `a + b`, exactly (Knuth's TwoSum).
    #[inline(always)]
    fn sum(a: V, b: V) -> Self {
        let high = a + b;
        let from_b = high - a;
        Pair { high, low: (a - (high - from_b)) + (b - from_b) }
    }

    /// `a + b`, exactly, where |a| ≥ |b| (Dekker's Fast2Sum).
    #[inline(always)]
    fn ordered(a: V, b: V) -> Self {
        let high = a + b;
        Pair { high, low: b - (high - a) }
    }

    /// `a·b`, exactly.
    #[inline(always)]
    fn product(a: V, b: V) -> Self {
        let high = a * b;
        Pair { high, low: a.mul_add(b, -high) }
    }

    /// Times a power of two.
    #[inline(always)]
    fn times(self, power: V) -> Self {
        Pair { high: self.high * power, low: self.low * power }
    }
}

impl<V: Real<Scalar = f64>> Add for Pair<V> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let (high, low) = (Self::sum(self.high, other.high), Self::sum(self.low, other.low));
        let sum = Self::ordered(high.high, high.low + low.high);
        Self::ordered(sum.high, sum.low + low.low)
    }
}

impl<V: Real<Scalar = f64>> Mul for Pair<V> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let high = Self::product(self.high, other.high);
        let low = self.high.mul_add(other.low, self.low.mul_add(other.high, high.low));
        Self::ordered(high.high, low)
    }
}

impl<V: Real<Scalar = f64>> Div for Pair<V> {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self + other * Self::of(-first);
        let second = rest.high / other.high;
        let rest = rest + other * Self::of(-second);
        Self::ordered(first, second) + Self::of(rest.high / other.high)
    }
}

/// Adding 1.5·2⁵² rounds to an integer.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
const TWO_TO_100: f64 = (1u128 << 100) as f64;
/// ln 2 to 159 bits.
const LN_2: [f64; 3] = [std::f64::consts::LN_2, 2.3190468138462996e-17, 5.707708438416212e-34];

/// 2/√π to 107 bits.
const TWO_BY_ROOT_PI: [f64; 2] = [std::f64::consts::FRAC_2_SQRT_PI, 1.533545961316588e-17];

/// The coefficients of the three series.
#[derive(Clone, Copy)]
struct Series<'a> {
    /// `(eʳ − 1)/r = Σ rᵏ/(k+1)!`
    exp: &'a [Pair<f64>],
    /// `atanh(s)/s = Σ zᵏ/(2k+1)`, z = s²
    atanh: &'a [Pair<f64>],
    /// `√π/2·exp(z)·erf(x)/x = Σ 2ᵏ·zᵏ/(1·3·…·(2k+1))`, z = x²
    erf: &'a [Pair<f64>],
}

static EXP: LazyLock<[Pair<f64>; 27]> = LazyLock::new(|| {
    let mut factorial = Pair::of(1.0);
    std::array::from_fn(|k| {
        factorial = factorial * Pair::of(k as f64 + 1.0);
        Pair::of(1.0) / factorial
    })
});

static ATANH: LazyLock<[Pair<f64>; 24]> =
    LazyLock::new(|| std::array::from_fn(|k| Pair::of(1.0) / Pair::of(2.0 * k as f64 + 1.0)));

static ERF: LazyLock<[Pair<f64>; 145]> = LazyLock::new(|| {
    let mut coefficient = Pair::of(1.0);
    std::array::from_fn(|k| {
        if k > 0 {
            coefficient = coefficient.times(2.0) / Pair::of(2.0 * k as f64 + 1.0);
        }
        coefficient
    })
});

impl Series<'static> {
    /// The terms that matter to 100 bits, or to 64.
    fn to(precision: Precision) -> Self {
        match precision {
            Precision::Full => Series { exp: &*EXP, atanh: &*ATANH, erf: &*ERF },
            Precision::EnoughForSingle => Series { exp: &EXP[..15], atanh: &ATANH[..12], erf: &ERF[..120] },
        }
    }
}

/// `Σ coefficients[k]·xᵏ` where each term is smaller than the one before.
#[inline(always)]
fn horner<V: Real<Scalar = f64>>(coefficients: &[Pair<f64>], x: Pair<V>) -> Pair<V> {
    let mut sum = Pair::of(x.high.splat(0.0));
    for &Pair { high, low } in coefficients.iter().rev() {
        let rest = x * sum;
        let head = Pair::ordered(x.high.splat(high), rest.high);
        sum = Pair::ordered(head.high, head.low + (rest.low + x.high.splat(low)));
    }
    sum
}

/// `n` and `eʳ − 1` with `x = n·ln 2 + r`, |r| ≤ (ln 2)/2: the Taylor series.
#[inline(always)]
fn exp_parts<V: Real<Scalar = f64>>(x: V, series: Series) -> (V, Pair<V>) {
    let c = |value| x.splat(value);
    let rounder = c(ROUNDER);
    let n = x.mul_add(c(std::f64::consts::LOG2_E), rounder) - rounder;
    let [first, second, third] = LN_2;
    let r = Pair::of(n.mul_add(c(-first), x)) + Pair::product(n, c(-second)) + Pair::of(n * c(-third));
    (n, r * horner(series.exp, r))
}

#[inline(always)]
fn exp<V: Real<Scalar = f64>>(x: V, series: Series) -> Truth<V> {
    let (n, less_one) = exp_parts(x.splat(-800.0).max(x).min(x.splat(800.0)), series);
    let Pair { high, low } = Pair::of(x.splat(1.0)) + less_one;
    Truth { high, low, exponent: n }
}

/// `(e²ˣ − 1)/(e²ˣ + 1)`.
#[inline(always)]
fn tanh<V: Real<Scalar = f64>>(x: V, series: Series) -> Truth<V> {
    let h = x.abs().min(x.splat(40.0));
    let (n, less_one) = exp_parts(h + h, series);
    let power = n.exp2i();
    let sinh = Pair::sum(power, x.splat(-1.0)) + less_one.times(power);
    let Pair { high, low } = sinh / (sinh + Pair::of(x.splat(2.0)));
    let sign = x.splat(1.0).copysign(x);
    Truth { high: high * sign, low: low * sign, exponent: x.splat(0.0) }
}

/// `eˣ/(1 + eˣ)` below zero, `1/(1 + e⁻ˣ)` above.
#[inline(always)]
fn sigmoid<V: Real<Scalar = f64>>(x: V, series: Series) -> Truth<V> {
    let (zero, one) = (x.splat(0.0), Pair::of(x.splat(1.0)));
    let (n, less_one) = exp_parts(-x.abs().min(x.splat(800.0)), series);
    let mantissa = one + less_one;
    let sum = one + mantissa.times(n.max(x.splat(-900.0)).exp2i());
    let (below, above) = (mantissa / sum, one / sum);
    let negative = x.lt(zero);
    Truth {
        high: V::select(negative, below.high, above.high),
        low: V::select(negative, below.low, above.low),
        exponent: V::select(negative, n, zero),
    }
}

/// `2ⁿ·((eʳ − 1) + (1 − 2⁻ⁿ))`.
#[inline(always)]
fn expm1<V: Real<Scalar = f64>>(x: V, series: Series) -> Truth<V> {
    let (n, less_one) = exp_parts(x.splat(-80.0).max(x).min(x.splat(800.0)), series);
    // Beyond 2¹²⁰ the 1 matters no more.
    let power = (-n).max(x.splat(-400.0)).exp2i();
    let Pair { high, low } = Pair::sum(x.splat(1.0), -power) + less_one;
    Truth { high, low, exponent: n }
}

/// `n·ln 2 + 2·(s + s³/3 + s⁵/5 + …)` with `x = 2ⁿ·m` and `s = (m − 1)/(m + 1)`.
#[inline(always)]
fn ln<V: Real<Scalar = f64>>(x: V, series: Series) -> Truth<V> {
    let c = |value| x.splat(value);
    let small = x.lt(c(1e-270));
    let raised = V::select(small, x * c(TWO_TO_100), x);
    ln_of(Pair::of(raised), V::select(small, c(100.0), c(0.0)), series)
}

#[inline(always)]
fn ln_1p<V: Real<Scalar = f64>>(x: V, series: Series) -> Truth<V> {
    let zero = x.splat(0.0);
    let Truth { high, low, exponent } = ln_of(Pair::sum(x.splat(1.0), x), zero, series);
    // Of numbers so small that the products of pairs have no room for their low parts, ln(1 + x) is x.
    let tiny = x.abs().lt(x.splat(1e-200));
    Truth { high: V::select(tiny, x, high), low: V::select(tiny, zero, low), exponent }
}

/// `ln(2^−raised·x)` of a normal `x`.
#[inline(always)]
fn ln_of<V: Real<Scalar = f64>>(x: Pair<V>, raised: V, series: Series) -> Truth<V> {
    let c = |value| raised.splat(value);
    let e = x.high.exponent();
    // Two steps, for 2^-e alone may be subnormal.
    let power = (c(1.0) - e).exp2i();
    let (m, rest) = (x.high * c(0.5) * power, x.low * c(0.5) * power);
    let large = c(std::f64::consts::SQRT_2).lt(m);
    let halved = V::select(large, c(0.5), c(1.0));
    let (m, rest) = (m * halved, rest * halved);
    let n = V::select(large, e + c(1.0), e) - raised;

    let f = Pair::sum(m - c(1.0), rest);
    let s = f / (f + Pair::of(c(2.0)));
    let z = s * s;
    let [first, second, third] = LN_2;
    let multiple = Pair::product(n, c(second)) + Pair::of(n * c(third));
    let Pair { high, low } =
        Pair::product(n, c(first)) + (s * horner(series.atanh, z)).times(c(2.0)) + multiple;
    Truth { high, low, exponent: c(0.0) }
}

/// `2/√π·e^−z·x·Σ 2ᵏ·zᵏ/(1·3·…·(2k+1))`, all of whose terms are positive.
#[inline(always)]
fn erf<V: Real<Scalar = f64>>(x: V, series: Series) -> Truth<V> {
    let c = |value| x.splat(value);
    // Beyond 6.5 it is 1 to 64 bits.
    let x = c(6.5).min(c(-6.5).max(x));
    let z = Pair::product(x, x);
    let mut sum = Pair::of(c(0.0));
    for &Pair { high, low } in series.erf.iter().rev() {
        sum = z * sum + Pair { high: c(high), low: c(low) };
    }
    let (n, less_one) = exp_parts(-z.high, series);
    let power = (Pair::of(c(1.0)) + less_one).times(n.exp2i());
    // e^−low, for z = high + low.
    let power = power * (Pair::of(c(1.0)) + Pair::sum(-z.low, z.low * z.low * c(0.5)));
    let [high, low] = TWO_BY_ROOT_PI;
    // Tiny numbers are raised, so that the products of pairs have room for their low parts.
    let tiny = x.abs().lt(c(1e-200));
    let x = V::select(tiny, x * c(TWO_TO_100), x);
    let Pair { high, low } = Pair { high: c(high), low: c(low) } * (power * (Pair::of(x) * sum));
    Truth { high, low, exponent: V::select(tiny, c(-100.0), c(0.0)) }
}
