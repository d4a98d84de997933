//! The IDX reader against files that are right, and against every way of being wrong that could be thought
//! of.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use flate2::{Compression, Crc};
use toddle_data::{Array, ArrayValues, DataError, MAX_BYTES, Values};

/// A 2×3 file.
const SMALL: [u8; 18] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 11, 12, 20, 21, 22];

fn header(dims: &[u32]) -> Vec<u8> {
    let sizes = dims.iter().flat_map(|size| size.to_be_bytes());
    [0, 0, 8, dims.len() as u8].into_iter().chain(sizes).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A gzip of one stored block, laid out by hand, so that the meaning of every bit is known.
fn gzip_stored(bytes: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(bytes);
    let length = bytes.len() as u16;
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 0b001];
    file.extend(length.to_le_bytes());
    file.extend((!length).to_le_bytes());
    file.extend(bytes);
    file.extend(crc.sum().to_le_bytes());
    file.extend(u32::from(length).to_le_bytes());
    file
}

fn parse(bytes: &[u8]) -> Result<Array, DataError> {
    Array::parse("t", bytes)
}

/// `bytes` with each of its bits flipped in turn.
fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, u8, Vec<u8>)> {
    (0..8 * bytes.len()).map(|i| {
        let mut flipped = bytes.to_vec();
        flipped[i / 8] ^= 1 << (i % 8);
        (i / 8, (i % 8) as u8, flipped)
    })
}

/// A new folder of that name for one test's files.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn plain_and_gzip_hold_the_same() {
    for file in [SMALL.to_vec(), gzip(&SMALL), gzip_stored(&SMALL)] {
        let idx = parse(&file).unwrap();
        assert_eq!((idx.name.as_str(), &idx.dims[..]), ("t", &[2, 3][..]));
        assert_eq!(idx.values, vec![10, 11, 12, 20, 21, 22].into());
    }
}

#[test]
fn content_decides_what_is_gzip_and_not_the_name() {
    let folder = folder("idx-names");
    for (name, content) in [("plain.gz", SMALL.to_vec()), ("gzip.idx", gzip(&SMALL))] {
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        let idx = Array::read(&path).unwrap();
        assert_eq!((idx.name, idx.dims), (path.display().to_string(), vec![2, 3]));
    }
}

#[test]
fn values_past_one_chunk_arrive_whole() {
    for count in [65_535, 65_536, 65_537, 200_000] {
        let values: Vec<u8> = (0..count).map(|i| (i % 251 * (i >> 8)) as u8).collect();
        let file = [header(&[count]), values.clone()].concat();
        for file in [gzip(&file), file] {
            assert_eq!(parse(&file).unwrap().values, values.clone().into());
        }
    }
}

#[test]
fn every_prefix_is_refused_and_says_how_much_is_there() {
    for end in 0..SMALL.len() {
        let expected = [4, 12, 18].into_iter().find(|&section| end < section).unwrap();
        for file in [SMALL[..end].to_vec(), gzip(&SMALL[..end])] {
            match parse(&file) {
                Err(DataError::Truncated { expected: e, got, .. }) => assert_eq!((e, got), (expected, end)),
                other => panic!("{end}: {other:?}"),
            }
        }
    }
}

#[test]
fn every_prefix_of_a_gzip_is_refused() {
    for file in [gzip(&SMALL), gzip_stored(&SMALL)] {
        assert!(matches!(parse(&file[..0]), Err(DataError::Truncated { expected: 4, got: 0, .. })));
        assert!(matches!(parse(&file[..1]), Err(DataError::Truncated { expected: 4, got: 1, .. })));
        for end in 2..file.len() {
            let error = parse(&file[..end]).unwrap_err();
            assert!(
                matches!(&error, DataError::Gzip { fault, .. } if fault == "a stream that ends early"),
                "{error}"
            );
        }
    }
}

