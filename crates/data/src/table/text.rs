//! The text of a table: UTF-8, whatever a file has around it taken off.

use std::io::Read;
use std::path::Path;

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
        let bytes = Budget::read(&name, source)?;
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

const SAVE: &str = "saving the table as UTF-8 (in Excel: CSV UTF-8)";

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

/// What the bytes are if they are no text, and what to do about it.
fn other_format(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let begins = |with: &[u8]| bytes.starts_with(with);
    if begins(&[0xff, 0xfe]) || begins(&[0xfe, 0xff]) {
        Some(("text in UTF-16", SAVE))
    } else if begins(b"PK\x03\x04") {
        Some(("a ZIP archive, or a workbook of Excel", "saving the table as CSV UTF-8, or unpacking it"))
    } else if begins(&GZIP) {
        Some(("a file packed by gzip", "unpacking it: gunzip"))
    } else if bytes
        .get(..5)
        .is_some_and(|begin| [b"<html", b"<!doc"].iter().any(|page| begin.eq_ignore_ascii_case(*page)))
    {
        Some(("a web page", "fetching the table itself, not the page about it"))
    } else if bytes.contains(&0) {
        Some(("bytes of 0, which no text has", SAVE))
    } else {
        None
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
