//! Fetching, against servers on this machine that do what servers do.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use toddle_data::{DataError, Remote, fetch};

/// What a server does with a request.
#[derive(Clone, Copy)]
enum Behaviour {
    /// Sends what is asked for.
    Right,
    /// Promises all and stops after this many bytes, of what is asked for.
    CutAfter(usize),
    /// As `CutAfter`, but sends from the beginning, whatever is asked for.
    CutAfterFromStart(usize),
    /// Sends all, whatever is asked for.
    IgnoresRange,
    NotFound,
    /// Sends a byte at a time, and waits after each, until nobody listens.
    Drips,
    OneMore,
    Damaged,
}

/// A server that behaves so to one request after the other, and then stops; gives its address and, when it has stopped,
/// the requests' `Range` headers.
fn serve(content: Vec<u8>, behaviours: &[Behaviour]) -> (String, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/file.bin", listener.local_addr().unwrap());
    let behaviours = behaviours.to_vec();
    let answer = move |behaviour: Behaviour| {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let range = headers
            .iter()
            .find_map(|line| line.to_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
        let asked = range.as_ref().and_then(|range| range.trim_end_matches('-').parse::<usize>().ok());
        let from = match behaviour {
            Behaviour::IgnoresRange | Behaviour::CutAfterFromStart(_) => 0,
            _ => asked.unwrap_or(0),
        };
        let mut body = content[from..].to_vec();
        let promised = body.len() + usize::from(matches!(behaviour, Behaviour::OneMore));
        match behaviour {
            Behaviour::CutAfter(length) | Behaviour::CutAfterFromStart(length) => body.truncate(length),
            Behaviour::OneMore => body.push(0),
            Behaviour::Damaged => body[0] ^= 1,
            _ => {}
        }
        let head = match (behaviour, from) {
            (Behaviour::NotFound, _) => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n".to_owned(),
            (_, 0) => format!("HTTP/1.1 200 OK\r\nContent-Length: {promised}\r\n"),
            (_, from) => format!(
                "HTTP/1.1 206 Partial Content\r\nContent-Length: {promised}\r\nContent-Range: bytes {from}-{}/{}\r\n",
                content.len() - 1,
                content.len()
            ),
        };
        let mut body = if matches!(behaviour, Behaviour::NotFound) { Vec::new() } else { body };
        let drops =
            if matches!(behaviour, Behaviour::Drips) { std::mem::take(&mut body) } else { Vec::new() };
        let _ = stream.write_all(&[head.as_bytes(), b"Connection: close\r\n\r\n", &body].concat());
        for drop in drops {
            thread::sleep(Duration::from_millis(20));
            if stream.write_all(&[drop]).is_err() {
                break;
            }
        }
        range.unwrap_or_default()
    };
    (url, thread::spawn(move || behaviours.into_iter().map(answer).collect()))
}

fn content() -> Vec<u8> {
    (0..200_000_u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The file, what each server was asked for, and how far it had come.
type Fetched = (Result<Vec<u8>, DataError>, Vec<Vec<String>>, Vec<u64>);

/// Fetches from the servers of these behaviours, one after the other.
fn fetch_from(folder: &TempDir, servers: &[&[Behaviour]]) -> Fetched {
    fetch_within(None, folder, servers)
}

/// As [`fetch_from`], with so much time for an address.
fn fetch_within(within: Option<Duration>, folder: &TempDir, servers: &[&[Behaviour]]) -> Fetched {
    let (urls, threads): (Vec<_>, Vec<_>) =
        servers.iter().map(|behaviours| serve(content(), behaviours)).unzip();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let sha256 = sha256(&content());
    let remote = Remote { file: "file.bin", urls: &urls, bytes: content().len() as u64, sha256: &sha256 };
    let mut progress = Vec::new();
    let fetched = fetch::file(&remote, folder.path(), within, &mut |at| progress.push(at.there));
    let ranges = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    (fetched.map(|path| fs::read(path).unwrap()), ranges, progress)
}

fn folder() -> TempDir {
    TempDir::new().unwrap()
}

fn part_is_left(folder: &TempDir) -> bool {
    assert!(!folder.path().join("file.bin").exists());
    fs::metadata(folder.path().join("file.bin.part")).is_ok_and(|part| part.len() > 0)
}

#[test]
fn a_file_arrives_and_is_not_asked_for_again() {
    let folder = folder();
    let (fetched, ranges, progress) = fetch_from(&folder, &[&[Behaviour::Right]]);
    assert_eq!((fetched.unwrap(), ranges), (content(), vec![vec![String::new()]]));
    assert!(progress.is_sorted() && progress.last() == Some(&200_000));
    assert!(fetch_from(&folder, &[&[]]).0.is_ok()); // from a server that answers nothing
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_cut_is_gone_on_with() {
    let behaviours = [Behaviour::CutAfter(70_000), Behaviour::CutAfter(50_000), Behaviour::Right];
    let (fetched, ranges, _) = fetch_from(&folder(), &[&behaviours]);
    assert_eq!(fetched.unwrap(), content());
    assert_eq!(ranges, [["", "70000-", "120000-"]]);
}

#[test]
fn an_address_that_sends_a_byte_at_a_time_is_given_up() {
    let (start, folder, second) = (Instant::now(), folder(), Duration::from_secs(1));
    let (fetched, ..) = fetch_within(Some(second), &folder, &[&[Behaviour::Drips]]);
    let message = fetched.unwrap_err().to_string();
    assert!(message.contains("not all within 1s"), "{message}");
    assert!(part_is_left(&folder));
    // The next address goes on from there.
    let servers: [&[Behaviour]; 2] = [&[Behaviour::Drips], &[Behaviour::Right]];
    let (fetched, ranges, _) = fetch_within(Some(second), &folder, &servers);
    assert_eq!(fetched.unwrap(), content());
    assert!(ranges[1][0].ends_with('-'), "{ranges:?}");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn what_an_earlier_run_left_is_gone_on_with() {
    let folder = folder();
    fs::write(folder.path().join("file.bin.part"), &content()[..1000]).unwrap();
    let (fetched, ranges, _) = fetch_from(&folder, &[&[Behaviour::Right]]);
    assert_eq!((fetched.unwrap(), ranges), (content(), vec![vec!["1000-".to_owned()]]));
}

#[test]
fn what_an_earlier_run_left_may_be_damaged() {
    let folder = folder();
    fs::write(folder.path().join("file.bin.part"), [7; 1000]).unwrap();
    let (fetched, ranges, _) = fetch_from(&folder, &[&[Behaviour::Right, Behaviour::Right]]);
    assert_eq!((fetched.unwrap(), ranges), (content(), vec![vec!["1000-".to_owned(), String::new()]]));
}

#[test]
fn a_server_that_ignores_ranges_begins_again() {
    let (fetched, ranges, _) =
        fetch_from(&folder(), &[&[Behaviour::CutAfter(70_000), Behaviour::IgnoresRange]]);
    assert_eq!((fetched.unwrap(), ranges), (content(), vec![vec![String::new(), "70000-".to_owned()]]));
    // One that never gets further is given up, after the first try that brings no more than the one before.
    let stuck = [Behaviour::CutAfterFromStart(70_000); 2];
    assert!(matches!(fetch_from(&folder(), &[&stuck]).0, Err(DataError::Fetch { .. })));
}

#[test]
fn the_next_address_is_tried() {
    for first in [Behaviour::NotFound, Behaviour::OneMore, Behaviour::Damaged] {
        let (fetched, _, _) = fetch_from(&folder(), &[&[first], &[Behaviour::Right]]);
        assert_eq!(fetched.unwrap(), content());
    }
}

#[test]
fn what_is_wrong_is_said_with_the_addresses() {
    for (behaviour, fault) in [
        (Behaviour::NotFound, "404"),
        (Behaviour::OneMore, "more than 200000 bytes"),
        (Behaviour::Damaged, "SHA-256"),
    ] {
        let folder = folder();
        let message = fetch_from(&folder, &[&[behaviour]]).0.unwrap_err().to_string();
        assert!(message.starts_with("cannot fetch `file.bin`") && message.contains(fault), "{message}");
        assert!(
            message.contains("http://127.0.0.1") && message.contains(&folder.path().display().to_string())
        );
        assert!(!part_is_left(&folder));
    }
    let folder = folder();
    let cut = [Behaviour::CutAfter(1000), Behaviour::CutAfter(0)];
    assert!(fetch_from(&folder, &[&cut]).0.is_err() && part_is_left(&folder)); // to go on with
}

#[test]
fn nobody_there_is_said_too() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/file.bin", listener.local_addr().unwrap());
    drop(listener);
    let remote = Remote { file: "file.bin", urls: &[&url], bytes: 1, sha256: "" };
    let folder = folder();
    let message = fetch::file(&remote, folder.path(), None, &mut |_| {}).unwrap_err().to_string();
    assert!(message.contains(&url) && message.contains("by hand"), "{message}");
}

#[test]
fn two_do_not_fetch_the_same_file() {
    let folder = folder();
    let part = fs::File::create(folder.path().join("file.bin.part")).unwrap();
    part.lock().unwrap();
    let message = fetch_from(&folder, &[&[]]).0.unwrap_err().to_string();
    assert!(message.contains("another program"), "{message}");
}
