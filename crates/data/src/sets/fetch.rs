//! Files of named sets, fetched over the network.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use ureq::http::{StatusCode, header};
use ureq::{Agent, Body};

use crate::error::DataError;

use super::{Remote, Set};

/// How long to wait for a server's connection, and for its answer to begin.
const CONNECT: Duration = Duration::from_secs(20);
const ANSWER: Duration = Duration::from_secs(30);

/// The time that an address has for a file: two minutes, and a second for every 64 KiB.
fn enough(bytes: u64) -> Duration {
    Duration::from_secs(120 + (bytes >> 16))
}

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file.
    pub file: &'a str,
    /// The bytes that have arrived.
    pub there: u64,
    /// The length of the file in bytes.
    pub bytes: u64,
}

/// Fetches those files of `set` that are not in `folder` yet, and says how far each has come.
///
/// `within` is the time that an address has for a file; by default two minutes and a second for every 64 KiB. See
/// [`fetch::file`](file()).
///
/// ```no_run
/// use toddle_data::{Set, fetch};
/// let set = Set::named("cifar10")?;
/// let home = set.home(None).expect("a folder for data");
/// fetch::set(set, &home, None, &mut |at| println!("{}: {} of {}", at.file, at.there, at.bytes))?;
/// let photographs = set.find(None)?.train()?;
/// # Ok::<(), toddle_data::DataError>(())
/// ```
pub fn set(
    set: &Set,
    folder: &Path,
    within: Option<Duration>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), DataError> {
    set.remotes().iter().try_for_each(|remote| file(remote, folder, within, progress).map(|_| ()))
}

/// Fetches a file into `folder`, unless it is there with the right length, and gives its path.
///
/// The file first has a name that ends in `.part`. It gets its own name when its length and its digest are right and the disk has
/// it. A fetch that was interrupted is continued. An address is tried until nothing more arrives from it or its
/// time, `within`, is over. Then the next one is tried. Two programs do not fetch the same file at the same time.
///
/// An address need not be encrypted, since the digest decides whether a file is trusted. A redirection from `https` to an address
/// without encryption is not followed.
///
/// **Errors:** [`DataError::Fetch`], with the fault at each address and where to put the file by hand; [`DataError::Write`]; and if
/// something else with the name of the file is there.
pub fn file(
    remote: &Remote,
    folder: &Path,
    within: Option<Duration>,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, DataError> {
    let path = folder.join(remote.file);
    let within = within.unwrap_or_else(|| enough(remote.bytes));
    match fs::metadata(&path) {
        Ok(there) if there.is_file() && there.len() == remote.bytes => return Ok(path),
        // Nothing that was fetched is ever left cut short, so the file is somebody's own.
        Ok(there) => {
            let expected =
                format!("a file of {} bytes, or none: files of others are never overwritten", remote.bytes);
            let got = if there.is_file() { format!("{} bytes", there.len()) } else { "a folder".into() };
            let remedy = "another folder, or moving away what is there";
            return Err(DataError::refused(path.display().to_string(), expected, got, remedy));
        }
        Err(_) => {}
    }
    let part = folder.join(format!("{}.part", remote.file));
    let unwritten = |cause| DataError::Write { name: part.display().to_string(), cause };
    fs::create_dir_all(folder).map_err(unwritten)?;
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&part);
    let mut arriving =
        Arriving { remote, file: opened.map_err(unwritten)?, digest: Sha256::new(), there: 0, progress };
    if arriving.file.try_lock().is_err() {
        let (expected, got) =
            ("a file that no other program is fetching", "a file that another program is fetching");
        return Err(DataError::refused(
            part.display().to_string(),
            expected,
            got,
            "waiting for that program",
        ));
    }
    arriving.take_up().map_err(unwritten)?;
    let mut faults = String::new();
    for url in remote.urls {
        match arriving.fetch(url, &Deadline::after(within)) {
            Ok(()) => {
                arriving.file.sync_all().and_then(|()| fs::rename(&part, &path)).map_err(unwritten)?;
                return Ok(path);
            }
            Err(Fault::Write(cause)) => return Err(unwritten(cause)),
            Err(Fault::There(fault)) => faults += &format!("\n            {url}: {fault}"),
        }
    }
    Err(DataError::Fetch {
        file: remote.file.to_owned(),
        folder: folder.display().to_string(),
        bytes: remote.bytes,
        sha256: remote.sha256.to_owned(),
        faults,
    })
}

/// Whether a file is the one that was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its length and digest are right.
    Right,
    /// It is not in the folder.
    Absent,
    /// It has this length instead.
    Length(u64),
    /// It has the right length, and this SHA-256 instead of its own.
    Digest(String),
}

