//! How much memory the process may take, asked before anything large is made.

use std::fmt;
use std::fs;
use std::io::Read;
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::bounded::MAX_BYTES;
use crate::error::DataError;

/// How much memory the process may take in all.
///
/// Readers ask before they make anything large: what the process has at this moment, and what would come to it, may not be
/// more. What they ask for is what the numbers take once they are unpacked and decoded, not what the file takes.
///
/// Memory belongs to the whole process, and so does its budget. Without [`set`](Budget::set) it is
/// [half of what is free](Budget::half_of_free) when it is asked for the first time.
///
/// ```
/// use toddle_data::Budget;
/// let budget: Budget = "1.5G".parse()?;
/// assert_eq!(budget.bytes(), 3 << 29);
/// assert_eq!(budget.to_string(), "1.5 GiB");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget(u64);

/// The budget that was set for the process; 0 for none.
static SET: AtomicU64 = AtomicU64::new(0);

/// The budget of a process that has set none.
static DEFAULT: OnceLock<Budget> = OnceLock::new();

/// The free memory that is assumed if the system does not report it.
const UNKNOWN: u64 = 4 << 30;

/// Less is not worth a question to the system.
const SMALL: u64 = 1 << 20;

const UNITS: [(char, u64); 3] = [('G', 1 << 30), ('M', 1 << 20), ('K', 1 << 10)];

impl Budget {
    /// So many bytes.
    pub fn new(bytes: u64) -> Budget {
        Budget(bytes.max(1))
    }

    /// The bytes that the process may take.
    pub fn bytes(self) -> u64 {
        self.0
    }

    /// The memory that the process has now, and so many bytes more.
    pub fn more(bytes: u64) -> Budget {
        Budget::new(taken().saturating_add(bytes))
    }

    /// The memory that the process has now, and half of what is free: in the machine, in the container, and below the limit
    /// of its address space.
    pub fn half_of_free() -> Budget {
        Budget::more(free().unwrap_or(UNKNOWN) / 2)
    }

    /// The bytes that the process can still take: all that is free, or less if a budget was [set](Budget::set). `None` if the
    /// system does not report what is free.
    pub fn left() -> Option<u64> {
        let set = SET.load(Ordering::Relaxed);
        let of_budget = (set > 0).then(|| set.saturating_sub(taken()));
        free().into_iter().chain(of_budget).min()
    }

    /// Makes this the budget of the process, from now on.
    pub fn set(self) {
        SET.store(self.0, Ordering::Relaxed);
    }

    /// The budget of the process.
    pub fn of_process() -> Budget {
        match SET.load(Ordering::Relaxed) {
            0 => *DEFAULT.get_or_init(Budget::half_of_free),
            bytes => Budget(bytes),
        }
    }

    /// Whether so many bytes are more than a quarter of the budget of the process. The rest is for copies, and for what is done with
    /// them.
    pub(crate) fn is_large(bytes: u64) -> bool {
        bytes > Budget::of_process().0 / 4
    }

    /// Asks for the memory of `what`, which comes from `name`.
    ///
    /// **Errors:** if the process would have more than its budget with it.
    pub fn ask(name: &str, bytes: u64, what: impl FnOnce() -> String) -> Result<(), DataError> {
        if bytes < SMALL {
            return Ok(());
        }
        let (budget, taken) = (Budget::of_process(), taken());
        let needed = taken.saturating_add(bytes);
        if needed <= budget.0 {
            return Ok(());
        }
        Err(DataError::Memory {
            name: name.to_owned(),
            what: what(),
            needed: Budget(bytes),
            taken: Budget(taken),
            budget,
            enough: needed.div_ceil(1 << 20),
        })
    }
}

