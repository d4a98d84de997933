//! Picture files of every kind: the same pixels from each, photographs upright, and damage reported.

use crate::made::{exif, jpeg, png, tiff, tiff_with, webp};
use ::tiff::encoder::{Compression, Predictor, colortype};
use ::tiff::tags::{ExtraSamples, Tag};
use image::codecs::gif::GifEncoder;
use image::{ExtendedColorType as Pixels, codecs};
use image_webp::ColorType as WebPColor;
use jpeg_encoder::ColorType as JpegColor;
use png::ColorType;
use toddle_data::{DataError, Picture};

const SIZE: [usize; 2] = [5, 7];

/// By Pillow, since no encoder in Rust writes these.
const LOSSY: &[u8] = include_bytes!("../../../../fuzz/corpus/webp/lossy.webp");
const ANIMATED: &[u8] = include_bytes!("../../../../fuzz/corpus/webp/animated.webp");

/// Pixels of `step` different bytes each.
fn pixels(step: usize) -> Vec<u8> {
    (0..SIZE[0] * SIZE[1] * step).map(|i| (i * i * 31 + i * 7) as u8).collect()
}

/// The bytes of `pixels`, channel by channel.
fn planes(pixels: &[u8], step: usize, channels: usize) -> Vec<u8> {
    (0..channels).flat_map(|channel| pixels.iter().skip(channel).step_by(step)).copied().collect()
}

fn decode(file: &[u8]) -> Picture {
    Picture::decode("picture", file).unwrap_or_else(|fault| panic!("{fault}"))
}

fn fault(file: &[u8]) -> String {
    let message = Picture::decode("picture", file).expect_err("damage").to_string();
    assert_eq!((message.lines().count(), message.contains("panicked")), (4, false), "{message}");
    message
}

fn through_image<E>(encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Vec<u8> {
    let mut file = Vec::new();
    assert!(encode(&mut file).is_ok());
    file
}

fn bmp(pixels: &[u8], kind: Pixels) -> Vec<u8> {
    let [h, w] = SIZE.map(|side| side as u32);
    through_image(|file| codecs::bmp::BmpEncoder::new(file).encode(pixels, w, h, kind))
}

fn gif(frames: &[&[u8]]) -> Vec<u8> {
    let [h, w] = SIZE.map(|side| side as u32);
    through_image(|file| {
        let mut encoder = GifEncoder::new_with_speed(file, 1);
        frames.iter().try_for_each(|pixels| encoder.encode(pixels, w, h, Pixels::Rgba8))
    })
}

#[test]
fn every_kind_gives_the_same_pixels() {
    let colours = pixels(3);
    let words: Vec<u16> = colours.iter().map(|&byte| u16::from(byte) << 8 | 0x80).collect();
    let colour = Picture::new([3, 5, 7], planes(&colours, 3, 3)).unwrap();
    let four: Vec<u8> = colours.chunks(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255]).collect();
    for (name, file) in [
        ("PNG", png(SIZE, ColorType::Rgb, &colours)),
        ("opaque PNG", png(SIZE, ColorType::Rgba, &four)),
        ("BMP", bmp(&colours, Pixels::Rgb8)),
        ("opaque BMP", bmp(&four, Pixels::Rgba8)),
        ("GIF", gif(&[&four])),
        ("animated GIF", gif(&[&four, &pixels(4)])),
        ("WebP", webp(SIZE, WebPColor::Rgb8, &colours, None)),
        ("TIFF", tiff::<colortype::RGB8>(SIZE, &colours)),
        ("TIFF of 16 bits", tiff::<colortype::RGB16>(SIZE, &words)),
        (
            "TIFF, packed",
            tiff_with::<colortype::RGB8>(SIZE, Compression::Packbits, Predictor::None, &colours, |_| ()),
        ),
        (
            "TIFF, LZW",
            tiff_with::<colortype::RGB8>(SIZE, Compression::Lzw, Predictor::Horizontal, &colours, |_| ()),
        ),
        (
            "TIFF, deflated",
            tiff_with::<colortype::RGB8>(
                SIZE,
                Compression::Deflate(Default::default()),
                Predictor::None,
                &colours,
                |_| (),
            ),
        ),
    ] {
        assert_eq!(decode(&file), colour, "{name}");
    }
}