/// Compares the length and the digest of a file in `folder` with the expected ones.
///
/// **Errors:** if the file is there and cannot be read.
///
/// ```
/// use toddle_data::{Set, fetch};
/// let remote = &Set::named("kmnist")?.remotes()[0];
/// assert_eq!(fetch::verify(remote, "no such folder".as_ref())?, fetch::Verdict::Absent);
/// # Ok::<(), toddle_data::DataError>(())
/// ```
pub fn verify(remote: &Remote, folder: &Path) -> Result<Verdict, DataError> {
    let path = folder.join(remote.file);
    let unread = |cause| DataError::read(&path, cause);
    let mut file = match File::open(&path) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Verdict::Absent),
        file => file.map_err(unread)?,
    };
    let length = file.metadata().map_err(unread)?.len();
    if length != remote.bytes {
        return Ok(Verdict::Length(length));
    }
    let (mut digest, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer).map_err(unread)? {
            0 => break,
            read => digest.update(&buffer[..read]),
        }
    }
    let digest = hexadecimal(digest);
    Ok(if digest == remote.sha256 { Verdict::Right } else { Verdict::Digest(digest) })
}

fn hexadecimal(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What stops a fetch.
enum Fault {
    /// At the address; the next one may do better.
    There(String),
    /// Here.
    Write(io::Error),
}

impl From<ureq::Error> for Fault {
    fn from(error: ureq::Error) -> Fault {
        Fault::There(error.to_string())
    }
}

/// The time that an address has.
struct Deadline {
    within: Duration,
    end: Option<Instant>,
}

impl Deadline {
    fn after(within: Duration) -> Deadline {
        Deadline { within, end: Instant::now().checked_add(within) }
    }

    /// The time that is left.
    ///
    /// **Errors:** if there is none.
    fn left(&self) -> Result<Duration, Fault> {
        let left = self.end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
        if left.is_zero() { Err(Fault::There(format!("not all within {:?}", self.within))) } else { Ok(left) }
    }
}

/// A file of which `there` bytes, whose digest is known, have arrived.
struct Arriving<'a, 'p> {
    remote: &'a Remote<'a>,
    file: File,
    digest: Sha256,
    there: u64,
    progress: &'p mut dyn FnMut(Progress),
}

impl Arriving<'_, '_> {
    /// Takes up what an earlier run left.
    fn take_up(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            match self.file.read(&mut buffer)? {
                0 => break,
                read => {
                    self.digest.update(&buffer[..read]);
                    self.there += read as u64;
                }
            }
        }
        if self.there > self.remote.bytes { self.begin_again() } else { Ok(()) }
    }

    fn begin_again(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        (self.digest, self.there) = (Sha256::new(), 0);
        Ok(())
    }

    /// Asks one address until the file is whole or nothing more comes.
    fn fetch(&mut self, url: &str, deadline: &Deadline) -> Result<(), Fault> {
        let config = Agent::config_builder()
            .https_only(url.starts_with("https:"))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(ANSWER))
            .user_agent(concat!("toddle/", env!("CARGO_PKG_VERSION")));
        let agent = Agent::new_with_config(config.build());
        let taken_up = self.there > 0;
        while self.there < self.remote.bytes {
            let before = self.there;
            let cut = self.ask(&agent, url, deadline)?;
            if self.there < self.remote.bytes && self.there <= before {
                deadline.left()?;
                return Err(Fault::There(cut.unwrap_or(format!("only {} bytes", self.there))));
            }
        }
        let digest = hexadecimal(self.digest.clone());
        if digest != self.remote.sha256 {
            self.begin_again().map_err(Fault::Write)?;
            // What was there before may be at fault.
            return if taken_up {
                self.fetch(url, deadline)
            } else {
                Err(Fault::There(format!("a file of SHA-256 {digest}")))
            };
        }
        Ok(())
    }

    /// Asks once for what is missing, and gives what cut the answer off, if anything did.
    fn ask(&mut self, agent: &Agent, url: &str, deadline: &Deadline) -> Result<Option<String>, Fault> {
        // Compressed in transit, its bytes could not be counted.
        let request = agent.get(url).header(header::ACCEPT_ENCODING, "identity");
        let mut request = request.config().timeout_recv_body(Some(deadline.left()?)).build();
        if self.there > 0 {
            request = request.header(header::RANGE, format!("bytes={}-", self.there));
        }
        let mut response = request.call()?;
        let range = response.headers().get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok());
        let goes_on = response.status() == StatusCode::PARTIAL_CONTENT
            && range.is_some_and(|range| range.starts_with(&format!("bytes {}-", self.there)));
        if !goes_on {
            self.begin_again().map_err(Fault::Write)?;
        }
        self.receive(response.body_mut(), deadline)
    }

    fn receive(&mut self, body: &mut Body, deadline: &Deadline) -> Result<Option<String>, Fault> {
        let mut reader = body.as_reader();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = match reader.read(&mut buffer) {
                Ok(0) => return Ok(None),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Some(error.to_string())),
            };
            if self.there + read as u64 > self.remote.bytes {
                self.begin_again().map_err(Fault::Write)?;
                return Err(Fault::There(format!("more than {} bytes", self.remote.bytes)));
            }
            self.file.write_all(&buffer[..read]).map_err(Fault::Write)?;
            self.digest.update(&buffer[..read]);
            self.there += read as u64;
            if self.there < self.remote.bytes {
                deadline.left()?;
            }
            (self.progress)(Progress { file: self.remote.file, there: self.there, bytes: self.remote.bytes });
        }
    }
}
