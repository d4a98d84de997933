//! Picture files as bytes, channels first.
//!
//! | module | what it does |
//! |---|---|
//! | `kinds.rs` | tells kinds of files apart, by name and by contents |
//! | `limits.rs` | refuses sizes before memory is asked for |
//! | `png.rs`, `jpeg.rs`, `webp.rs`, `tiff.rs` | decode these; `bmp_gif.rs` decodes BMP and GIF |
//! | `planes.rs` | makes planes of pixels |
//! | `upright.rs` | turns a photograph as its EXIF says |
//! | `resize.rs` | makes a picture of another size |

mod bmp_gif;
mod jpeg;
mod kinds;
mod limits;
mod planes;
mod png;
mod resize;
mod tiff;
mod upright;
mod webp;

use std::path::Path;

use crate::bounded::{MAX_BYTES, read_up_to};
use crate::error::DataError;
use crate::file;
use crate::foreign::shielded;

/// What is said of printers' colours: which red an ink gives depends on a profile, which no decoder here applies.
const INKS: &str = "the colours of a printer's inks (CMYK)";

/// Why a file gives no picture.
enum Fault {
    /// What is wrong with the file.
    Damaged(String),
    /// There is no memory for the picture. The error names no file yet.
    Memory(DataError),
}

impl From<String> for Fault {
    fn from(fault: String) -> Fault {
        Fault::Damaged(fault)
    }
}

impl From<&str> for Fault {
    fn from(fault: &str) -> Fault {
        Fault::Damaged(fault.to_owned())
    }
}

/// An image of bytes. It has one plane, for grey, or three planes, for red, green and blue.
///
/// The first bytes of a file say which kind it is. Its name does not matter. These kinds are read:
///
/// | kind | what is read | what is refused |
/// |---|---|---|
/// | PNG | grey, colours, palettes; 1 to 16 bits; alpha; the default picture of an animation | |
/// | JPEG | grey and colours; baseline and progressive | CMYK |
/// | BMP | 1 to 32 bits, run-length | |
/// | GIF | the first frame, with alpha | |
/// | WebP | lossy and lossless, with alpha; the first frame | |
/// | TIFF | grey of 1 to 16 bits, colours of 8 and 16, alpha; the first page | JPEG inside, palettes, CMYK, YCbCr, Lab, floats |
///
/// Of 16 bits the upper 8 are kept. A picture whose values are all below 4096 of 65535, such as values of 12 bits, is refused: most of
/// its tones would be lost.
/// Palettes, BMP, GIF and WebP have no grey of their own: a picture in which no pixel has a colour gets one plane. Colour
/// profiles are not applied.
///
/// A photograph stands upright: pixels are turned and mirrored as EXIF's orientation says, in JPEG, PNG, WebP and TIFF. An EXIF
/// block that is damaged, or has an unknown orientation, changes nothing.
///
/// **Trust:** a file's header is checked before memory is allocated. A side has at most 16384 pixels, a picture 67 million. A
/// file of n bytes has at most 1100 n bytes of pixels, and 64 KiB more in PNG and JPEG, 16 MiB more in the other kinds.
/// A panic of a decoder becomes an error like that of any damage, and prints nothing. (A program that is built with
/// `panic = "abort"` cannot catch one.)
///
/// ```
/// use toddle_data::Picture;
/// let red = Picture::new([3, 1, 2], vec![255, 255, 0, 0, 0, 0])?;
/// assert_eq!(red.clone().with_channels(1).bytes(), [76, 76]);
/// assert_eq!(red.resized([2, 1]).shape(), [3, 2, 1]);
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    channels: usize,
    height: usize,
    width: usize,
    bytes: Vec<u8>,
    /// The opacity of each pixel; `None` if all pixels are opaque.
    alpha: Option<Vec<u8>>,
}

impl Picture {
    /// An image of `shape`: channels, height and width.
    ///
    /// **Errors:** if there are not 1 or 3 channels, no pixel, or not a byte for each value.
    pub fn new(shape: [usize; 3], bytes: Vec<u8>) -> Result<Picture, DataError> {
        let [channels, height, width] = shape;
        let size = shape.into_iter().fold(1, usize::saturating_mul);
        if !matches!(channels, 1 | 3) || size == 0 || size != bytes.len() {
            let got = format!("{} bytes for {}", bytes.len(), crate::error::shape(&shape));
            let expected = "1 or 3 channels, one pixel or more, and a byte for each of their values";
            return Err(DataError::refused("an image", expected, got, "checking its shape"));
        }
        Ok(Picture { channels, height, width, bytes, alpha: None })
    }