#[test]
fn what_follows_is_refused() {
    let longer = [&SMALL[..], &[0]].concat();
    for file in [&longer, &gzip(&longer)] {
        assert!(matches!(parse(file), Err(DataError::Trailing { expected: 18, .. })));
    }
    for tail in [vec![0], vec![0; 512], gzip(&SMALL), gzip(&[])] {
        let error = parse(&[gzip(&SMALL), tail].concat()).unwrap_err();
        assert!(matches!(&error, DataError::Gzip { fault, .. } if fault.contains("after")), "{error}");
    }
}

#[test]
fn every_type_is_read() {
    let file = |code: u8, values: &[u8]| [&[0, 0, code, 1, 0, 0, 0, 2], values].concat();
    let whole = |numbers: [f32; 2]| ArrayValues::Numbers(Values::whole(&numbers));
    let numbers = |numbers: [f32; 2]| ArrayValues::from(numbers.to_vec());
    for (code, bytes, values) in [
        (0x08, &[1, 255][..], vec![1_u8, 255].into()),
        (0x09, &[1, 255], whole([1.0, -1.0])),
        (0x0B, &[1, 0, 255, 255], whole([256.0, -1.0])),
        (0x0C, &[0, 1, 0, 0, 255, 255, 255, 255], whole([65536.0, -1.0])),
        (0x0D, &[0x3f, 0x80, 0, 0, 0xbf, 0, 0, 0], numbers([1.0, -0.5])),
        (0x0E, &[0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xbf, 0xe0, 0, 0, 0, 0, 0, 0], numbers([1.0, -0.5])),
    ] {
        assert_eq!(parse(&file(code, bytes)).unwrap().values, values, "{code:02x}");
        assert!(matches!(parse(&file(code, &bytes[1..])), Err(DataError::Truncated { .. })));
    }
    for code in [0, 0x0A, 0x0F, 0xFF] {
        let error = parse(&file(code, &[0; 16])).unwrap_err();
        assert!(matches!(error, DataError::ValueType { code: found, .. } if found == code));
    }
    let large = file(0x0C, &[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    assert!(parse(&large).unwrap_err().to_string().contains("2147483647 as value 0"));
}

#[test]
fn what_is_not_idx_is_refused() {
    for file in [&b"<!DOCTYPE html>"[..], b"\x89PNG\r\n\x1a\n", &gzip(&gzip(&SMALL))] {
        assert!(matches!(parse(file), Err(DataError::NotArray { .. })));
    }
    assert!(matches!(parse(b"\x1f\x8b\x08 not gzip at all"), Err(DataError::Gzip { .. })));
}

#[test]
fn nothing_is_refused() {
    for dims in [&[][..], &[0], &[0, 28, 28], &[28, 0], &[u32::MAX, u32::MAX, u32::MAX, 0]] {
        let expected: Vec<usize> = dims.iter().map(|&size| size as usize).collect();
        match parse(&header(dims)) {
            Err(DataError::Empty { dims, .. }) => assert_eq!(dims, expected),
            other => panic!("{dims:?}: {other:?}"),
        }
    }
}

#[test]
fn too_much_is_refused_before_it_is_read() {
    let most = MAX_BYTES as u32;
    for dims in [
        &[most + 1][..],
        &[u32::MAX],
        &[most, 2],
        &[65_536, 65_536],
        &[u32::MAX; 3],
        &[2; 64],
        &[u32::MAX; 255],
    ] {
        for file in [header(dims), gzip(&header(dims))] {
            assert!(matches!(parse(&file), Err(DataError::TooLarge { .. })), "{dims:?}");
        }
    }
    // As much as may be is not too much: it is only not there.
    match parse(&header(&[most])) {
        Err(DataError::Truncated { expected, got, .. }) => assert_eq!((expected, got), (8 + MAX_BYTES, 8)),
        other => panic!("{other:?}"),
    }
}

/// How much memory they take is tested beside `read_up_to`, which is all that reads.
#[test]
fn bombs_are_refused() {
    let inflates_to_more = gzip(&[header(&[10]), vec![0; 50_000_000]].concat());
    assert!(inflates_to_more.len() < 100_000);
    assert!(matches!(parse(&inflates_to_more), Err(DataError::Trailing { expected: 18, .. })));

    let declares_more = gzip(&[header(&[MAX_BYTES as u32]), vec![0; 10]].concat());
    assert!(declares_more.len() < 100);
    assert!(matches!(parse(&declares_more), Err(DataError::Truncated { got: 18, .. })));
}

#[test]
fn a_bit_flipped_in_a_plain_file_is_refused_in_the_header_and_seen_in_the_values() {
    for (byte, bit, file) in flips(&SMALL) {
        match parse(&file) {
            // No flip of one size keeps the product, so each makes the file too short or too long.
            // Two types of one byte differ in one bit.
            Ok(idx) if (byte, bit) == (2, 0) => assert!(format!("{:?}", idx.values).contains("integers")),
            Err(_) => assert!(byte < 12, "byte {byte}, bit {bit}"),
            Ok(idx) => {
                assert!(byte >= 12, "byte {byte}, bit {bit}");
                assert_eq!((idx.dims, idx.values), (vec![2, 3], file[12..].to_vec().into()));
            }
        }
    }
}

#[test]
fn a_bit_flipped_in_a_gzip_is_refused_unless_it_means_nothing() {
    // What the format leaves free: the hint that it is text, the time, the extra flags and system, and the
    // bits that pad a stored block's header to a byte.
    let free = |byte, bit| matches!((byte, bit), (3, 0) | (4..=9, _) | (10, 3..));
    for (byte, bit, file) in flips(&gzip_stored(&SMALL)) {
        match parse(&file) {
            Ok(idx) => assert!(free(byte, bit) && idx == parse(&SMALL).unwrap(), "byte {byte}, bit {bit}"),
            Err(error) => assert!(!free(byte, bit), "byte {byte}, bit {bit}: {error}"),
        }
    }
}

#[test]
fn a_bit_flipped_in_a_compressed_gzip_never_changes_what_is_read() {
    let plain = [header(&[40, 10]), (0..400_u32).map(|i| (i % 13 * (i / 50)) as u8).collect()].concat();
    let (whole, file) = (parse(&plain).unwrap(), gzip(&plain));
    let deflate = 10..file.len() - 8;
    for (byte, bit, flipped) in flips(&file) {
        match parse(&flipped) {
            // Free are 49 bits of the header, and those that pad the last byte of the compressed data.
            Ok(idx) => {
                let free = matches!((byte, bit), (3, 0) | (4..=9, _)) || byte + 1 == deflate.end;
                assert!(free && idx == whole, "byte {byte}, bit {bit}");
            }
            Err(_) => assert!(byte < 4 || byte >= deflate.start, "byte {byte}, bit {bit}"),
        }
    }
}

#[test]
fn a_missing_file_and_a_folder_are_refused_by_path() {
    let folder = folder("idx-missing");
    let absent = folder.join("absent");
    let error = Array::read(&absent).unwrap_err();
    assert!(matches!(error, DataError::Read { .. }));
    assert!(error.to_string().starts_with(&format!("cannot read `{}`\n", absent.display())), "{error}");
    let error = Array::read(&folder).unwrap_err().to_string();
    assert!(error.contains(&folder.display().to_string()) && error.contains("a folder"), "{error}");
}

#[test]
fn every_message_has_four_lines_and_names_the_file() {
    let mut wrong_type = SMALL;
    wrong_type[2] = 0x0A;
    let files = [
        b"text".to_vec(),
        wrong_type.to_vec(),
        header(&[]),
        header(&[u32::MAX]),
        SMALL[..9].to_vec(),
        [&SMALL[..], &[1]].concat(),
        gzip(&SMALL)[..20].to_vec(),
    ];
    for file in files {
        let message = Array::parse("some/file.idx", &file).unwrap_err().to_string();
        let starts: Vec<&str> = message.lines().map(|line| &line[..line.len().min(12)]).collect();
        assert!(message.lines().next().unwrap().contains("`some/file.idx`"), "{message}");
        assert_eq!(starts[1..], ["  expected  ", "  got       ", "  try       "], "{message}");
    }
}