#[test]
fn values_of_few_bits_in_16_are_refused() {
    let words: Vec<u16> = pixels(1).iter().map(|&byte| u16::from(byte) % 200 + 1).collect();
    let with_alpha: Vec<u8> = words.iter().flat_map(|word| [word.to_be_bytes(), [255; 2]].concat()).collect();
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    let png = |color, bytes: &[u8]| crate::made::png_of(SIZE, color, png::BitDepth::Sixteen, bytes, |_| ());
    for file in [
        png(ColorType::Grayscale, &bytes),
        png(ColorType::GrayscaleAlpha, &with_alpha),
        tiff::<colortype::Gray16>(SIZE, &words),
    ] {
        let error = Picture::decode("mask", &file).unwrap_err().to_string();
        assert!(error.contains("at most 199 of 65535: in 8 bits they would be at most 0 of 255"), "{error}");
    }
    // Those of a microscope with 12 bits.
    let twelve: Vec<u8> = words.iter().flat_map(|word| (word * 20).to_be_bytes()).collect();
    let error = Picture::decode("cell", &png(ColorType::Grayscale, &twelve)).unwrap_err().to_string();
    assert!(error.contains("at most 3980 of 65535: in 8 bits they would be at most 15 of 255"), "{error}");
    // A picture that is black says so itself.
    let black = Picture::decode("black", &png(ColorType::Grayscale, &[0; 70])).unwrap();
    assert!(black.bytes().iter().all(|&byte| byte == 0));
}

#[test]
fn grey_is_one_channel_in_every_kind() {
    let tones = pixels(1);
    let words: Vec<u16> = tones.iter().map(|&byte| u16::from(byte) << 8 | 0x80).collect();
    let grey = Picture::new([1, 5, 7], tones.clone()).unwrap();
    let three: Vec<u8> = tones.iter().flat_map(|&tone| [tone; 3]).collect();
    let four: Vec<u8> = tones.iter().flat_map(|&tone| [tone, tone, tone, 255]).collect();
    let big: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    for (name, file) in [
        ("PNG", png(SIZE, ColorType::Grayscale, &tones)),
        (
            "PNG of 16 bits",
            crate::made::png_of(SIZE, ColorType::Grayscale, png::BitDepth::Sixteen, &big, |_| ()),
        ),
        (
            "PNG with a palette",
            crate::made::png_of(SIZE, ColorType::Indexed, png::BitDepth::Eight, &tones, |info| {
                info.palette = Some((0..=255).flat_map(|tone| [tone; 3]).collect::<Vec<u8>>().into());
            }),
        ),
        ("BMP", bmp(&tones, Pixels::L8)),
        ("BMP in colours", bmp(&three, Pixels::Rgb8)),
        ("GIF", gif(&[&four])),
        ("WebP", webp(SIZE, WebPColor::L8, &tones, None)),
        ("TIFF", tiff::<colortype::Gray8>(SIZE, &tones)),
        ("TIFF of 16 bits", tiff::<colortype::Gray16>(SIZE, &words)),
    ] {
        assert_eq!(decode(&file), grey, "{name}");
    }
    // PNG and TIFF can say which they are, and are believed.
    assert_eq!(decode(&png(SIZE, ColorType::Rgb, &three)).shape(), [3, 5, 7]);
    assert_eq!(decode(&tiff::<colortype::RGB8>(SIZE, &three)).shape(), [3, 5, 7]);
}

#[test]
fn few_bits_a_pixel_become_eight() {
    let bits = [0b1010_0110, 0b1100_0000]; // a row of ten pixels
    let row = [255, 0, 255, 0, 0, 255, 255, 0, 255, 255];
    let one = |file: &[u8]| assert_eq!(decode(file), Picture::new([1, 1, 10], row.to_vec()).unwrap());
    one(&crate::made::png_of([1, 10], ColorType::Grayscale, png::BitDepth::One, &bits, |_| ()));
    one(&crate::made::tiff_of([1, 10], &[(Tag::BitsPerSample, 1)], &bits));
    let white_is_zero = [(Tag::BitsPerSample, 1), (Tag::PhotometricInterpretation, 0)];
    one(&crate::made::tiff_of([1, 10], &white_is_zero, &bits.map(|byte| !byte)));
    let four = crate::made::tiff_of([1, 3], &[(Tag::BitsPerSample, 4)], &[0x0f, 0x80]);
    assert_eq!(decode(&four).bytes(), [0, 255, 136]);
    let two = crate::made::tiff_of([1, 5], &[(Tag::BitsPerSample, 2)], &[0b0001_1011, 0b0100_0000]);
    assert_eq!(decode(&two).bytes(), [0, 85, 170, 255, 85]);
}

