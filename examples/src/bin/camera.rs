//! Classifies the pictures of a camera. On a Raspberry Pi:
//! `rpicam-vid --codec mjpeg --width 320 --height 240 --timeout 0 --output - | camera runs/fruit`.
//!
//! The program of the camera writes JPEG pictures to standard input, one after the other. This program cuts each picture out of
//! the stream, prepares it in the same way as the training pictures, and prints its class whenever the class changes.

use std::error::Error;
use std::io::{BufRead, BufReader, stdin};
use std::time::Instant;

use toddle_data::{Model, Picture};

fn main() -> Result<(), Box<dyn Error>> {
    let [run] = &std::env::args().skip(1).collect::<Vec<_>>()[..] else {
        return Err("one argument is needed: a run or a model file".into());
    };
    let model = Model::open(run)?;
    let (mut stream, mut last) = (BufReader::new(stdin().lock()), String::new());
    while let Some(jpeg) = next_jpeg(&mut stream)? {
        let start = Instant::now();
        // A damaged picture is left out.
        let Ok(said) =
            Picture::decode("the picture", &jpeg).and_then(|picture| model.predict_image(&picture))
        else {
            continue;
        };
        if said.class != last {
            let (percent, millis) = (100.0 * said.probability, start.elapsed().as_secs_f64() * 1e3);
            println!("{} ({percent:.0} %, {millis:.1} ms)", said.class);
            last = said.class;
        }
    }
    Ok(())
}

/// The bytes up to the next end of a JPEG picture, `FF D9`; `None` at the end of the stream.
fn next_jpeg(stream: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    /// The largest number of bytes of a picture.
    const MOST: usize = 64 << 20;
    let mut jpeg = Vec::new();
    while stream.read_until(0xd9, &mut jpeg)? > 0 && jpeg.len() < MOST {
        if jpeg.ends_with(&[0xff, 0xd9]) {
            return Ok(Some(jpeg));
        }
    }
    Ok(None)
}
