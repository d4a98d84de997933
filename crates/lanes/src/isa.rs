//! The instruction sets that this CPU can run, and a way to run code with one of them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::float::Float;
use crate::simd::{Kernel, Simd};
use crate::system;

/// The environment variable that selects an instruction set.
const VARIABLE: &str = "TODDLE_SIMD";

/// An instruction set that this CPU has. A value of this type is the proof.
///
/// ```
/// use toddle_lanes::Isa;
///
/// for &isa in Isa::available() {
///     println!("{isa}");          // avx512, avx2, portable; or neon, portable; or simd128
///     assert_eq!(Isa::named(isa.name()), Ok(isa));
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Isa(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Set {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    #[cfg(target_feature = "simd128")]
    Simd128,
    #[cfg(not(target_feature = "simd128"))]
    Portable,
}

const NAMES: [&str; 5] = ["avx512", "avx2", "neon", "simd128", "portable"];

/// An instruction set that toddle does not know, or that this CPU does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsaError {
    name: String,
}

impl Isa {
    /// All instruction sets for which the code is compiled, the widest first. A CPU that has one also has those behind it.
    const ALL: &[Isa] = &[
        #[cfg(target_arch = "x86_64")]
        Isa(Set::Avx512),
        #[cfg(target_arch = "x86_64")]
        Isa(Set::Avx2),
        #[cfg(target_arch = "aarch64")]
        Isa(Set::Neon),
        #[cfg(target_feature = "simd128")]
        Isa(Set::Simd128),
        #[cfg(not(target_feature = "simd128"))]
        Isa(Set::Portable),
    ];

    /// The widest instruction set that this CPU has.
    pub fn detect() -> Isa {
        Self::available()[0]
    }

    /// The instruction set that `TODDLE_SIMD` names, or the widest if the variable is not set.
    ///
    /// # Errors
    /// If the variable is not `avx512`, `avx2`, `neon`, `simd128` or `portable`, or if this CPU lacks the instruction set.
    pub fn from_env() -> Result<Isa, IsaError> {
        system::variable(VARIABLE).map_or_else(|| Ok(Self::detect()), |name| Self::named(&name))
    }

    /// The instruction set with the name `name`.
    ///
    /// # Errors
    /// If there is no such instruction set, or if this CPU lacks it.
    pub fn named(name: &str) -> Result<Isa, IsaError> {
        let found = Self::available().iter().find(|isa| isa.name() == name);
        found.copied().ok_or_else(|| IsaError { name: name.into() })
    }

    /// All instruction sets that this CPU has, the widest first. The portable one is always among them, except in a module of
    /// WebAssembly with `simd128`, which is for engines that have it.
    ///
    /// # Panics
    /// In a module of WebAssembly with `relaxed-simd`, if the engine rounds a multiply-add twice. The module without
    /// `relaxed-simd` is for such engines.
    pub fn available() -> &'static [Isa] {
        #[cfg(target_feature = "simd128")]
        crate::wasm::check();
        &Self::ALL[Self::missing()..]
    }

    /// How many instruction sets of [`ALL`](Self::ALL) this CPU lacks. It has those behind them.
    #[cfg(target_arch = "x86_64")]
    fn missing() -> usize {
        use crate::system::has_feature;

        let avx2 = has_feature!("avx2") && has_feature!("fma");
        let avx512 = has_feature!("avx512f")
            && has_feature!("avx512dq")
            && has_feature!("avx512bw")
            && has_feature!("avx512vl");
        match (avx2, avx512) {
            (true, true) => 0,
            (true, false) => 1,
            (false, _) => 2,
        }
    }

    /// As above. Every CPU of the other kinds has all of them.
    #[cfg(not(target_arch = "x86_64"))]
    fn missing() -> usize {
        0
    }

    /// `avx512`, `avx2`, `neon`, `simd128` or `portable`.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => NAMES[0],
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => NAMES[1],
            #[cfg(target_arch = "aarch64")]
            Set::Neon => NAMES[2],
            #[cfg(target_feature = "simd128")]
            Set::Simd128 => NAMES[3],
            #[cfg(not(target_feature = "simd128"))]
            Set::Portable => NAMES[4],
        }
    }

    /// Runs `kernel` with this instruction set.
    #[inline]
    pub fn run<T: Float, K: Kernel<T>>(self, kernel: K) -> K::Output {
        match self.0 {
            // SAFETY: an `Isa` of this instruction set is made only if the CPU has its features.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 if const { K::WIDEST } => unsafe { kernel.avx512() },
            // SAFETY: as above. A CPU that has AVX-512 also has AVX2.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 | Set::Avx2 => unsafe { kernel.avx2() },
            // SAFETY: every CPU of aarch64 has NEON.
            #[cfg(target_arch = "aarch64")]
            Set::Neon => unsafe { kernel.neon() },
            #[cfg(target_feature = "simd128")]
            Set::Simd128 => kernel.simd128(),
            #[cfg(not(target_feature = "simd128"))]
            Set::Portable => kernel.portable(),
        }
    }
}

