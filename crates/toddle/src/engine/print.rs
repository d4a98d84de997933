//! A plan in words.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt;

use super::buffers::Purpose;
use super::plan::Mode;
use super::{Family, Plan};

impl Plan {
    /// The bytes of all buffers by what they are for, the most first.
    pub fn bytes_by_purpose(&self) -> Vec<(Purpose, usize)> {
        let mut bytes = BTreeMap::new();
        for buffer in self.buffers() {
            *bytes.entry(buffer.purpose).or_default() += buffer.bytes();
        }
        let mut bytes: Vec<_> = bytes.into_iter().filter(|(_, bytes)| *bytes > 0).collect();
        bytes.sort_by_key(|(_, bytes)| Reverse(*bytes));
        bytes
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.mode {
            Mode::Infer => "outputs",
            Mode::Gradient => "gradient",
            Mode::Descend => "step of SGD",
            Mode::Open { .. } => "outputs and gradient",
            Mode::Trace => "all values and gradients",
        };
        let how = match self.family {
            Family::Row => format!("rows: {}", self.blocks),
            Family::Block => format!("blocks of 16 samples: {}", self.blocks),
        };
        let threads = self.workers();
        writeln!(f, "{what} of a batch of {}; {how}; threads: {threads}; {}", self.batch, self.isa)?;
        writeln!(f, "{:<12} {:>12} {:>12} {:>12}", "layer", "parameters", "output", "packed")?;
        for ((node, frame), name) in self.nodes.iter().zip(&self.frame.nodes).zip(&self.names) {
            let (params, output, packed) = (node.params.len(), self.frame.values[frame.y], node.needs.packed);
            writeln!(f, "{name:<12} {params:>12} {output:>12} {packed:>12}")?;
        }
        write!(f, "memory: {} KiB", self.bytes().div_ceil(1024))?;
        for (n, (purpose, bytes)) in self.bytes_by_purpose().into_iter().enumerate() {
            let before = if n == 0 { "; " } else { ", " };
            write!(f, "{before}{purpose} {} KiB", bytes.div_ceil(1024))?;
        }
        Ok(())
    }
}
