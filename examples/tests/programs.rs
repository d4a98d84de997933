//! Each example reaches its figure, or the figure of a short training.

use std::path::Path;
use std::process::Command;

/// What a program prints, with these arguments and the name of a picture, which must have been drawn.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("the program starts");
    let (printed, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program} {arguments:?}: {printed}{said}");
    printed.into_owned()
}

/// The number after `words` in the last line that has them.
fn number(printed: &str, words: &str) -> f64 {
    let line = printed
        .lines()
        .rfind(|line| line.contains(words))
        .unwrap_or_else(|| panic!("`{words}` in {printed}"));
    let after = line.split_once(words).expect("the line has the words").1.trim_start();
    let end = after.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-').unwrap_or(after.len());
    after[..end].parse().unwrap_or_else(|_| panic!("a number after `{words}` in `{line}`"))
}

/// Runs a program in a folder of its own, and checks its picture.
fn picture(program: &str, amount: &str, ending: &str) -> String {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let file = folder.path().join(format!("picture.{ending}"));
    let printed = run(program, &[amount, file.to_str().expect("a path in UTF-8")]);
    assert!(Path::new(&file).metadata().expect("a picture").len() > 500, "{program}");
    printed
}

#[test]
fn the_autoencoder_draws_digits() {
    let printed = picture(env!("CARGO_BIN_EXE_autoencoder"), "1", "png");
    let error = number(&printed, "mean squared error of a test pixel:");
    assert!(error < 0.02, "{printed}"); // a grey sheet has 0.067
}

#[test]
fn the_cart_balances_its_pole() {
    let printed = picture(env!("CARGO_BIN_EXE_cartpole"), "5", "svg");
    let median = number(&printed, "the median:");
    assert!(median < 2000.0, "{printed}");
}

#[test]
fn the_two_networks_learn_from_each_other() {
    let printed = picture(env!("CARGO_BIN_EXE_dcgan_small"), "150", "png");
    // The forger's first pictures are grey: their pixels are 0.5 on average.
    let (real, forged) = (number(&printed, "a real pixel is"), number(&printed, "and a forged pixel is"));
    assert!((real - forged).abs() < 0.2, "{printed}");
}

#[test]
fn three_answers_are_right() {
    let printed = picture(env!("CARGO_BIN_EXE_multi_task"), "1", "png");
    assert!(number(&printed, "the digit:") > 97.0, "{printed}");
    assert!(number(&printed, "even:") > 97.0, "{printed}");
    assert!(number(&printed, "the ink:") < 0.15, "{printed}"); // the same answer for all would be 0.26 apart
}

#[test]
fn neighbours_are_the_same_digit() {
    let printed = picture(env!("CARGO_BIN_EXE_siamese"), "150", "png");
    assert!(number(&printed, "nearest neighbours:") > 85.0, "{printed}");
}

#[test]
fn masks_are_found() {
    let printed = picture(env!("CARGO_BIN_EXE_unet_small"), "600", "png");
    assert!(number(&printed, "new pictures: mean intersection over union") > 0.8, "{printed}");
}

#[test]
fn the_loss_of_the_variational_autoencoder_falls() {
    let printed = picture(env!("CARGO_BIN_EXE_vae"), "300", "png");
    assert!(number(&printed, "step 300: loss") < 160.0, "{printed}"); // all pixels at their means: 206
}

#[test]
fn trained_layers_help_to_learn_other_digits() {
    let printed = picture(env!("CARGO_BIN_EXE_transfer"), "2", "svg");
    let (with, without) =
        (number(&printed, ", with trained layers:"), number(&printed, "without trained layers:"));
    assert!(with > 80.0 && without < 70.0, "{printed}");
}
