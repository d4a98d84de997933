//! Calling decoders of other crates, which may panic on damaged files.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether this thread is inside [`shielded`], where a panic is no news for the user.
    static SHIELDED: Cell<bool> = const { Cell::new(false) };
}

/// The result of `decode`, which calls a decoder of another crate. A panic in it becomes an error, and prints nothing.
///
/// Needs panics that unwind, as they do unless a profile says `panic = "abort"`.
///
/// ```
/// let bytes = [1, 2];
/// let read = toddle_data::shielded(|| Ok::<u8, String>(bytes[bytes.len()]));
/// assert_eq!(read.unwrap_err(), "damage that its decoder does not know how to report");
/// ```
///
/// # Errors
/// Those of `decode`, and a text if it panics.
pub fn shielded<T, E: From<String>>(decode: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !SHIELDED.get() {
                print(panic);
            }
        }));
    });
    let outer = SHIELDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(decode));
    SHIELDED.set(outer);
    result.unwrap_or_else(|_| Err("damage that its decoder does not know how to report".to_owned().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        assert_eq!(shielded::<_, String>(|| Ok(1)), Ok(1));
        assert_eq!(shielded::<(), String>(|| Err("cut short".into())), Err("cut short".into()));
        let indices = [0, 9];
        assert!(shielded::<_, String>(|| Ok(indices[indices[1]])).unwrap_err().contains("damage"));
        assert!(!SHIELDED.get());
    }
}
