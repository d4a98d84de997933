//! `toddle data` as its users meet it.

mod common;

use std::fs;
use std::path::Path;

use common::{fail, png, size, succeed, text, toddle};
use tempfile::TempDir;

/// The two files of one half, of three images of 2×2.
fn write_idx(folder: &Path, half: &str) {
    fs::create_dir_all(folder).unwrap();
    let images = [&[0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2][..], &[0; 12]].concat();
    fs::write(folder.join(format!("{half}-images-idx3-ubyte")), images).unwrap();
    fs::write(folder.join(format!("{half}-labels-idx1-ubyte")), [0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3]).unwrap();
}

#[test]
fn all_sets_are_listed() {
    let data = TempDir::new().unwrap();
    let folder = data.path().to_str().unwrap();
    write_idx(&data.path().join("kmnist"), "train");
    let output = succeed(&mut toddle(&["data", "list", "--folder", folder]));
    let table = text(&output.stdout);
    let line = |name: &str| table.lines().find(|line| line.starts_with(name)).expect("a line").to_owned();
    assert!(line("mnist ").ends_with("built in"), "{table}");
    assert!(line("kmnist ").ends_with(data.path().join("kmnist").to_str().unwrap()), "{table}");
    assert!(line("fashion-mnist ").ends_with("not here; 31 MB to fetch"), "{table}");
    assert!(line("cifar10 ").contains("3×32×32"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");

    let json = succeed(&mut toddle(&["data", "list", "--folder", folder, "--json"]));
    let sets: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&sets[0]["name"], &sets[0]["train"]), (&"mnist".into(), &60_000.into()));
}

#[test]
fn samples_are_drawn() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("new/sheet.png");
    let sheet = out.to_str().unwrap();
    let output = succeed(&mut toddle(&["data", "show", "mnist", "--out", sheet, "--count", "10"]));
    assert_eq!(text(&output.stdout), format!("wrote {sheet}: 10 of 60,000 samples, from all 10 classes\n"));
    let (height, width) = size(&out);
    assert!((300..600).contains(&height) && width > 8 * 112, "{height}×{width}");

    for (args, shown) in [
        (&["--count", "3"][..], "3 of 60,000 samples, from 3 of 10 classes"),
        (&[], "40 of 60,000 samples, from all 10 classes"),
        (&["--from", "7", "--count", "3"], "samples 7 to 9 of 60,000"),
        (&["--augment", "shift=1"], "10 of 60,000 samples, from all 10 classes"),
    ] {
        let output = succeed(toddle(&["data", "show", "mnist", "--out", sheet]).args(args));
        assert_eq!(text(&output.stdout), format!("wrote {sheet}: {shown}\n"));
    }

    let changed =
        ["--augment", "rotate=15,shift=2,flip,elastic.strength=20", "--count", "2", "--variants", "3"];
    succeed(toddle(&["data", "show", "mnist", "--out", sheet]).args(changed));
    assert!(size(&out).1 < width);
    let file = folder.path().join("settings.toml");
    fs::write(&file, "name = 'mine'\n[augment]\nnoise = 0.2\n").unwrap();
    succeed(&mut toddle(&["data", "show", "mnist", "--out", sheet, "--augment", file.to_str().unwrap()]));

    for (settings, expected) in [
        ("rotat=15", "one of brightness, contrast, crop, elastic"),
        ("rotate=left", "settings such as rotate=10"),
        ("rotate=400", "rotate from 0 to 180"),
        ("flip=2", "true or false for flip"),
    ] {
        let message = fail(&mut toddle(&["data", "show", "mnist", "--out", sheet, "--augment", settings]));
        assert!(message.contains(expected), "{message}");
    }
    let message = fail(&mut toddle(&["data", "show", "mnist", "--out", sheet, "--from", "60000"]));
    assert!(message.contains("0 to 59999"), "{message}");
    assert!(fail(&mut toddle(&["data", "show", "minst"])).contains("mnist, fashion-mnist"));
    let nowhere = folder.path().to_str().unwrap();
    let message = fail(&mut toddle(&["data", "show", "kmnist", "--folder", nowhere]));
    assert!(message.contains("toddle data fetch kmnist"), "{message}");
}

