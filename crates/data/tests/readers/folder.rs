//! Folders of pictures: classes, halves, what is left out and said, and what is refused.

use std::fs;
use std::path::Path;

use crate::common::{message, png, write};
use png::ColorType::{Grayscale, GrayscaleAlpha, Rgb};
use tempfile::TempDir;
use toddle_data::{Damaged, DataError, Dataset, Half, ImageFolder, Report, Values};

/// A grey picture of one pixel.
fn dot(tone: u8) -> Vec<u8> {
    png(1, 1, Grayscale, &[tone])
}

/// A folder of files, of which each picture is one grey pixel and each other file has no content.
fn folder(files: &[&str]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (tone, file) in files.iter().enumerate() {
        match file.strip_suffix('/') {
            Some(empty) => fs::create_dir_all(folder.path().join(empty)).unwrap(),
            None if file.ends_with(".png") => write(folder.path(), file, &dot(tone as u8)),
            None => write(folder.path(), file, b""),
        }
    }
    folder
}

fn read(folder: impl AsRef<Path>) -> Result<(Dataset, Report), DataError> {
    ImageFolder::default().read(folder)
}

fn known(names: &[&str]) -> ImageFolder {
    ImageFolder { classes: Some(names.iter().map(|name| name.to_string()).collect()), ..Default::default() }
}

fn skipping() -> ImageFolder {
    ImageFolder { damaged: Damaged::Skip, ..Default::default() }
}

fn names(set: &Dataset) -> String {
    set.class_names().join(" ")
}

fn has_note(report: &Report, note: &str) {
    assert!(report.notes.iter().any(|said| said == note), "{note}\nis not among {:#?}", report.notes);
}

// Classes

#[test]
fn sub_folders_are_classes_in_order() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(root, "dog/b.png", &png(2, 1, Grayscale, &[3, 4]));
    write(root, "dog/a/deep.PNG", &png(2, 1, Grayscale, &[1, 2]));
    write(root, "cat/x.png", &png(2, 1, GrayscaleAlpha, &[5, 0, 6, 255]));
    let (pets, report) = read(root).unwrap();
    assert_eq!((names(&pets).as_str(), pets.labels()), ("cat dog", &[0, 1, 1][..]));
    assert_eq!((pets.shape(), pets.values()), ([1, 1, 2], &Values::from(vec![255_u8, 6, 1, 2, 3, 4])));
    assert_eq!(report.notes, ["The class `dog` has pictures in sub-folders, too: a."]);

    // One picture in colour makes all of them colour.
    write(root, "dog/c.png", &png(2, 1, Rgb, &[10, 20, 30, 40, 50, 60]));
    let (pets, _) = read(root).unwrap();
    assert_eq!((pets.shape(), &*pets.image(0)), ([3, 1, 2], &[255, 6, 255, 6, 255, 6][..]));
    assert_eq!(*pets.image(3), [10, 40, 20, 50, 30, 60]);
    let (grey, _) = ImageFolder { channels: Some(1), ..Default::default() }.read(root).unwrap();
    assert_eq!((grey.shape(), &*grey.image(3)), ([1, 1, 2], &[18, 48][..]));
}

#[test]
fn names_of_classes_keep_the_order_of_their_bytes() {
    let numbers = folder(&["10/a.png", "2/a.png", "1/a.png", "0/a.png"]);
    let (set, _) = read(&numbers).unwrap();
    assert_eq!((names(&set).as_str(), set.values()), ("0 1 10 2", &Values::from(vec![3_u8, 2, 0, 1])));

    let (set, report) = read(folder(&["cat/a.png", "Cat/a.png", "dog/a.png", "ß/a.png"])).unwrap();
    assert_eq!(names(&set), "Cat cat dog ß");
    assert_eq!(
        report.notes,
        [
            "The classes `Cat`, `cat` differ only in small and capital letters, in spaces, or in the way an accent is written."
        ]
    );
}

#[test]
fn classes_that_are_known_are_kept() {
    let pets = folder(&["cat/a.png", "dog/a.png"]);
    let (set, _) = known(&["dog", "bird", "cat"]).read(&pets).unwrap();
    assert_eq!((set.labels(), set.values()), (&[2, 0][..], &Values::from(vec![0_u8, 1])));
    let stranger = message(known(&["cat", "bird"]).read(&pets));
    for part in ["folders of the classes cat, bird", "folders of cat, dog: `dog` is none of the classes"] {
        assert!(stranger.contains(part), "{stranger}");
    }
}