#[test]
fn alpha_is_kept_for_the_paper() {
    let pixels = [200, 100, 0, 0, 200, 100, 0, 51, 200, 100, 0, 255];
    let size = [1, 3];
    let seen = [255, 244, 200, 255, 224, 100, 255, 204, 0];
    for (name, file) in [
        ("PNG", png(size, ColorType::Rgba, &pixels)),
        (
            "BMP",
            through_image(|file| codecs::bmp::BmpEncoder::new(file).encode(&pixels, 3, 1, Pixels::Rgba8)),
        ),
        ("WebP", webp(size, WebPColor::Rgba8, &pixels, None)),
        (
            "TIFF",
            tiff_with::<colortype::RGBA8>(
                size,
                Compression::Uncompressed,
                Predictor::None,
                &pixels,
                |image| {
                    image
                        .encoder()
                        .write_tag(Tag::ExtraSamples, &[ExtraSamples::UnassociatedAlpha][..])
                        .unwrap();
                },
            ),
        ),
    ] {
        let picture = decode(&file);
        assert!(picture.is_transparent(), "{name}");
        assert_eq!(picture.on_paper(255).bytes(), seen, "{name}");
    }
    // Alpha that the colours were multiplied by gives the same again.
    let multiplied = [0, 0, 0, 0, 40, 20, 0, 51, 200, 100, 0, 255];
    let file = tiff_with::<colortype::RGBA8>(
        size,
        Compression::Uncompressed,
        Predictor::None,
        &multiplied,
        |image| {
            image.encoder().write_tag(Tag::ExtraSamples, &[ExtraSamples::AssociatedAlpha][..]).unwrap();
        },
    );
    assert_eq!(decode(&file).on_paper(255).bytes(), seen);
    // GIF has pixels that are seen and pixels that are not.
    let holed = [9, 8, 7, 0, 200, 100, 0, 255];
    let file = through_image(|file| GifEncoder::new(file).encode(&holed, 2, 1, Pixels::Rgba8));
    assert_eq!(decode(&file).on_paper(255).bytes(), [255, 200, 255, 100, 255, 0]);
}

/// Where the pixel at `[y, x]` of an upright picture is stored under each orientation, from 1 on.
fn stored(orientation: u16, [y, x]: [usize; 2], [height, width]: [usize; 2]) -> [usize; 2] {
    let (below, right) = (height - 1 - y, width - 1 - x);
    match orientation {
        1 => [y, x],
        2 => [y, right],
        3 => [below, right],
        4 => [below, x],
        5 => [x, y],
        6 => [right, y],
        7 => [right, below],
        8 => [x, below],
        _ => unreachable!(),
    }
}

/// The upright pixels as a camera stores them that is turned so.
fn turned(upright: &[u8], step: usize, orientation: u16) -> ([usize; 2], Vec<u8>) {
    let [height, width] = SIZE;
    let size = if orientation < 5 { SIZE } else { [width, height] };
    let mut pixels = vec![0; upright.len()];
    for y in 0..height {
        for x in 0..width {
            let [to_y, to_x] = stored(orientation, [y, x], SIZE);
            let (to, from) = ((to_y * size[1] + to_x) * step, (y * width + x) * step);
            pixels[to..to + step].copy_from_slice(&upright[from..from + step]);
        }
    }
    (size, pixels)
}