    /// The file name extensions that [`read`](Picture::read) reads, in small letters: `png`, `jpg` and so on.
    pub fn extensions() -> impl Iterator<Item = &'static str> {
        kinds::endings()
    }

    /// The kinds that are read: `PNG, JPEG, … or TIFF`.
    pub(crate) fn kinds() -> String {
        kinds::names()
    }

    /// Whether a file of this name should be a picture that can be read, by the end of its name.
    ///
    /// ```
    /// use toddle_data::Picture;
    /// assert!(Picture::is_picture_name("cats/Tom.JPG") && !Picture::is_picture_name("cats/notes.txt"));
    /// ```
    pub fn is_picture_name(path: impl AsRef<Path>) -> bool {
        kinds::of_name(path.as_ref()).is_some_and(|kind| kind.decode.is_some())
    }

    /// The kind of picture that a file of this name should be, by the end of its name, if it is one that cannot be read.
    ///
    /// ```
    /// use toddle_data::Picture;
    /// assert_eq!(Picture::unread_kind("cats/IMG_0001.HEIC"), Some("HEIC"));
    /// assert_eq!(Picture::unread_kind("cats/tom.jpg").or(Picture::unread_kind("cats/notes.txt")), None);
    /// ```
    pub fn unread_kind(path: impl AsRef<Path>) -> Option<&'static str> {
        kinds::of_name(path.as_ref()).filter(|kind| kind.decode.is_none()).map(|kind| kind.name)
    }

    /// Whether a file of these contents is a picture, of a kind that can be read or not. The first bytes say so.
    ///
    /// ```
    /// use toddle_data::Picture;
    /// assert!(Picture::is_picture(b"\x89PNG\r\n") && !Picture::is_picture(b"BMI,age\n21,40\n"));
    /// ```
    pub fn is_picture(contents: &[u8]) -> bool {
        kinds::of_contents(contents).is_some()
    }

    /// The picture file at `path`.
    ///
    /// **Errors:** if it cannot be read, or as [`decode`](Picture::decode).
    pub fn read(path: impl AsRef<Path>) -> Result<Picture, DataError> {
        let path = path.as_ref();
        let (mut file, _) = file::open(path)?;
        let file = read_up_to(&mut file, MAX_BYTES).map_err(|cause| DataError::read(path, cause))?;
        Picture::decode(&path.display().to_string(), &file)
    }

    /// The contents of a picture file; messages call it `name`.
    ///
    /// **Errors:** if it is of none of the [kinds](Picture) that are read, is damaged, or has too many pixels.
    pub fn decode(name: &str, file: &[u8]) -> Result<Picture, DataError> {
        let refused = |got: String, remedy: &str| {
            Err(DataError::refused(name, format!("a complete picture: {}", kinds::names()), got, remedy))
        };
        match kinds::of_contents(file) {
            None if file.is_empty() => {
                refused("an empty file".to_owned(), "leaving it out, or fetching it again")
            }
            None => refused("a file of another kind".to_owned(), "leaving it out, or saving it as PNG"),
            Some(kinds::Kind { name: kind, decode: None, .. }) => {
                refused(format!("a file of the kind {kind}"), "saving it as PNG or JPEG")
            }
            Some(kinds::Kind { name: kind, decode: Some(decode), .. }) => match shielded(|| decode(file)) {
                Ok(picture) => Ok(picture),
                Err(Fault::Damaged(fault)) => refused(
                    format!("{kind} with {}", fault.replace('\n', " ")),
                    "leaving it out, or saving it again",
                ),
                Err(Fault::Memory(mut error)) => {
                    if let DataError::Memory { name: place, .. } = &mut error {
                        *place = name.to_owned();
                    }
                    Err(error)
                }
            },
        }
    }

    /// Channels, height and width.
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// The values, channel by channel, row by row.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether a pixel is not opaque.
    pub fn is_transparent(&self) -> bool {
        self.alpha.is_some()
    }

    /// The picture on paper of this tone (255 is white), which shows through where the picture is transparent.
    pub fn on_paper(mut self, tone: u8) -> Picture {
        if let Some(alpha) = self.alpha.take() {
            for plane in self.bytes.chunks_exact_mut(alpha.len()) {
                for (byte, &alpha) in plane.iter_mut().zip(&alpha) {
                    let [ink, paper, alpha] = [*byte, tone, alpha].map(u32::from);
                    *byte = ((ink * alpha + paper * (255 - alpha) + 127) / 255) as u8;
                }
            }
        }
        self
    }

    /// The picture inverted: each byte `b` becomes `255 − b`.
    pub fn inverted(mut self) -> Picture {
        self.bytes.iter_mut().for_each(|byte| *byte = 255 - *byte);
        self
    }

    /// The picture with one channel, by the weights of ITU-R BT.601, or with three. Any other number changes nothing.
    pub fn with_channels(self, channels: usize) -> Picture {
        let plane = self.height * self.width;
        let bytes = match (self.channels, channels) {
            (1, 3) => self.bytes.repeat(3),
            (3, 1) => {
                let (red, rest) = self.bytes.split_at(plane);
                let (green, blue) = rest.split_at(plane);
                let grey = |i: usize| {
                    let [r, g, b] = [red[i], green[i], blue[i]].map(u32::from);
                    ((19_595 * r + 38_470 * g + 7_471 * b + (1 << 15)) >> 16) as u8
                };
                (0..plane).map(grey).collect()
            }
            _ => return self,
        };
        Picture { channels, bytes, ..self }
    }
}
