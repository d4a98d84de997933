//! Trainings for a page without a server: a [`Session`] in WebAssembly, and the door through which a page reaches it.
//!
//! The door has three functions. JavaScript calls [`room`], puts a question there, and calls [`ask`]. The answer then
//! lies at [`answer`]. `crates/wasm/page/door.js` is the other side of the door.
//!
//! A question is a JSON object, and bytes may stand behind it. Its first four bytes are the length of the JSON, the
//! lowest first. An answer is JSON.

mod session;

use std::cell::RefCell;

pub use session::{Answer, Question, Session};

/// What lies at the door.
#[derive(Default)]
struct Door {
    session: Session,
    question: Vec<u8>,
    answer: Vec<u8>,
}

thread_local! {
    static DOOR: RefCell<Door> = RefCell::default();
}

/// Makes room for a question of so many bytes, and gives its place.
#[unsafe(no_mangle)]
pub extern "C" fn room(bytes: usize) -> *mut u8 {
    DOOR.with_borrow_mut(|door| {
        door.question = vec![0; bytes];
        door.question.as_mut_ptr()
    })
}

/// Answers the question, and gives the number of bytes of the answer.
#[unsafe(no_mangle)]
pub extern "C" fn ask() -> usize {
    DOOR.with_borrow_mut(|door| {
        let question = std::mem::take(&mut door.question);
        door.answer = door.session.answer(&question);
        door.answer.len()
    })
}

/// The place of the answer. It stays there until the next question.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    DOOR.with_borrow(|door| door.answer.as_ptr())
}