#[test]
fn there_may_be_more_classes_than_a_byte_has() {
    let folder = TempDir::new().unwrap();
    for class in 0..300 {
        write(folder.path(), &format!("{class:03}/a.png"), &dot(class as u8));
    }
    let (set, _) = read(&folder).unwrap();
    assert_eq!((set.classes(), set.len(), set.labels()[299]), (300, 300, 299));
    assert_eq!(set.caption(299), "299");
}

// What is left out

#[test]
fn what_is_left_out_is_said() {
    let files = [
        "cat/a.png",
        "dog/a.png",
        "cat/.DS_Store",
        "dog/Thumbs.db",
        "desktop.ini",
        "__MACOSX/cat/._a.png",
        "cat/.ipynb_checkpoints/a.png",
        "labels.csv",
        "cat/notes.txt",
        "cat/noending",
        "cover.png",
        "bird/",
        "scripts/make.py",
    ];
    let (set, report) = read(folder(&files)).unwrap();
    assert_eq!((names(&set).as_str(), set.len()), ("cat dog", 2));
    let notes = [
        "2 folders without pictures are not a class: bird, scripts.",
        "1 picture was left out, outside the folders of classes: cover.png.",
        "4 files without the name of a picture were left out: cat/noending, cat/notes.txt, labels.csv, \
         scripts/make.py.",
        "5 hidden or system files were left out: __MACOSX, cat/.DS_Store, cat/.ipynb_checkpoints, desktop.ini, \
         dog/Thumbs.db.",
    ];
    assert_eq!(report.notes, notes);

    // A class that is known may be empty.
    let (set, report) = known(&["bird", "cat", "dog"]).read(folder(&files)).unwrap();
    assert_eq!((names(&set).as_str(), set.labels()), ("bird cat dog", &[1, 2][..]));
    has_note(&report, "1 folder without pictures is not a class: scripts.");

    let many: Vec<String> =
        (0..17).map(|i| format!("cat/{i:02}.txt")).chain(["cat/a.png".to_owned()]).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let note = "17 files without the name of a picture were left out: cat/00.txt, cat/01.txt, cat/02.txt, cat/03.txt, \
                cat/04.txt and 12 more.";
    has_note(&read(folder(&many)).unwrap().1, note);
}

#[test]
fn pictures_of_kinds_that_are_not_read_are_named() {
    let pets = folder(&["cat/a.png", "cat/b.HEIC", "dog/c.svg", "dog/d.psd", "dog/e.png"]);
    let refused = message(read(&pets));
    for part in
        ["3 pictures of another kind: cat/b.HEIC, dog/c.svg, dog/d.psd", "PNG, JPEG", "damaged = \"skip\""]
    {
        assert!(refused.contains(part), "{refused}");
    }
    let (set, report) = skipping().read(&pets).unwrap();
    assert_eq!((set.len(), report.skipped.len()), (2, 3));
    assert!(report.notes[0].ends_with("3 pictures that cannot be used: cat/b.HEIC, dog/c.svg, dog/d.psd."));
}

#[test]
fn pictures_with_the_same_damage_are_told_in_one_line() {
    let folder = TempDir::new().unwrap();
    let picture = png(2, 1, Grayscale, &[3, 4]);
    for (name, bytes) in [("a", &picture[..]), ("b", b""), ("c", b""), ("d", &picture[..picture.len() - 20])]
    {
        write(folder.path(), &format!("cat/{name}.png"), bytes);
    }
    let kinds = toddle_data::DataError::kinds(&skipping().read(folder.path()).unwrap().1.skipped);
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    assert!(
        kinds[0].starts_with("2 files, the first of which is `") && kinds[0].contains("b.png"),
        "{kinds:?}"
    );
    assert!(kinds[1].contains("d.png"), "{kinds:?}");
}

