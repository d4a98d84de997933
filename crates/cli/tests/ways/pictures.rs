//! Pictures of eight kinds.

use std::fs;
use std::path::Path;

use crate::common::png;
use crate::made::{EACH, NAMES, SIDE, bmp, folders, grey, picture, tiff};
use crate::way::{CLASSES, Ends, Way, take};

/// Folders `train` and `test`, of pictures that `write` writes.
fn halves(folder: &Path, write: impl Fn(&Path, &[u8])) {
    folders(&folder.join("pictures/train"), 0, &write);
    folders(&folder.join("pictures/test"), 1, &write);
}

fn in_test(ends: Ends) -> Ends {
    let Ends::Learns { outputs, loss, train, measured, says, .. } = ends else { return ends };
    Ends::Learns { outputs, loss, train, measured, place: Some("pictures/test"), says }
}

pub fn ways() -> Vec<Way> {
    let data = "images = \"pictures\"";
    vec![
        Way { name: "grey PNG", data, make: |folder| halves(folder, grey), ends: in_test(CLASSES) },
        Way {
            name: "colour PNG",
            data,
            make: |folder| {
                halves(folder, |path, pixels| {
                    let coloured: Vec<u8> = pixels.iter().flat_map(|&pixel| [pixel, pixel / 2, 40]).collect();
                    png(&path.with_extension("png"), SIDE, SIDE, png::ColorType::Rgb, &coloured);
                });
            },
            ends: in_test(CLASSES),
        },
        Way {
            name: "black on white",
            data,
            make: |folder| {
                halves(folder, |path, pixels| {
                    grey(path, &pixels.iter().map(|pixel| 255 - pixel).collect::<Vec<_>>());
                });
            },
            ends: in_test(CLASSES),
        },
        Way {
            name: "transparent PNG",
            data,
            make: |folder| {
                halves(folder, |path, pixels| {
                    let inked: Vec<u8> = pixels.iter().flat_map(|&pixel| [30, pixel]).collect();
                    png(&path.with_extension("png"), SIDE, SIDE, png::ColorType::GrayscaleAlpha, &inked);
                });
            },
            ends: in_test(CLASSES),
        },
        Way { name: "BMP", data, make: |folder| halves(folder, bmp), ends: in_test(CLASSES) },
        Way { name: "TIFF", data, make: |folder| halves(folder, tiff), ends: in_test(CLASSES) },
        Way {
            name: "pictures of several sizes",
            data: "images = \"pictures\"\nsize = [8, 8]",
            make: |folder| {
                halves(folder, |path, pixels| {
                    let wide: Vec<u8> = pixels.chunks(SIDE).flat_map(|row| [row, &[0; 4]].concat()).collect();
                    match path.file_name().unwrap().to_str().unwrap().ends_with('1') {
                        true => {
                            png(&path.with_extension("png"), SIDE + 4, SIDE, png::ColorType::Grayscale, &wide)
                        }
                        false => grey(path, pixels),
                    }
                });
            },
            ends: in_test(CLASSES),
        },
        Way {
            name: "classes without halves",
            data,
            make: |folder| folders(&folder.join("pictures"), 0, grey),
            ends: Ends::Learns {
                outputs: 3,
                loss: "cross_entropy",
                train: 40,
                measured: ("validation", 5),
                place: None,
                says: &[],
            },
        },
        Way {
            name: "a damaged picture",
            data,
            make: |folder| {
                halves(folder, grey);
                fs::write(folder.join("pictures/train/box/99.png"), "no picture").unwrap();
            },
            ends: Ends::Refused(&["99.png", "a complete picture"]),
        },
        Way {
            name: "a damaged picture, skipped",
            data: "images = \"pictures\"\ndamaged = \"skip\"",
            make: |folder| {
                halves(folder, grey);
                fs::write(folder.join("pictures/train/box/99.png"), "no picture").unwrap();
            },
            ends: Ends::Learns {
                outputs: 3,
                loss: "cross_entropy",
                train: 3 * EACH[0],
                measured: ("test", 3 * EACH[1]),
                place: Some("pictures/test"),
                says: &["skipped: ", "99.png"],
            },
        },
        Way {
            name: "other sizes without `size`",
            data,
            make: |folder| {
                halves(folder, grey);
                let odd = folder.join("pictures/train").join(NAMES[1]).join("odd.png");
                png(&odd, SIDE, SIDE - 1, png::ColorType::Grayscale, &picture(1, 1)[SIDE..]);
            },
            ends: Ends::Refused(&["odd.png", "10×10", "9×10", "size = [10, 10]"]),
        },
        Way {
            name: "an unknown class to test with",
            data,
            make: |folder| {
                halves(folder, grey);
                fs::create_dir_all(folder.join("pictures/test/star")).unwrap();
                grey(&folder.join("pictures/test/star/1"), &picture(0, 1));
            },
            ends: Ends::Refused(&["star", "bar, box, dash"]),
        },
    ]
}

#[test]
fn pictures() {
    ways().iter().for_each(take);
}
