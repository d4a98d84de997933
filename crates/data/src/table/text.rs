//! The text of a table: UTF-8, plain or in gzip, whatever a file has around it taken off.

use std::io::{ErrorKind, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;

use crate::bounded::GZIP;
use crate::budget::Budget;
use crate::error::DataError;
use crate::file;

/// The text of a table.
pub struct Text {
    /// What messages call the table.
    pub name: String,
    /// All of the file.
    file: String,
    /// Where the first row begins in it.
    start: usize,
    /// The delimiter that a first line `sep=;` names. Excel reads and writes such a line.
    pub separator: Option<char>,
}

impl Text {
    /// The file at `path`.
    pub fn open(path: &Path) -> Result<Text, DataError> {
        let (file, _) = file::open(path)?;
        Text::read(path.display().to_string(), file)
    }

    /// All of `source`, which messages call `name`.
    pub fn read(name: String, source: impl Read) -> Result<Text, DataError> {
        let mut bytes = Budget::read(&name, source)?;
        if bytes.starts_with(&GZIP) {
            bytes = unpacked(&name, &bytes)?;
        }
        if let Some((got, remedy)) = other_format(&bytes) {
            return Err(DataError::refused(name, "a table as text in UTF-8", got, remedy));
        }
        let file = match String::from_utf8(bytes) {
            Ok(file) => file,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let line = 1 + newlines(&error.as_bytes()[..at]);
                let got = format!("byte 0x{:02x} in line {line}, which is not UTF-8", error.as_bytes()[at]);
                return Err(DataError::refused(name, "a table as text in UTF-8", got, SAVE));
            }
        };
        let mut start = if file.starts_with('\u{feff}') { 3 } else { 0 };
        let first = file[start..].split_inclusive('\n').next().unwrap_or("");
        let separator = separator(first);
        if separator.is_some() {
            start += first.len();
        }
        Ok(Text { name, file, start, separator })
    }

    /// The rows.
    pub fn rows(&self) -> &str {
        &self.file[self.start..]
    }

    /// The line, counted from 1, in which a row stands. The row is looked for from byte `at` of [`rows`](Self::rows)
    /// on, where `lines` lines are behind; blank lines before the row are passed over.
    pub fn line(&self, at: usize, lines: u64) -> u64 {
        let rows = &self.rows().as_bytes()[at..];
        let blank = rows.iter().take_while(|&&byte| matches!(byte, b'\r' | b'\n')).count();
        1 + (newlines(&self.file.as_bytes()[..self.start]) + newlines(&rows[..blank])) as u64 + lines
    }
}

/// What a gzip stream holds.
fn unpacked(name: &str, gzip: &[u8]) -> Result<Vec<u8>, DataError> {
    let fault = |fault: String| DataError::Gzip { name: name.to_owned(), fault };
    let mut stream = GzDecoder::new(gzip);
    let bytes = Budget::read(name, &mut stream).map_err(|error| match error {
        DataError::Read { cause, .. } if cause.kind() == ErrorKind::UnexpectedEof => {
            fault("a stream that ends early".to_owned())
        }
        DataError::Read { cause, .. } => fault(cause.to_string()),
        other => other,
    })?;
    match stream.into_inner() {
        [] => Ok(bytes),
        _ => Err(fault("bytes after the stream's end".to_owned())),
    }
}

const SAVE: &str = "saving the table as UTF-8 (in Excel: CSV UTF-8)";

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

/// Formats that are no tables as text: how their files begin, what they are, and what to do.
const FORMATS: [(&[u8], &str, &str); 14] = [
    (&[0xff, 0xfe], "text in UTF-16", SAVE),
    (&[0xfe, 0xff], "text in UTF-16", SAVE),
    (b"BZh", "a file packed by bzip2", "unpacking it: bunzip2"),
    (b"\xfd7zXZ", "a file packed by xz", "unpacking it: unxz"),
    (b"\x28\xb5\x2f\xfd", "a file packed by zstd", "unpacking it: unzstd"),
    (b"\xd0\xcf\x11\xe0", "an old workbook of Excel (.xls)", SAVE),
    (b"PAR1", "a table in Parquet", WRITE_CSV),
    (b"ARROW1", "a table in Arrow or Feather", WRITE_CSV),
    (
        b"SQLite format 3",
        "a database of SQLite",
        "writing the table as CSV: sqlite3 -header -csv FILE 'SELECT * FROM …'",
    ),
    (b"\x89HDF", "a file in HDF5", WRITE_CSV),
    (b"MATLAB 5.0", "a file of MATLAB", WRITE_CSV),
    (b"\x80\x04", "a pickle of Python", WRITE_CSV),
    (b"\x80\x05", "a pickle of Python", WRITE_CSV),
    (b"%PDF", "a PDF document", "the table itself, saved as CSV"),
];

const WRITE_CSV: &str = "writing the table as CSV, as with `to_csv(\"table.csv\", index=False)` of pandas";

/// What the bytes are if they are no table as text, and what to do about it.
fn other_format(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if let Some((_, got, remedy)) = FORMATS.iter().find(|(begin, ..)| bytes.starts_with(begin)) {
        return Some((got, remedy));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let begins = |with: &[u8]| text.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    let contains = |name: &[u8]| bytes[..bytes.len().min(4096)].windows(name.len()).any(|part| part == name);
    if bytes.starts_with(b"PK\x03\x04") {
        let is_workbook = contains(b"[Content_Types].xml") || contains(b"mimetype") || contains(b"xl/");
        Some(match is_workbook {
            true => ("a workbook of Excel, LibreOffice or the like", "saving the sheet as CSV UTF-8"),
            false => ("a ZIP archive", "unpacking it"),
        })
    } else if begins(b"<html") || begins(b"<!doc") {
        Some(("a web page", "fetching the table itself, not the page about it"))
    } else if begins(b"<?xml") {
        Some(("an XML document", WRITE_CSV))
    } else if is_json(text) {
        Some(("JSON", WRITE_CSV))
    } else if bytes.contains(&0) {
        Some(("bytes of 0, which no text has", SAVE))
    } else {
        None
    }
}

/// Whether a text begins as JSON: an object with a key, or a list of objects, lists or strings.
fn is_json(text: &[u8]) -> bool {
    let next = || text[1..].trim_ascii_start().first();
    match text.first() {
        Some(b'{') => matches!(next(), Some(b'"' | b'}')),
        Some(b'[') => matches!(next(), Some(b'{' | b'[' | b'"')),
        _ => false,
    }
}

/// The delimiter that the line `sep=;` names.
fn separator(line: &str) -> Option<char> {
    let line = line.trim_end_matches(['\r', '\n']);
    let named = line.strip_prefix("sep=").or_else(|| line.strip_prefix("\"sep=")?.strip_suffix('"'))?;
    let mut characters = named.chars();
    let separator = characters.next().filter(|_| characters.next().is_none());
    separator.filter(|separator| [',', ';', '|', '\t', ':', ' '].contains(separator))
}
