//! Each call of writing and reading fails once. Older checkpoints must stay, and the error must name the cause.

use std::cell::Cell;
use std::fs;
use std::io::Write;
use std::rc::Rc;

use tempfile::TempDir;
use toddle::checkpoint::About;
use toddle::{Adam, Dense, Fit, Loss, NetworkSpec, Shape, Trainer};

use super::*;
use crate::files::{Source, Temporary};

/// A disk that fails after a number of calls, or after a number of written bytes.
#[derive(Clone)]
struct Failing {
    left: Rc<Cell<usize>>,
    bytes: Rc<Cell<usize>>,
    kind: ErrorKind,
}

struct Slow {
    file: Temporary,
    disk: Failing,
}

impl Failing {
    fn new(calls: usize, bytes: usize, kind: ErrorKind) -> Failing {
        Failing { left: Rc::new(Cell::new(calls)), bytes: Rc::new(Cell::new(bytes)), kind }
    }

    fn call(&self) -> io::Result<()> {
        match self.left.get() {
            0 => Err(self.kind.into()),
            left => {
                self.left.set(left - 1);
                Ok(())
            }
        }
    }
}

impl Write for Slow {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        match self.disk.bytes.get().min(content.len()) {
            0 => Err(self.disk.kind.into()),
            some => {
                self.disk.bytes.set(self.disk.bytes.get() - some);
                self.file.write(&content[..some])
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.disk.call()
    }
}

impl Disk for Failing {
    type Temporary = Slow;

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.call()?;
        RealDisk.create_folder(folder)
    }

    fn create(&self, folder: &Path) -> io::Result<Slow> {
        self.call()?;
        Ok(Slow { file: RealDisk.create(folder)?, disk: self.clone() })
    }

    fn sync(&self, Slow { file, .. }: &Slow) -> io::Result<()> {
        self.call()?;
        RealDisk.sync(file)
    }