#[test]
fn a_damaged_image_is_named() {
    let folder = TempDir::new().unwrap();
    for (class, tone) in [("cat", 40), ("dog", 200)] {
        fs::create_dir(folder.path().join(class)).unwrap();
        png(&folder.path().join(class).join("a.png"), 9, 7, png::ColorType::Rgb, &[tone; 9 * 7 * 3]);
    }
    fs::write(folder.path().join("dog/broken.jpg"), "no image").unwrap();
    let out = folder.path().join("sheet.png");
    let args = ["data", "show", folder.path().to_str().unwrap(), "--out", out.to_str().unwrap()];
    let message = fail(&mut toddle(&args));
    assert!(message.contains("broken.jpg") && message.contains("a file of another kind"), "{message}");
    let output = succeed(toddle(&args).args(["--damaged", "skip"]));
    assert!(text(&output.stderr).contains("skipped: ") && text(&output.stderr).contains("broken.jpg"));
    assert!(
        text(&output.stdout).ends_with("2 of 2 samples, from all 2 classes\n"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn mnist_in_a_folder_is_read_or_refused() {
    let data = TempDir::new().unwrap();
    let folder = data.path().to_str().unwrap();
    let nowhere = data.path().join("nowhere");
    let settings = format!(
        "version = 1\nname = \"mn\"\n[data]\nset = \"mnist\"\nfolder = {folder:?}\n[network]\nlayers = [\"flatten\", {{ kind = \
         \"dense\", outputs = 10 }}]\n[train]\nloss = \"cross_entropy\"\noptimizer = {{ kind = \"adam\", rate = 0.001 }}\nepochs = 1\n"
    );
    fs::write(data.path().join("mn.toml"), settings).unwrap();
    let command = |args: &[&str]| {
        let mut command = toddle(args);
        command.current_dir(data.path());
        command
    };
    let train = ["train", "mn.toml", "--out", "run", "--quiet", "--no-report"];
    let message = fail(&mut command(&train));
    assert!(
        message.contains("cannot find the files of `mnist`") && message.contains("built in"),
        "{message}"
    );
    assert!(!message.contains("data fetch"), "{message}");
    let show = ["data", "show", "mnist", "--out", "a.png", "--folder"];
    assert!(fail(command(&show).arg(&nowhere)).contains("nowhere"));

    write_idx(&data.path().join("mnist"), "train");
    write_idx(&data.path().join("mnist"), "t10k");
    let output = succeed(&mut command(&train));
    assert!(text(&output.stdout).contains("3 test samples of the data"), "{}", text(&output.stdout));
    let output = succeed(command(&show).arg(folder));
    assert!(text(&output.stdout).contains("3 of 3 samples"), "{}", text(&output.stdout));
    let output = succeed(&mut command(&["eval", "run", "--data", "mnist", "--folder", folder]));
    assert!(text(&output.stdout).contains("3 of mnist"), "{}", text(&output.stdout));
    assert!(fail(command(&["eval", "run", "--data", "mnist", "--folder"]).arg(&nowhere)).contains("nowhere"));
    let message = fail(&mut command(&["data", "verify", "mnist", "--folder", folder]));
    assert!(message.contains("3 and 3") && message.contains("built in"), "{message}");
}

#[test]
fn sets_are_verified() {
    let output = succeed(&mut toddle(&["data", "verify", "mnist"]));
    assert!(text(&output.stdout).starts_with("mnist, built in: 60,000 samples"));

    let data = TempDir::new().unwrap();
    let folder = data.path().to_str().unwrap();
    let home = data.path().join("kmnist");
    write_idx(&home, "train");
    write_idx(&home, "t10k");
    let message = fail(&mut toddle(&["data", "verify", "kmnist", "--folder", folder]));
    assert!(message.contains("60000 samples to train on") && message.contains("3 and 3"), "{message}");
    fs::write(home.join("train-images-idx3-ubyte.gz"), "short").unwrap();
    let message = fail(&mut toddle(&["data", "verify", "kmnist", "--folder", folder]));
    assert!(
        message.contains("train-images-idx3-ubyte.gz") && message.contains("data fetch kmnist"),
        "{message}"
    );
    assert!(
        fail(&mut toddle(&["data", "verify", "cifar10", "--folder", folder])).contains("cifar-10-binary")
    );
}

#[test]
fn what_is_built_in_is_not_fetched() {
    let output = succeed(&mut toddle(&["data", "fetch", "mnist"]));
    assert_eq!(text(&output.stdout), "mnist is built in: there is nothing to fetch\n");
    assert!(fail(&mut toddle(&["data", "fetch", "minst"])).contains("kmnist"));
    let file = TempDir::new().unwrap();
    fs::write(file.path().join("kmnist"), "in the way").unwrap();
    let message = fail(&mut toddle(&["data", "fetch", "kmnist", "--folder", file.path().to_str().unwrap()]));
    assert!(message.contains("cannot write"), "{message}");
}
