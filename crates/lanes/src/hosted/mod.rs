//! What the operating system provides. `bare.rs` has the same for a machine without one.

mod lock;
mod pages;
mod pool;
mod stopwatch;

use std::string::String;
use std::sync::OnceLock;
use std::thread::available_parallelism;

pub use lock::Lock;
#[cfg(test)]
pub(crate) use pages::HUGE_PAGE;
pub(crate) use pages::huge;
pub use pages::page_out;
pub use pool::Pool;
#[cfg(target_arch = "x86_64")]
pub(crate) use std::is_x86_feature_detected as has_feature;
pub use stopwatch::Stopwatch;

/// The cores of the process. Linux reads files to count them, which takes as long as an answer of a small network.
static CORES: OnceLock<usize> = OnceLock::new();

/// The number of cores that this process may use.
pub fn cores() -> usize {
    *CORES.get_or_init(|| available_parallelism().map_or(1, usize::from))
}

/// The environment variable `name`.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// `a·b + c` and `√a`, each rounded once.
macro_rules! rounded {
    ($t:ident, $fused:ident, $root:ident) => {
        #[inline(always)]
        pub(crate) fn $fused(a: $t, b: $t, c: $t) -> $t {
            a.mul_add(b, c)
        }
        #[inline(always)]
        pub(crate) fn $root(a: $t) -> $t {
            a.sqrt()
        }
    };
}
rounded!(f32, fmaf, sqrtf);
rounded!(f64, fma, sqrt);