impl Budget {
    /// All of `source`, which messages call `name`, as long as there is memory for it. Standard input may never end.
    ///
    /// **Errors:** also if there are more than [`MAX_BYTES`].
    pub fn read(name: &str, mut source: impl Read) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        loop {
            let room = bytes.len().max(1 << 16);
            Budget::ask(name, room as u64, || format!("more than {} of it", Budget(bytes.len() as u64)))?;
            bytes.reserve_exact(room);
            let read = source.by_ref().take(room as u64).read_to_end(&mut bytes);
            let got = read.map_err(|cause| DataError::Read { name: name.to_owned(), cause })?;
            if bytes.len() > MAX_BYTES {
                let expected = format!("at most {MAX_BYTES} bytes");
                return Err(DataError::refused(name, expected, "more", "several smaller files"));
            }
            if got < room {
                return Ok(bytes);
            }
        }
    }
}

/// `1.5 GiB`, `12.0 MiB` or `700 bytes`.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.into_iter().find(|(_, unit)| self.0 >= *unit) {
            Some((letter, unit)) => write!(f, "{:.1} {letter}iB", self.0 as f64 / unit as f64),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

/// A number and `K`, `M` or `G`, of 1024 bytes each the one before: `512M`, `1.5G`. The unit may also be written `MB` or `MiB`.
impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Budget, String> {
        let wrong = || format!("`{text}` is not a size of memory above 0, such as 512M or 1.5G");
        let (number, unit) = text.split_at(text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len()));
        let unit = match unit.to_ascii_uppercase().as_str() {
            "" | "B" => 1,
            unit => {
                let (letter, rest) = unit.split_at_checked(1).ok_or_else(wrong)?;
                let is_unit = |known: char| letter.starts_with(known) && matches!(rest, "" | "B" | "IB");
                UNITS.into_iter().find(|(known, _)| is_unit(*known)).ok_or_else(wrong)?.1
            }
        };
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        let bytes = number * unit as f64;
        if bytes.is_finite() && bytes >= 1.0 { Ok(Budget::new(bytes as u64)) } else { Err(wrong()) }
    }
}

/// What is free in the machine, in the container, and below the limit of the address space.
fn free() -> Option<u64> {
    [free_in_machine(), free_in_container(), free_in_address_space()].into_iter().flatten().min()
}

/// What the process has of the machine's memory; 0 where the system does not say it.
fn taken() -> u64 {
    kilobytes("/proc/self/status", "VmRSS:").unwrap_or(0)
}

fn free_in_machine() -> Option<u64> {
    kilobytes("/proc/meminfo", "MemAvailable:")
}

/// As control groups of version 2 and 1 limit it.
fn free_in_container() -> Option<u64> {
    let number = |file: &str| fs::read_to_string(file).ok()?.trim().parse().ok();
    let free = |most: &str, taken: &str| Some(u64::saturating_sub(number(most)?, number(taken)?));
    free("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current").or_else(|| {
        let folder = "/sys/fs/cgroup/memory/memory";
        free(&format!("{folder}.limit_in_bytes"), &format!("{folder}.usage_in_bytes"))
    })
}

/// As `ulimit -v` limits it.
fn free_in_address_space() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let most: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(most.saturating_sub(kilobytes("/proc/self/status", "VmSize:")?))
}

/// The bytes that a line `KEY 12 kB` of a file says.
fn kilobytes(file: &str, key: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let number: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(number << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("1000", 1000),
            ("4K", 4096),
            ("512M", 512 << 20),
            ("1.5g", 3 << 29),
            ("2 GiB", 2 << 30),
            ("1MB", 1 << 20),
        ] {
            assert_eq!(text.parse(), Ok(Budget(bytes)), "{text}");
        }
        for text in ["", "M", "-1G", "0", "1T2", "nan", "infG", "é"] {
            assert!(text.parse::<Budget>().is_err(), "{text}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_free_is_known() {
        assert!(free_in_machine().is_some_and(|free| free > 1 << 20));
        let before = taken();
        let block = std::hint::black_box(vec![1_u8; 64 << 20]);
        assert!(taken() > before + (60 << 20), "{} {before}", taken());
        drop(block);
    }
}
