//! The page as a folder: its digits, its index, and its modules.
#![cfg(feature = "server")]

use toddle_data::{Array, Arrays, mnist};
use toddle_play::folder::{INDEX, MARK, files};

#[test]
fn the_folder_has_the_first_digits_and_an_index_with_a_policy() {
    let files = files(&[b"1".to_vec(), b"2".to_vec(), b"3".to_vec(), b"4".to_vec()]);
    let contents = |name: &str| &files.iter().find(|(other, _)| other == name).expect(name).1[..];
    let array = |name: &str| Array::parse(name, contents(name)).unwrap();
    let pair = (array("train-images-idx3-ubyte.gz"), array("train-labels-idx1-ubyte.gz"));
    let (digits, _) = Arrays::default().pair(pair.0, pair.1).unwrap();
    let first = mnist().train().unwrap().first(2000).unwrap();
    assert_eq!((digits.inputs::<f32>(), digits.labels()), (first.inputs::<f32>(), first.labels()));
    assert_eq!(array("t10k-images-idx3-ubyte.gz").dims, [500, 28, 28]);

    assert_eq!(files[0].0, INDEX, "the mark is written first");
    let index = String::from_utf8(files[0].1.clone()).unwrap();
    for part in [MARK, "Content-Security-Policy", "from a web server"] {
        assert_eq!(index.matches(part).count(), 1, "{part}");
    }
    assert_eq!(contents("toddle.js"), b"1");
    assert!(contents("toddle_bg.wasm.gz").starts_with(&[0x1f, 0x8b]));
}
