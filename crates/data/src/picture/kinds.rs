//! The kinds of picture files: their names, how file names end, how contents begin, and who decodes them.

use std::path::Path;

use super::{Fault, Picture, bmp_gif, jpeg, png, tiff, webp};

pub(super) type Decode = fn(&[u8]) -> Result<Picture, Fault>;

/// A kind of picture file.
pub(super) struct Kind {
    pub name: &'static str,
    /// How the names of such files end.
    endings: &'static [&'static str],
    /// Whether contents are of this kind, by their first bytes.
    begins: fn(&[u8]) -> bool,
    /// `None` for a kind that is known and not read.
    pub decode: Option<Decode>,
}

const fn read(
    name: &'static str,
    endings: &'static [&'static str],
    begins: fn(&[u8]) -> bool,
    decode: Decode,
) -> Kind {
    Kind { name, endings, begins, decode: Some(decode) }
}

const fn known(name: &'static str, endings: &'static [&'static str], begins: fn(&[u8]) -> bool) -> Kind {
    Kind { name, endings, begins, decode: None }
}

pub(super) const KINDS: &[Kind] = &[
    read("PNG", &["png", "apng"], |file| file.starts_with(b"\x89PNG"), png::decode),
    read("JPEG", &["jpg", "jpeg", "jpe", "jfif"], |file| file.starts_with(b"\xff\xd8"), jpeg::decode),
    read("BMP", &["bmp", "dib"], is_bmp, bmp_gif::decode_bmp),
    read("GIF", &["gif"], |file| file.starts_with(b"GIF8"), bmp_gif::decode_gif),
    read("WebP", &["webp"], |file| file.starts_with(b"RIFF") && follows(file, 8, b"WEBP"), webp::decode),
    read("TIFF", &["tif", "tiff"], is_tiff, tiff::decode),
    known("HEIC", &["heic", "heif", "hif"], |file| {
        follows(file, 4, b"ftyp")
            && [b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"]
                .iter()
                .any(|brand| follows(file, 8, *brand))
    }),
    known("AVIF", &["avif", "avifs"], |file| follows(file, 4, b"ftypavi")),
    known("JPEG XL", &["jxl"], |file| file.starts_with(b"\xff\x0a") || file.starts_with(b"\0\0\0\x0cJXL ")),
    known("JPEG 2000", &["jp2", "j2k", "jpf", "jpx"], |file| {
        file.starts_with(b"\0\0\0\x0cjP  ") || file.starts_with(b"\xff\x4f\xff\x51")
    }),
    known("SVG", &["svg", "svgz"], |file| {
        file[..file.len().min(1024)].windows(4).any(|bytes| bytes == b"<svg")
    }),
    known("Photoshop", &["psd", "psb"], |file| file.starts_with(b"8BPS")),
    known("GIMP", &["xcf"], |file| file.starts_with(b"gimp xcf")),
    // An icon says how many pictures it has. A TGA file has a 0 there.
    known("icon", &["ico", "cur"], |file| matches!(file, [0, 0, 1 | 2, 0, 1..=255, ..])),
    known("PDF", &["pdf"], |file| file.starts_with(b"%PDF")),
    known("DICOM", &["dcm", "dicom"], |file| follows(file, 128, b"DICM")),
    known("OpenEXR", &["exr"], |file| file.starts_with(b"\x76\x2f\x31\x01")),
    known("Radiance", &["hdr"], |file| file.starts_with(b"#?RADIANCE") || file.starts_with(b"#?RGBE")),
    known(
        "PNM",
        &["pnm", "pbm", "pgm", "ppm", "pam"],
        |file| matches!(file, [b'P', b'1'..=b'7', space, ..] if space.is_ascii_whitespace()),
    ),
    known("QOI", &["qoi"], |file| file.starts_with(b"qoif")),
    known("DDS", &["dds"], |file| file.starts_with(b"DDS ")),
    // Neither has a beginning of its own: raw photographs begin as TIFF does, where the decoder of TIFF refuses them.
    known("TGA", &["tga"], |_| false),
    known(
        "raw", // the photographs of many makers' cameras
        &[
            "raw", "dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "srf", "sr2", "orf", "raf", "rw2", "pef",
            "srw",
        ],
        |_| false,
    ),
];

/// The kind of these contents.
pub(super) fn of_contents(file: &[u8]) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| (kind.begins)(file))
}

/// The kind that the end of this name promises.
pub(super) fn of_name(path: &Path) -> Option<&'static Kind> {
    let ending = path.extension()?.to_str()?.to_lowercase();
    KINDS.iter().find(|kind| kind.endings.contains(&&*ending))
}

/// The names of the kinds that are read: `PNG, JPEG, … or TIFF`.
pub(super) fn names() -> String {
    let names: Vec<&str> = KINDS.iter().filter(|kind| kind.decode.is_some()).map(|kind| kind.name).collect();
    let (last, others) = names.split_last().expect("kinds that are read");
    format!("{} or {last}", others.join(", "))
}

/// The ends of names of files that are read.
pub(super) fn endings() -> impl Iterator<Item = &'static str> {
    KINDS.iter().filter(|kind| kind.decode.is_some()).flat_map(|kind| kind.endings).copied()
}

fn follows(file: &[u8], at: usize, bytes: &[u8]) -> bool {
    file.get(at..).is_some_and(|rest| rest.starts_with(bytes))
}

/// BMP. A text that begins with "BM" has no byte of 0.
fn is_bmp(file: &[u8]) -> bool {
    file.starts_with(b"BM") && file.iter().take(14).any(|&byte| byte == 0)
}

/// TIFF, or BigTIFF, in either order of bytes.
fn is_tiff(file: &[u8]) -> bool {
    matches!(file, [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..])
}
