//! Opening files of the user: only regular ones, whose length is known and which have an end.

use std::fs::{self, File, FileType};
use std::path::Path;

use crate::error::DataError;

/// The regular file at `path`, opened, and its length.
///
/// A pipe, a device or a socket may never end, and opening one may already wait for ever. So its kind is looked at first.
///
/// **Errors:** if there is no such file, it may not be read, or it is not a regular file; then the message says what it is.
pub fn open(path: impl AsRef<Path>) -> Result<(File, u64), DataError> {
    let path = path.as_ref();
    let unread = |cause| DataError::read(path, cause);
    let found = fs::metadata(path).map_err(unread)?;
    if let Some(kind) = other_kind(found.file_type()) {
        return Err(DataError::refused(
            path.display().to_string(),
            "a regular file, which has a length and an end",
            kind,
            "a file; or `-` for standard input, if the command accepts it",
        ));
    }
    let file = File::open(path).map_err(unread)?;
    let length = file.metadata().map_err(unread)?.len();
    Ok((file, length))
}

/// What a path leads to if that is no regular file.
fn other_kind(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some("a pipe, which may never end");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device, which may never end");
        }
        if kind.is_socket() {
            return Some("a socket, which may never end");
        }
    }
    Some(if kind.is_dir() { "a folder" } else { "something that is no file" })
}