#[test]
fn damaged_pictures_are_refused_or_left_out_and_named() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    let picture = png(2, 1, Grayscale, &[3, 4]);
    write(root, "cat/worse.png", b"");
    write(root, "dog/a.png", &picture);
    write(root, "dog/bad.png", &picture[..picture.len() - 20]);
    assert!(message(read(root)).contains("worse.png"));
    let (dogs, report) = skipping().read(root).unwrap();
    assert_eq!((names(&dogs).as_str(), dogs.labels(), report.skipped.len()), ("cat dog", &[1][..], 2));
    assert!(report.skipped[1].to_string().contains("bad.png"));
    assert!(report.notes[0].contains("2 pictures that cannot be used: cat/worse.png, dog/bad.png"));
    assert!(
        report.notes[1].starts_with("No picture is left of these classes")
            && report.notes[1].ends_with(": cat.")
    );

    fs::remove_file(root.join("dog/a.png")).unwrap();
    assert!(message(skipping().read(root)).contains("2 that cannot be used"));
}

#[test]
fn pictures_of_different_sizes_are_refused_with_both_names() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(root, "cat/a.png", &png(2, 1, Grayscale, &[3, 4]));
    write(root, "cat/b.png", &png(3, 1, Grayscale, &[3, 4, 5]));
    // A picture of another size is not damaged: were it left out, the first of many might decide for all.
    for reader in [ImageFolder::default(), skipping()] {
        let refused = message(reader.read(root));
        for part in ["cat/b.png`\n", "1×2 pixels, as `", "cat/a.png` has", "got       1×3", "size = [1, 2]"]
        {
            assert!(refused.contains(part), "{refused}");
        }
    }
    let (set, _) = ImageFolder { size: Some([2, 2]), ..Default::default() }.read(root).unwrap();
    assert_eq!((set.len(), set.shape()), (2, [1, 2, 2]));
}

// What is refused

#[test]
fn folders_without_classes_are_refused_with_a_remedy() {
    let refused = |files: &[&str]| message(read(folder(files)));
    let none = refused(&[]);
    let arrays = TempDir::new().unwrap();
    fs::write(arrays.path().join("pics.dat"), [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7]).unwrap();
    fs::write(arrays.path().join("answers.dat"), [0, 0, 8, 1, 0, 0, 0, 1, 7]).unwrap();
    let files = message(read(arrays.path()));
    assert!(files.contains("no folders, but 2 files of an array: answers.dat, pics.dat"), "{files}");
    assert!(files.contains("idx = {"), "{files}");
    assert!(none.contains("got       no folders") && none.contains("a folder for each class"), "{none}");
    let loose = refused(&["a.png", "b.png", "labels.csv"]);
    assert!(loose.contains("2 pictures in the folder itself") && loose.contains("as cat and dog"), "{loose}");
    assert!(refused(&["cat/", "dog/a.txt"]).contains("folders without pictures: cat, dog"));
    let nested = refused(&["pets/cat/a.png", "pets/dog/b.png"]);
    assert!(nested.contains("the one folder `pets`, with pictures in cat, dog"), "{nested}");
    assert!(nested.lines().last().unwrap().ends_with("/pets`"), "{nested}");
    // One class is no mistake if its pictures lie in its folder.
    assert_eq!(read(folder(&["pets/a.png"])).unwrap().0.classes(), 1);

    let absent = message(read("no/such/folder"));
    assert!(
        absent.contains("a folder that can be read")
            && absent.contains("try       checking that `no/such/folder`")
    );
    let file = folder(&["a.png"]);
    assert!(message(read(file.path().join("a.png"))).contains("a folder that can be read"));
    for wrong in [
        ImageFolder { channels: Some(2), ..Default::default() },
        ImageFolder { size: Some([0, 5]), ..Default::default() },
    ] {
        assert!(message(wrong.read(&file)).contains("changing the settings"));
    }
}