#[test]
fn turned_photographs_stand_upright() {
    let pixels = pixels(4);
    let colours: Vec<u8> = pixels.chunks(4).flat_map(|rgba| &rgba[..3]).copied().collect();
    let upright = decode(&png(SIZE, ColorType::Rgba, &pixels));
    let plain = decode(&png(SIZE, ColorType::Rgb, &colours));
    for orientation in 1..=8 {
        for block in [exif(orientation, false), exif(orientation, true)] {
            let (size, stored) = turned(&pixels, 4, orientation);
            let tagged = crate::made::png_of(size, ColorType::Rgba, png::BitDepth::Eight, &stored, |info| {
                info.exif_metadata = Some(block.clone().into());
            });
            assert_eq!(decode(&tagged), upright, "PNG, orientation {orientation}");
            assert_eq!(
                decode(&webp(size, WebPColor::Rgba8, &stored, Some(&block))),
                upright,
                "WebP, orientation {orientation}"
            );
            let with_prefix = [b"Exif\0\0", &block[..]].concat();
            assert_eq!(
                decode(&webp(size, WebPColor::Rgba8, &stored, Some(&with_prefix))),
                upright,
                "WebP, prefix"
            );

            // JPEG changes pixels a little: the untagged picture, turned, is what the tagged one has to be.
            let (size, stored) = turned(&colours, 3, orientation);
            let lying = decode(&jpeg(size, JpegColor::Rgb, &stored, None));
            let tagged = decode(&jpeg(size, JpegColor::Rgb, &stored, Some(&block)));
            assert_eq!(tagged.shape(), [3, 5, 7]);
            for channel in 0..3 {
                for y in 0..5 {
                    for x in 0..7 {
                        let [from_y, from_x] = self::stored(orientation, [y, x], SIZE);
                        let was = lying.bytes()[(channel * size[0] + from_y) * size[1] + from_x];
                        assert_eq!(
                            tagged.bytes()[(channel * 5 + y) * 7 + x],
                            was,
                            "JPEG, orientation {orientation}"
                        );
                    }
                }
            }
        }
        let (size, stored) = turned(&colours, 3, orientation);
        let tagged = tiff_with::<colortype::RGB8>(
            size,
            Compression::Uncompressed,
            Predictor::None,
            &stored,
            |image| {
                image.encoder().write_tag(Tag::Orientation, orientation).unwrap();
            },
        );
        assert_eq!(decode(&tagged), plain, "TIFF, orientation {orientation}");
    }
}

#[test]
fn exif_that_says_nothing_changes_nothing() {
    let pixels = pixels(3);
    let plain = decode(&png(SIZE, ColorType::Rgb, &pixels));
    let lossy = decode(&jpeg(SIZE, JpegColor::Rgb, &pixels, None));
    let whole = exif(6, false);
    let mut blocks: Vec<Vec<u8>> = (1..whole.len() - 4).map(|length| whole[..length].to_vec()).collect();
    blocks.extend([
        exif(0, true),
        exif(9, true),
        exif(0xffff, false),
        vec![0xff; 40],
        b"II*\0\xff\xff\xff\xff".to_vec(),
    ]);
    for block in blocks {
        let tagged = crate::made::png_of(SIZE, ColorType::Rgb, png::BitDepth::Eight, &pixels, |info| {
            info.exif_metadata = Some(block.clone().into());
        });
        assert_eq!(decode(&tagged), plain, "PNG, {block:?}");
        assert_eq!(decode(&webp(SIZE, WebPColor::Rgb8, &pixels, Some(&block))), plain, "WebP, {block:?}");
        assert_eq!(decode(&jpeg(SIZE, JpegColor::Rgb, &pixels, Some(&block))), lossy, "JPEG, {block:?}");
    }
}

#[test]
fn what_is_not_read_is_named() {
    let four = pixels(4);
    assert!(fault(&jpeg(SIZE, JpegColor::Cmyk, &four, None)).contains("CMYK"));
    assert!(fault(&jpeg(SIZE, JpegColor::Ycck, &four, None)).contains("CMYK"));
    assert!(fault(&tiff::<colortype::CMYK8>(SIZE, &four)).contains("CMYK"));
    assert!(fault(&tiff::<colortype::YCbCr8>(SIZE, &pixels(3))).contains("YCbCr"));
    assert!(fault(&tiff::<colortype::Gray32Float>(SIZE, &[0.5; 35])).contains("Gray(32)"));
    assert!(fault(&tiff::<colortype::RGB32>(SIZE, &[1 << 31; 105])).contains("RGB(32)"));
    let grey = |tags: &[(Tag, u16)]| fault(&crate::made::tiff_of(SIZE, tags, &pixels(1)));
    assert!(grey(&[(Tag::PhotometricInterpretation, 3)]).contains("palette"));
    assert!(grey(&[(Tag::SampleFormat, 2)]).contains("whole numbers"));
    assert!(grey(&[(Tag::NewSubfileType, 1)]).contains("raw photographs"));
    assert!(grey(&[(Tag::Compression, 7)]).contains("JPEG"));
    let extra =
        tiff_with::<colortype::RGBA8>(SIZE, Compression::Lzw, Predictor::Horizontal, &four, |image| {
            image.encoder().write_tag(Tag::ExtraSamples, &[0_u16][..]).unwrap();
        });
    assert!(
        fault(&extra).contains("RGBA(8)") || fault(&extra).contains("more samples than the colours"),
        "{}",
        fault(&extra)
    );
    for (begins, kind) in [
        (&b"\0\0\0\x18ftypheic"[..], "HEIC"),
        (b"\0\0\0\x18ftypavif", "AVIF"),
        (b"<?xml version='1.0'?>\n<svg width='9'/>", "SVG"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"P6 2 2 255\n", "PNM"),
        (b"\0\0\x01\0\x02\0\x10\x10", "icon"),
        (b"%PDF-1.7", "PDF"),
    ] {
        assert!(fault(begins).contains(&format!("a file of the kind {kind}")), "{}", fault(begins));
    }
    // TGA begins nearly as an icon does.
    assert!(fault(b"\0\0\x02\0\0\0\0\0\0\0\0\0\x04\0\x04\0\x18\0").contains("a file of another kind"));
    assert!(fault(b"").contains("an empty file"));
    assert!(fault(b"not a picture").contains("a file of another kind"));
    assert!(fault(b"hello").contains("PNG, JPEG, BMP, GIF, WebP or TIFF"));
}