    fn rename(&self, Slow { file, .. }: Slow, to: &Path) -> io::Result<()> {
        self.call()?;
        RealDisk.rename(file, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.call()?;
        RealDisk.sync_folder(folder)
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        self.call()?;
        RealDisk.remove(file)
    }
}

/// The file of a small training after `epochs` epochs of two steps.
fn file(epochs: usize) -> Vec<u8> {
    let mut network = NetworkSpec::new(Shape::vector(2)).add(Dense::new(1)).build::<f32>(0).unwrap();
    let fit = Fit::new(Loss::MeanSquaredError, Adam::new(0.1)).batch(2).epochs(9);
    let (x, y) = ([0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0]);
    let mut trainer = Trainer::new(&network, &fit, 4).unwrap();
    for _ in 0..epochs {
        let samples = network.samples(&x, &y).unwrap();
        while !trainer.step(&mut network, &samples).unwrap().ends_epoch {}
        trainer.end_epoch(&mut network, None);
    }
    checkpoint::encode(&network, &About::default(), Some(&trainer))
}

/// The bytes as the content of a file.
fn whole(bytes: &[u8]) -> impl Fn(&mut dyn Write) -> io::Result<()> {
    |to| to.write_all(bytes)
}

fn steps<D: Disk>(checkpoints: &Checkpoints<D>) -> Option<u64> {
    let latest = checkpoints.latest::<f32>().unwrap()?;
    Some(latest.saved.training.unwrap().state.steps)
}

fn temporary(folder: &Path) -> usize {
    files::list(folder, |name| name.starts_with(TEMPORARY)).unwrap().len()
}

#[test]
fn the_last_two_are_kept_and_the_newest_is_found() {
    let folder = TempDir::new().unwrap();
    let checkpoints = Checkpoints::new(folder.path().join("checkpoints"));
    assert!(checkpoints.latest::<f32>().unwrap().is_none());
    fs::create_dir(folder.path().join("checkpoints")).unwrap();
    fs::write(folder.path().join("checkpoints/.toddle-left"), "half").unwrap();
    fs::write(folder.path().join("checkpoints/step-notes.safetensors"), "mine").unwrap();
    for epochs in 1..=4 {
        let file = checkpoints.save(10u64.pow(epochs * 3), &whole(&file(epochs as usize))).unwrap();
        assert!(file.is_file());
        assert_eq!(steps(&checkpoints), Some(u64::from(epochs) * 2));
    }
    let names =
        Vec::from_iter(checkpoints.files().unwrap().iter().map(|file| file.file_name().unwrap().to_owned()));
    assert_eq!(names, ["step-1000000000.safetensors", "step-1000000000000.safetensors"]);
    assert_eq!(fs::read_dir(folder.path().join("checkpoints")).unwrap().count(), 3, "and the notes");
}

#[test]
fn whatever_call_fails_the_checkpoint_before_it_stays() {
    // The folder, the file, emptying the buffer, the disk, the name, the folder's disk.
    const CALLS: usize = 6;
    let (before, after) = (file(1), file(2));
    for kind in [ErrorKind::StorageFull, ErrorKind::PermissionDenied, ErrorKind::Other] {
        for (calls, bytes) in (0..CALLS)
            .map(|calls| (calls, usize::MAX))
            .chain([0, 1, 8, 100, after.len() - 1].map(|bytes| (usize::MAX, bytes)))
        {
            let folder = TempDir::new().unwrap();
            let saved = Checkpoints::new(folder.path()).save(2, &whole(&before)).unwrap();
            let checkpoints = Checkpoints::on(Failing::new(calls, bytes, kind), folder.path());
            let error = checkpoints.save(4, &whole(&after)).unwrap_err().to_string();
            let says = |what: &str| assert!(error.contains(what), "{what} in {error}");
            says("step-00000004.safetensors");
            says(&io::Error::from(kind).to_string());
            says("\n  try       ");
            // If only the folder could not be synchronised, the new checkpoint is there already.
            let renamed = calls == CALLS - 1;
            assert_eq!(
                steps(&checkpoints),
                Some(if renamed { 4 } else { 2 }),
                "{calls} calls, {bytes} bytes"
            );
            says(&saved.display().to_string());
            assert_eq!(fs::read(&saved).unwrap(), before);
            assert_eq!(temporary(folder.path()), 0);
            // When the disk works again, the next checkpoint is saved.
            Checkpoints::new(folder.path()).save(4, &whole(&after)).unwrap();
            assert_eq!(steps(&checkpoints), Some(4));
        }
    }
    // If all calls of saving succeed, the checkpoint is saved. So no call was forgotten above.
    let folder = TempDir::new().unwrap();
    Checkpoints::on(Failing::new(CALLS, usize::MAX, ErrorKind::Other), folder.path())
        .save(4, &whole(&after))
        .unwrap();
}

#[test]
fn what_cannot_be_removed_is_removed_later() {
    let folder = TempDir::new().unwrap();
    let checkpoints =
        |calls| Checkpoints::on(Failing::new(calls, usize::MAX, ErrorKind::Other), folder.path());
    for step in 1..=4 {
        checkpoints(6).save(step, &whole(&file(1))).unwrap();
    }
    assert_eq!(checkpoints(0).files().unwrap().len(), 4);
    checkpoints(9).save(5, &whole(&file(1))).unwrap();
    assert_eq!(checkpoints(0).files().unwrap().len(), 2);
}

#[test]
fn a_damaged_checkpoint_gives_way_to_the_one_before_it() {
    let folder = TempDir::new().unwrap();
    let checkpoints = Checkpoints::new(folder.path());
    let (first, second) =
        (checkpoints.save(2, &whole(&file(1))).unwrap(), checkpoints.save(4, &whole(&file(2))).unwrap());
    let whole = fs::read(&second).unwrap();
    for keep in [0, 5, 9, 200, whole.len() - 1] {
        fs::write(&second, &whole[..keep]).unwrap();
        let latest = checkpoints.latest::<f32>().unwrap().unwrap();
        assert_eq!(latest.file, first);
        assert!(latest.skipped[0].to_string().contains("step-00000004"), "{}", latest.skipped[0]);
    }
    fs::write(&first, "no model").unwrap();
    let error = checkpoints.latest::<f32>().unwrap_err().to_string();
    assert!(error.contains("step-00000004"), "the newest is named: {error}");
}

#[test]
fn a_full_device_takes_nothing() {
    if let Ok(mut full) = fs::OpenOptions::new().write(true).open("/dev/full") {
        assert_eq!(full.write_all(&file(1)).unwrap_err().kind(), ErrorKind::StorageFull);
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let error =
        Checkpoints::new(folder.path().join("file/checkpoints")).save(1, &whole(&file(1))).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("file/checkpoints/step-00000001.safetensors"), "{error}");
}

/// A file that fails after a number of bytes.
struct Torn {
    bytes: Vec<u8>,
    at: usize,
    fails: usize,
    length: io::Result<u64>,
}

impl Source for Torn {
    fn length(&self) -> io::Result<u64> {
        match &self.length {
            Ok(length) => Ok(*length),
            Err(error) => Err(error.kind().into()),
        }
    }

    fn fill(&mut self, to: &mut [u8]) -> io::Result<()> {
        if self.at + to.len() > self.fails {
            return Err(ErrorKind::BrokenPipe.into());
        }
        to.copy_from_slice(&self.bytes[self.at..][..to.len()]);
        self.at += to.len();
        Ok(())
    }
}

#[test]
fn reading_fails_wherever_the_disk_does() {
    let bytes = file(1);
    let length = bytes.len();
    let torn = |fails, length| files::read_model(Torn { bytes: bytes.clone(), at: 0, fails, length });
    for fails in [0, 8, 9, length - 1] {
        assert_eq!(torn(fails, Ok(length as u64)).unwrap_err().kind(), ErrorKind::BrokenPipe);
    }
    assert_eq!(torn(length, Ok(length as u64)).unwrap(), bytes);
    assert!(torn(length, Err(ErrorKind::Other.into())).is_err());
    // No memory of this size is requested.
    assert_eq!(torn(length, Ok(u64::MAX)).unwrap_err().kind(), ErrorKind::InvalidData);
}

#[test]
fn what_is_no_model_is_named_and_not_read_to_its_end() {
    let folder = TempDir::new().unwrap();
    let other = folder.path().join("film.safetensors");
    fs::write(&other, b"RIFF....AVI LIST").unwrap();
    for file in [&other, &folder.path().join("missing.safetensors"), folder.path(), Path::new("/dev/zero")] {
        let error = load::<f32>(file).unwrap_err();
        assert!(matches!(error, Error::Read { .. }), "{error}");
        assert!(error.to_string().contains(&file.display().to_string()), "{error}");
    }
}