#[test]
fn deep_folders_are_read() {
    let deep = format!("cat/{}a.png", "d/".repeat(500));
    let (set, _) = read(folder(&["cat/b.png", &deep, "dog/a.png"])).unwrap();
    assert_eq!(set.labels(), [0, 0, 1]);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_to_files_and_to_classes_are_read_and_others_are_said() {
        let (pets, elsewhere) = (folder(&["cat/a.png"]), folder(&["x.png", "more/y.png"]));
        let root = pets.path();
        symlink(elsewhere.path(), root.join("dog")).unwrap();
        symlink(elsewhere.path().join("x.png"), root.join("cat/z.png")).unwrap();
        symlink(root, root.join("loop")).unwrap();
        symlink("..", root.join("cat/up")).unwrap();
        let (set, report) = read(root).unwrap();
        assert_eq!((names(&set).as_str(), set.labels()), ("cat dog", &[0, 0, 1, 1][..]));
        has_note(&report, "2 links to folders were left out: cat/up, loop.");

        symlink("nowhere", root.join("cat/broken.png")).unwrap();
        assert!(message(read(root)).contains("broken.png"));
    }

    #[test]
    fn pipes_are_not_waited_for() {
        let pets = folder(&["cat/a.png"]);
        let made = std::process::Command::new("mkfifo").arg(pets.path().join("cat/pipe.png")).status();
        if made.is_ok_and(|status| status.success()) {
            has_note(
                &read(&pets).unwrap().1,
                "1 file without the name of a picture was left out: cat/pipe.png.",
            );
        }
    }

    #[test]
    fn names_that_are_no_unicode_are_read_unless_two_look_alike() {
        let folder = TempDir::new().unwrap();
        let add = |name: &[u8]| {
            let class = folder.path().join(OsStr::from_bytes(name));
            // Some systems refuse such names themselves.
            fs::create_dir(&class).is_ok() && fs::write(class.join("a.png"), dot(1)).is_ok()
        };
        if add(b"caf\xe9") && add(b"tea") {
            assert_eq!(names(&read(&folder).unwrap().0), "caf\u{fffd} tea");
            assert!(add(b"caf\xe8"));
            let alike = message(read(&folder));
            assert!(alike.contains("two names that are shown as `caf\u{fffd}`"), "{alike}");
        }
    }

    #[test]
    fn a_folder_that_may_not_be_opened_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let pets = folder(&["cat/a.png", "cat/shut/b.png", "dog/a.png"]);
        let shut = pets.path().join("cat/shut");
        fs::set_permissions(&shut, fs::Permissions::from_mode(0o000)).unwrap();
        // The administrator may open everything.
        if fs::read_dir(&shut).is_err() {
            assert!(message(read(&pets)).contains("cat/shut` is a folder that may be opened"));
        }
        fs::set_permissions(&shut, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

// Halves

#[test]
fn halves_have_the_classes_of_the_one_to_train_on() {
    for [train, valid, test] in [
        ["train", "valid", "test"],
        ["Train", "VAL", "Testing"],
        ["training", "dev", "TEST"],
        ["train", "validation", "test"],
    ] {
        let set = folder(&[
            &format!("{train}/cat/a.png"),
            &format!("{train}/dog/a.png"),
            &format!("{valid}/dog/b.png"),
            &format!("{test}/dog/c.png"),
            &format!("{test}/cat/c.png"),
            "readme.txt",
        ]);
        let halves = ImageFolder::default().halves(&set).unwrap();
        let (validation, tested) = (halves.validation.unwrap(), halves.test.unwrap());
        assert_eq!((names(&halves.train).as_str(), halves.train.labels()), ("cat dog", &[0, 1][..]));
        assert_eq!((names(&validation).as_str(), validation.labels()), ("cat dog", &[1][..]));
        assert_eq!((tested.labels(), tested.values()), (&[0, 1][..], &Values::from(vec![4_u8, 3])));
        has_note(&halves.report, "1 file without the name of a picture was left out: readme.txt.");

        let one = |half| ImageFolder::default().half(&set, half).unwrap().map(|(set, _)| set);
        assert_eq!(one(Half::Train).unwrap().values(), halves.train.values());
        assert_eq!(
            (one(Half::Validation).unwrap().labels(), one(Half::Test).unwrap().classes()),
            (&[1][..], 2)
        );
        let several = message(read(&set));
        assert!(several.contains(&format!("halves: {train}, {valid}, {test}")), "{several}");
    }
    let set = folder(&["cat/a.png", "dog/a.png"]);
    let halves = ImageFolder::default().halves(&set).unwrap();
    assert!(halves.train.len() == 2 && halves.validation.is_none() && halves.test.is_none());
    assert!(ImageFolder::default().half(&set, Half::Test).unwrap().is_none());
}

#[test]
fn halves_that_do_not_fit_together_are_refused() {
    let refused = |files: &[&str]| message(ImageFolder::default().halves(folder(files)));
    let stranger = refused(&["train/cat/a.png", "train/dog/a.png", "test/cat/a.png", "test/cow/a.png"]);
    for part in ["/test`", "the classes cat, dog", "folders of cat, cow: `cow` is none"] {
        assert!(stranger.contains(part), "{stranger}");
    }
    let beside = refused(&["train/cat/a.png", "cat/a.png", "dog/a.png"]);
    for part in
        ["`train`, which has the name of a half, and beside it cat, dog", "renaming `train` if it is a class"]
    {
        assert!(beside.contains(part), "{beside}");
    }
    let twice = refused(&["train/cat/a.png", "val/cat/a.png", "valid/cat/a.png"]);
    assert!(
        twice.contains("one folder for the half `validation`") && twice.contains("`val` and `valid`"),
        "{twice}"
    );
    let bare = refused(&["train/cat/a.png", "test/a.png"]);
    assert!(
        bare.contains("a folder for each class in `test`")
            && bare.contains("or reading only `")
            && bare.contains("/train`"),
        "{bare}"
    );
    let both = refused(&["train/a.png", "test/a.png"]);
    assert!(both.contains("a folder for each class in `train`"), "{both}");
    let train = refused(&["test/cat/a.png", "valid/cat/a.png"]);
    assert!(
        train.contains("expected  a folder `train`") && train.contains("got       valid, test"),
        "{train}"
    );
    assert!(refused(&["train/cat/", "test/cat/a.png"]).contains("folders without pictures: cat"));
}

#[test]
fn empty_halves_are_said() {
    let set = folder(&["train/cat/a.png", "train/dog/a.png", "train/cow/", "valid/", "test/cat/"]);
    let halves = ImageFolder::default().halves(&set).unwrap();
    assert!(halves.validation.is_none() && halves.test.is_none());
    assert_eq!(names(&halves.train), "cat dog");
    has_note(&halves.report, "The folder `valid` has no picture and was not read.");
    has_note(&halves.report, "The folder `test` has no picture and was not read.");
    has_note(&halves.report, "1 folder without pictures is not a class: cow.");
}

#[test]
fn a_class_may_have_the_name_of_a_half() {
    let vehicles = folder(&["car/a.png", "plane/a.png", "train/a.png"]);
    let (set, report) = read(&vehicles).unwrap();
    assert_eq!(names(&set), "car plane train");
    assert_eq!(
        report.notes,
        ["`train` was read as a class: it has pictures, and there are other classes beside it."]
    );
    // Where a network knows its classes there is nothing to guess.
    let two = folder(&["train/steam/a.png", "test/b.png"]);
    let (set, _) = known(&["test", "train"]).read(&two).unwrap();
    assert_eq!((names(&set).as_str(), set.labels()), ("test train", &[0, 1][..]));
    // Two such names are hardly classes.
    assert!(
        message(read(folder(&["car/a.png", "train/a.png", "test/a.png"]))).contains("has the name of a half")
    );
}

#[test]
fn all_halves_have_one_size_and_as_many_channels() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    write(root, "train/cat/a.png", &png(2, 1, Grayscale, &[3, 4]));
    write(root, "test/cat/b.png", &png(1, 2, Grayscale, &[3, 4]));
    let refused = message(ImageFolder::default().halves(root));
    for part in ["test/cat/b.png", "1×2 pixels, as `", "train/cat/a.png` has", "got       2×1"] {
        assert!(refused.contains(part), "{refused}");
    }
    let resized = ImageFolder { size: Some([1, 1]), ..Default::default() }.halves(root).unwrap();
    assert_eq!(resized.test.unwrap().shape(), [1, 1, 1]);

    write(root, "test/cat/b.png", &png(2, 1, Rgb, &[10, 20, 30, 40, 50, 60]));
    let grey = ImageFolder::default().halves(root).unwrap();
    assert_eq!(grey.test.unwrap().values(), &Values::from(vec![18_u8, 48]));
    has_note(&grey.report, "1 picture was made grey in `test`, like the training pictures.");
    write(root, "train/cat/b.png", &png(2, 1, Rgb, &[10, 20, 30, 40, 50, 60]));
    assert_eq!(ImageFolder::default().halves(root).unwrap().test.unwrap().shape(), [3, 1, 2]);
}

#[test]
fn halves_inside_of_classes_are_said() {
    let (set, report) = read(folder(&["cat/train/a.png", "cat/test/a.png", "dog/a.png"])).unwrap();
    assert_eq!(set.len(), 3);
    has_note(
        &report,
        "The class `cat` has pictures in sub-folders, too: test, train. Halves inside of classes are not kept apart.",
    );
}