#[test]
fn names_say_what_to_expect() {
    let endings: Vec<&str> = Picture::extensions().collect();
    for ending in ["png", "jpg", "jpeg", "bmp", "gif", "webp", "tif", "tiff"] {
        assert!(endings.contains(&ending) && Picture::is_picture_name(format!("a.b/{ending}.{ending}")));
        assert_eq!(Picture::unread_kind(format!("x.{}", ending.to_uppercase())), None);
    }
    for (name, kind) in
        [("a.heic", "HEIC"), ("a.AVIF", "AVIF"), ("a.svg", "SVG"), ("a.psd", "Photoshop"), ("a.NEF", "raw")]
    {
        assert_eq!((Picture::is_picture_name(name), Picture::unread_kind(name)), (false, Some(kind)));
    }
    for name in ["png", ".png", "a.txt", "a", "a.png.zip"] {
        assert!(!Picture::is_picture_name(name) && Picture::unread_kind(name).is_none(), "{name}");
    }
}

#[test]
fn files_cut_short_are_refused() {
    let (three, four) = (pixels(3), pixels(4));
    for (name, file) in [
        ("PNG", png(SIZE, ColorType::Rgb, &three)),
        ("JPEG", jpeg(SIZE, JpegColor::Rgb, &three, Some(&exif(6, true)))),
        ("BMP", bmp(&three, Pixels::Rgb8)),
        ("GIF", gif(&[&four])),
        ("WebP", webp(SIZE, WebPColor::Rgba8, &four, None)),
        ("lossy WebP", LOSSY.to_vec()),
        ("animated WebP", ANIMATED.to_vec()),
        ("TIFF", tiff_with::<colortype::RGB8>(SIZE, Compression::Lzw, Predictor::None, &three, |_| ())),
    ] {
        let whole = decode(&file);
        for length in 0..file.len() {
            // What ends a file behind its pixels may be missing, and the pixels are right all the same.
            if let Ok(picture) = Picture::decode(name, &file[..length]) {
                assert_eq!(picture, whole, "{name}, {length} of {} bytes", file.len());
                assert!(file.len() - length < 24, "{name}, {length} of {} bytes", file.len());
            }
        }
    }
}

#[test]
fn lossy_webp_has_the_pixels_of_its_reference_decoder() {
    let sums = |picture: Picture| {
        let [_, height, width] = picture.shape();
        let planes = picture.bytes().chunks(height * width);
        (
            picture.shape(),
            planes.map(|plane| plane.iter().map(|&byte| u64::from(byte)).sum()).collect::<Vec<u64>>(),
        )
    };
    // By libwebp, through Pillow; of the animation the first frame, put on white.
    assert_eq!(sums(decode(LOSSY)), ([3, 20, 24], vec![54929, 54762, 38441]));
    assert_eq!(sums(decode(ANIMATED).on_paper(255)), ([3, 7, 13], vec![22637, 22655, 21713]));
}

/// A palette of four bytes lets the decoder reach behind it.
#[test]
fn a_decoder_that_panics_gives_an_error() {
    let mut file = crate::made::png_of([1, 1], ColorType::Indexed, png::BitDepth::Eight, &[1], |info| {
        info.palette = Some(vec![1, 2, 3, 4, 5, 6].into());
    });
    decode(&file);
    crate::made::shorten_palette(&mut file, 4);
    assert!(fault(&file).contains("PNG with"));
    let error: DataError = Picture::decode("odd.png", &file).unwrap_err();
    assert!(error.to_string().contains("odd.png"));
}