/// A kernel, compiled for each instruction set.
///
/// These functions are methods of the kernel, not functions of this module. The compiler puts a method into the codegen
/// unit of the module of its type. So the kernels of a crate are compiled in parallel.
pub(crate) trait Compiled<T: Float>: Kernel<T> + Sized {
    /// # Safety
    /// The CPU has AVX-512 F, DQ, BW and VL, AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
    #[inline(never)]
    unsafe fn avx512(self) -> Self::Output {
        // SAFETY: the caller guarantees the features, and so may make the token.
        self.run(unsafe { T::Avx512::assume() })
    }

    /// # Safety
    /// The CPU has AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    #[inline(never)]
    unsafe fn avx2(self) -> Self::Output {
        // SAFETY: the caller guarantees the features, and so may make the token.
        self.run(unsafe { T::Avx2::assume() })
    }

    /// # Safety
    /// The CPU has NEON.
    #[cfg(target_arch = "aarch64")]
    #[target_feature(enable = "neon")]
    #[inline(never)]
    unsafe fn neon(self) -> Self::Output {
        // SAFETY: the caller guarantees the features, and so may make the token.
        self.run(unsafe { T::Neon::assume() })
    }

    /// A module of WebAssembly has its instructions as a whole, so an engine that has loaded it has them, too.
    #[cfg(target_feature = "simd128")]
    #[inline(never)]
    fn simd128(self) -> Self::Output {
        // SAFETY: this code is compiled with the features.
        self.run(unsafe { T::Simd128::assume() })
    }

    #[inline(never)]
    fn portable(self) -> Self::Output {
        // SAFETY: the portable instruction set needs no features.
        self.run(unsafe { T::Portable::assume() })
    }
}

impl<T: Float, K: Kernel<T>> Compiled<T> for K {}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for IsaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has = Isa::available().iter().map(|isa| isa.name()).collect::<Vec<_>>().join(", ");
        if NAMES.contains(&self.name.as_str()) {
            write!(f, "{VARIABLE}={} needs instructions that this CPU lacks; it has: {has}", self.name)
        } else {
            write!(f, "{VARIABLE}={:?} is not an instruction set of toddle; this CPU has: {has}", self.name)
        }
    }
}

impl core::error::Error for IsaError {}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn an_unknown_instruction_set_is_named_with_those_of_the_cpu() {
        let error = Isa::named("avx1024").unwrap_err().to_string();
        assert!(error.contains("avx1024") && error.contains("portable"), "{error}");
    }

    #[test]
    #[cfg(not(target_feature = "simd128"))]
    fn the_widest_instruction_set_comes_first_and_the_portable_one_last() {
        assert_eq!(Isa::detect(), Isa::available()[0]);
        assert_eq!(Isa::available().last().map(|isa| isa.name()), Some("portable"));
    }
}
