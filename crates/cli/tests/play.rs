//! `toddle play`: the page's server, from its start to a signal, and clients that mean it harm.
#![cfg(unix)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{experiment, succeed, toddle};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The command, under way.
struct Play {
    child: Child,
    /// `127.0.0.1:PORT`
    host: String,
    /// `/TOKEN/`, or `/v1/`
    base: String,
}

impl Play {
    fn start(args: &[&str], within: &Path) -> Play {
        let mut command = toddle(&["play", "--no-browser", "--threads", "2"]);
        command.args(args).current_dir(within).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program starts");
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).expect("a line");
        let rest = url.trim().strip_prefix("http://").expect("an address");
        let (host, base) = rest.split_once('/').expect("a path");
        Play { child, host: host.into(), base: format!("/{base}") }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.host).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// The status and the body of a request with these headers.
    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, String) {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            head += &format!("Host: {}\r\n", self.host);
        }
        headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
        head += &format!("Content-Length: {}\r\n\r\n", body.len());
        let mut stream = self.connect();
        stream.write_all(head.as_bytes()).unwrap();
        // A server that refuses the head may not read the body.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        (status, answer.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned()))
    }

    fn ask(&self, ask: &Value) -> Value {
        let path = format!("{}ask", self.base);
        let headers = [("Content-Type", "application/json")];
        let (status, body) = self.request("POST", &path, &headers, ask.to_string().as_bytes());
        assert_eq!(status, 200, "{ask}: {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    fn wait_for(&self, state: &str) -> Value {
        let begun = Instant::now();
        loop {
            let news = self.ask(&json!({ "ask": "news" }));
            if news["state"] == state {
                return news;
            }
            assert!(begun.elapsed() < Duration::from_secs(300), "{news}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends a signal. Returns the exit code, and how long it took to end.
    fn signal(mut self, signal: &str) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        let status = Command::new("kill").args(["-s", signal, &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
        let code = self.child.wait().unwrap().code();
        (code, begun.elapsed())
    }

    /// The memory of the process, in bytes.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().split(' ').next().unwrap().parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An experiment of some seconds, in `within/small.toml`.
fn small(within: &Path) -> String {
    let text = fs::read_to_string(experiment("lenet5.toml")).unwrap();
    let text = text.replace("set = \"mnist\"", "set = \"mnist\"\nfirst = 640\nvalidation = { samples = 64 }");
    let file = within.join("small.toml");
    fs::write(&file, text.replace("epochs = 10", "epochs = 3")).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn a_training_through_the_page_has_the_digest_of_the_command() {
    let home = TempDir::new().unwrap();
    let file = small(home.path());
    let output = succeed(toddle(&["train", &file, "--json", "--quiet", "--out", "other"]).current_dir(&home));
    let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();

    let play = Play::start(&[&file], home.path());
    let hello = play.ask(&json!({ "ask": "hello" }));
    assert_eq!(hello["open"]["halves"]["train"], 576);
    assert_eq!(play.ask(&json!({ "ask": "train", "do": "start" }))["answer"], "news");
    let news = play.wait_for("done");
    assert_eq!(news["weights_sha256"], outcome["weights_sha256"]);

    // Several pages see the same training, by events too.
    let mut stream = play.connect();
    write!(stream, "GET {}events HTTP/1.1\r\nHost: {}\r\n\r\n", play.base, play.host).unwrap();
    let data = BufReader::new(stream).lines().map_while(Result::ok);
    let event = data.into_iter().find_map(|line| line.strip_prefix("data: ").map(str::to_owned)).unwrap();
    let event: Value = serde_json::from_str(&event).unwrap();
    assert_eq!((&event["answer"], &event["weights_sha256"]), (&json!("news"), &news["weights_sha256"]));

    // The end keeps it as a run, whose model has the same weights.
    let (code, took) = play.signal("INT");
    assert_eq!(code, Some(130));
    assert!(took < Duration::from_secs(2), "{took:?}");
    let model = |run: &str| fs::read(home.path().join(run).join("model.safetensors")).unwrap();
    let runs: Vec<_> = fs::read_dir(home.path().join("runs")).unwrap().collect();
    assert_eq!(runs.len(), 1);
    let weights = |file: Vec<u8>| {
        let header = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        file[8 + header..].to_vec()
    };
    assert_eq!(weights(model("runs/lenet5")), weights(model("other")));
    succeed(toddle(&["eval", "runs/lenet5", "--json"]).current_dir(&home));
    // Its metrics are those of the command, except for the time.
    let metrics = |run: &str| -> Vec<(String, f64)> {
        let text = fs::read_to_string(home.path().join(run).join("metrics.csv")).unwrap();
        let rows = text.lines().skip(1).map(|line| line.rsplit_once(',').unwrap());
        rows.map(|(row, seconds)| (row.to_owned(), seconds.parse().unwrap())).collect()
    };
    let rows = |of: Vec<(String, f64)>| of.into_iter().map(|(row, _)| row).collect::<Vec<_>>();
    assert!(metrics("runs/lenet5").iter().all(|(_, seconds)| *seconds > 0.0));
    assert_eq!(rows(metrics("runs/lenet5")), rows(metrics("other")));

    // The run can be opened again, with its weights and its film.
    let play = Play::start(&["runs/lenet5"], home.path());
    let hello = play.ask(&json!({ "ask": "hello" }));
    assert_eq!((&hello["open"]["from"], &hello["runs"]), (&json!("run"), &json!(["runs/lenet5"])));
    let again = play.ask(&json!({ "ask": "news" }));
    assert_eq!((&again["state"], &again["weights_sha256"]), (&json!("done"), &news["weights_sha256"]));
    let film = play.ask(&json!({ "ask": "film", "run": "runs/lenet5" }));
    assert_eq!(film["frames"].as_array().unwrap().len(), 4);
    let play = Play::start(&["runs/lenet5/model.safetensors"], home.path());
    let input = json!({ "half": "test", "index": 0 });
    assert_eq!(play.ask(&json!({ "ask": "hello" }))["open"]["trains"], false);
    let (status, _) = play.request(
        "POST",
        &format!("{}ask", play.base),
        &[("Content-Type", "application/json")],
        json!({ "ask": "trace", "input": input }).to_string().as_bytes(),
    );
    assert_eq!(status, 400, "a model alone has no samples");
}

#[test]
fn a_signal_ends_a_training_in_two_seconds_and_keeps_it() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let home = TempDir::new().unwrap();
        let play = Play::start(&[&experiment("lenet5.toml")], home.path());
        play.ask(&json!({ "ask": "train", "do": "start" }));
        while play.ask(&json!({ "ask": "news" }))["step"].as_u64().unwrap() < 3 {}
        let (ended, took) = play.signal(signal);
        assert_eq!(ended, Some(code));
        assert!(took < Duration::from_secs(2), "{signal}: {took:?}");
        let args =
            ["train", "--resume", "runs/lenet5", "--set", "train.epochs=10", "--set", "train.time_limit=1"];
        succeed(toddle(&args).arg("--quiet").current_dir(&home));
    }
}

#[test]
fn other_sites_hosts_and_addresses_are_refused() {
    let home = TempDir::new().unwrap();
    let play = Play::start(&[], home.path());
    let hello = br#"{ "ask": "hello" }"#;
    let (ask, kind) = (format!("{}ask", play.base), ("Content-Type", "application/json"));
    let status = |path: &str, headers: &[(&str, &str)]| play.request("POST", path, headers, hello).0;
    assert_eq!(status(&ask, &[kind]), 200);
    assert_eq!(status(&ask, &[kind, ("Origin", &format!("http://{}", play.host))]), 200);
    let port = play.host.rsplit_once(':').unwrap().1;
    assert_eq!(status(&ask, &[kind, ("Host", &format!("localhost:{port}"))]), 200);
    for header in [
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
        ("Host", "evil.example"),
        ("Host", &format!("evil.example:{port}")),
        ("Sec-Fetch-Site", "cross-site"),
    ] {
        assert_eq!(status(&ask, &[kind, header]), 403, "{header:?}");
    }
    assert_eq!(status(&ask, &[("Content-Type", "text/plain")]), 415, "what a form of another site can send");
    let remedy = |path: &str, headers: &[(&str, &str)]| {
        let (_, body) = play.request("POST", path, headers, hello);
        serde_json::from_str::<Value>(&body).unwrap()["error"]["try"].as_str().unwrap().to_owned()
    };
    assert!(remedy(&ask, &[]).contains("header"));
    assert!(remedy("/ask", &[kind]).contains("the address that toddle play has printed"));
    // A body that breaks off.
    let head = format!("POST {ask} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n", play.host);
    let answer = throw(&play, format!("{head}Content-Length: 1000\r\n\r\n{{").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 400") || answer.is_empty(), "{answer}");
    let answer = throw(&play, format!("{head}Content-Length: 99999999\r\n\r\n").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("a smaller picture"), "{answer}");
    for path in ["/ask", "/", "/0123456789abcdef0123456789abcdef/ask", "/v1/predict"] {
        assert_eq!(status(path, &[kind]), 404, "{path}");
    }
    for path in ["../Cargo.toml", "%2e%2e/%2e%2e/etc/passwd", "..%2f..%2fetc%2fpasswd", "nothing.js"] {
        assert_eq!(play.request("GET", &format!("{}{path}", play.base), &[], b"").0, 404, "{path}");
    }
    let mut stream = play.connect();
    write!(stream, "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", play.base, play.host).unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    assert!(page.contains("content-security-policy: default-src 'none'") && page.contains("<!doctype html>"));
}

#[test]
fn there_are_so_many_sessions_and_no_more() {
    let home = TempDir::new().unwrap();
    let play = Play::start(&[], home.path());
    let path = format!("{}session", play.base);
    let mut names = Vec::new();
    let full = loop {
        match play.request("POST", &path, &[], b"") {
            (200, body) => names.push(serde_json::from_str::<Value>(&body).unwrap()["session"].clone()),
            full => break full,
        }
        assert!(names.len() < 100);
    };
    assert_eq!((full.0, names.len()), (503, 63));
    // A session of its own does not see the shared one.
    let path = format!("{}ask?session={}", play.base, names[7].as_str().unwrap());
    let headers = [("Content-Type", "application/json")];
    let (status, body) = play.request("POST", &path, &headers, br#"{ "ask": "hello" }"#);
    assert_eq!(status, 200);
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["open"], Value::Null);
    assert_eq!(play.request("POST", &format!("{}ask?session=x", play.base), &headers, b"{}").0, 404);
}

#[test]
fn a_model_answers_programs_with_the_bits_of_predict() {
    let home = TempDir::new().unwrap();
    let file = small(home.path());
    succeed(toddle(&["train", &file, "--quiet", "--out", "run"]).current_dir(&home));
    let digit: Vec<u8> =
        (0..784).map(|i| if (i % 28) / 3 == 4 && (4..24).contains(&(i / 28)) { 250 } else { 0 }).collect();
    common::png(&home.path().join("one.png"), 28, 28, png::ColorType::Grayscale, &digit);
    let output = succeed(toddle(&["predict", "run", "one.png", "--json"]).current_dir(&home));
    let expected: Value = serde_json::from_slice(&output.stdout).unwrap();

    let play = Play::start(&["--api", "run"], home.path());
    let predict = |kind: &str, body: &[u8]| -> Value {
        let (status, body) = play.request("POST", "/v1/predict", &[("Content-Type", kind)], body);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<Value>(&body).unwrap()["predictions"].clone()
    };
    let of_picture = predict("image/png", &fs::read(home.path().join("one.png")).unwrap());
    let text = expected.to_string();
    let probability = of_picture[0]["probability"].to_string();
    assert!(text.contains(&probability), "{probability} in {text}");
    let numbers: Vec<f32> = digit.iter().map(|&byte| f32::from(byte) / 255.0).collect();
    let inputs = json!({ "inputs": vec![numbers.clone(); 3] }).to_string();
    let of_numbers = predict("application/json", inputs.as_bytes());
    assert_eq!(of_numbers.as_array().unwrap().len(), 3);
    for n in 0..3 {
        assert_eq!(of_numbers[n], of_picture[0], "the same bits alone and together");
    }
    assert_eq!(predict("text/plain", inputs.as_bytes()), of_numbers, "JSON is known by its first letter");
    let (status, body) = play.request("GET", "/v1/predict", &[], b"");
    assert!(status == 404 && body.contains("/v1/openapi.json"), "{body}");
    let mut npy = b"\x93NUMPY\x01\x00".to_vec();
    let head = format!("{:<117}\n", "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 784), }");
    npy.extend((head.len() as u16).to_le_bytes());
    npy.extend(head.as_bytes());
    npy.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
    assert_eq!(predict("application/x-npy", &npy), of_picture);

    for (kind, body) in [
        ("application/json", &b"{ \"inputs\": [[1, 2]] }"[..]),
        ("application/json", b"{ \"inputs\": [] }"),
        ("application/json", b"[[[["),
        ("image/png", b"\x89PNG\r\n\x1a\nrubbish"),
        ("application/x-npy", b"\x93NUMPY\x01\x00rubbish"),
    ] {
        let (status, body) = play.request("POST", "/v1/predict", &[("Content-Type", kind)], body);
        assert_eq!(status, 400, "{body}");
        assert!(serde_json::from_str::<Value>(&body).unwrap()["error"]["what"].is_string());
    }
    let (status, body) = play.request("GET", "/v1/openapi.json", &[], b"");
    assert_eq!(status, 200);
    assert!(serde_json::from_str::<Value>(&body).unwrap()["paths"]["/v1/predict"].is_object());
}

/// How long clients mean harm: some seconds, or as many as `TODDLE_HOSTILE_SECONDS` says.
fn hostile_time() -> Duration {
    let seconds = std::env::var("TODDLE_HOSTILE_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(4))
}

/// A number that is different for every `n`.
fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 31)
}

/// Sends bytes, and waits for the server to answer or to close.
fn throw(play: &Play, bytes: &[u8]) -> String {
    let mut stream = play.connect();
    let _ = stream.write_all(bytes).and_then(|()| stream.shutdown(Shutdown::Write));
    let mut answer = vec![0; 1 << 16];
    let count = stream.read(&mut answer).unwrap_or(0);
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

/// Bodies that are no asks, or asks that cannot be answered.
fn wrong_asks() -> Vec<String> {
    let array = |shape: &str, elements: &str| {
        format!(
            r#"{{ "ask": "trace", "input": {{ "values": {{ "shape": {shape}, "f32": "{elements}" }} }} }}"#
        )
    };
    vec![
        "".into(),
        "{".into(),
        "null".into(),
        "[".repeat(100_000),
        "{\"ask\":".repeat(50_000),
        format!(r#"{{ "ask": "change", "layers": {}{} }}"#, "[".repeat(120), "]".repeat(120)),
        r#"{ "ask": "nothing" }"#.into(),
        r#"{ "ask": "hello", "more": 1 }"#.into(),
        r#"{ "ask": "change", "rate": NaN }"#.into(),
        r#"{ "ask": "change", "rate": 1e999 }"#.into(),
        r#"{ "ask": "change", "batch": -1 }"#.into(),
        r#"{ "ask": "change", "epochs": 18446744073709551616 }"#.into(),
        array("[1]", "AADAfw=="),
        array("[18446744073709551615, 2]", ""),
        array("[2]", "!!!"),
        r#"{ "ask": "boundary", "columns": 1000000000, "rows": 1000000000 }"#.into(),
        r#"{ "ask": "weights", "parameter": "\u0000../../etc/passwd" }"#.into(),
        r#"{ "ask": "open", "points": { "count": 1e18 } }"#.into(),
        "\u{feff}{ \"ask\": \"hello\" }".into(),
    ]
}

#[test]
fn clients_that_mean_harm_are_refused_and_others_are_answered() {
    let home = TempDir::new().unwrap();
    let play = Play::start(&[], home.path());
    let (over, harmed, answered) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let is_over = || over.load(Ordering::Relaxed);
    let input = json!({ "values": { "shape": [2], "f64": "AAAAAAAA8D8AAAAAAAAAQA==" } });
    let trace = json!({ "ask": "trace", "input": input });
    let expected = play.ask(&trace);
    let (ask, host) = (format!("{}ask", play.base), play.host.clone());
    let head = format!("POST {ask} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
    let begin = Instant::now();
    let mut memory = 0;
    thread::scope(|scope| {
        // Asks that are wrong, and bytes that are nothing.
        for thread in 0..3u64 {
            let (play, head, harmed, is_over) = (&play, &head, &harmed, &is_over);
            scope.spawn(move || {
                let asks = wrong_asks();
                let mut n = thread;
                while !is_over() {
                    n += 3;
                    let answer = match n % 4 {
                        0 => {
                            let bytes: Vec<u8> = (0..200).map(|i| mixed(n * 1000 + i) as u8).collect();
                            throw(play, &[&bytes[..], b"\r\n\r\n"].concat())
                        }
                        1 => {
                            let both = "Content-Length: 4\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n{}";
                            throw(play, format!("{head}{both}").as_bytes())
                        }
                        2 => throw(play, format!("{head}Content-Length: 99999999999\r\n\r\n").as_bytes()),
                        _ => {
                            let body = &asks[n as usize / 4 % asks.len()];
                            throw(play, format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes())
                        }
                    };
                    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
                    harmed.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        // Clients that send slowly, or nothing at all.
        let (play, is_over, head) = (&play, &is_over, &head);
        scope.spawn(move || {
            let mut idle: Vec<TcpStream> = (0..500).map(|_| play.connect()).collect();
            let mut slow: Vec<TcpStream> = (0..20).map(|_| play.connect()).collect();
            let text = format!("{head}Content-Length: 1000\r\n\r\n");
            let mut n = 0;
            while !is_over() {
                for (k, stream) in slow.iter_mut().enumerate() {
                    let at = (n + 10 * k) % text.len();
                    if stream.write_all(&text.as_bytes()[at..at + 1]).is_err() {
                        *stream = play.connect();
                    }
                }
                n += 1;
                let k = n % idle.len();
                idle[k] = play.connect();
                thread::sleep(Duration::from_millis(20));
            }
        });
        // And one that means no harm.
        scope.spawn(|| {
            while !is_over() {
                let begun = Instant::now();
                assert_eq!(play.ask(&trace), expected);
                assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
        // After a while everything that is needed once has its memory.
        let time = hostile_time();
        thread::sleep(time / 2);
        memory = play.memory();
        thread::sleep((begin + time).saturating_duration_since(Instant::now()));
        over.store(true, Ordering::Relaxed);
    });
    let (harmed, answered, after) = (harmed.into_inner(), answered.into_inner(), play.memory());
    println!(
        "{harmed} hostile requests, {answered} answers, {} MB, then {} MB",
        memory / 1_000_000,
        after / 1_000_000
    );
    assert!(harmed > 50 && answered > 20, "{harmed} hostile requests, {answered} answers");
    // In some seconds, memory that is needed once is not there at half of the time.
    let once = if hostile_time() < Duration::from_secs(60) { 8e6 } else { 0.0 };
    assert!(after as f64 <= 1.1 * memory as f64 + once, "{memory} bytes, then {after}");
    assert_eq!(play.ask(&trace), expected);
    assert_eq!(play.signal("TERM").0, Some(143));
}

/// The folder `modules` with files of WebAssembly that nothing reads.
fn modules(home: &Path) {
    fs::create_dir(home.join("modules")).unwrap();
    for name in ["toddle.js", "toddle_bg.wasm", "toddle-simd128.js", "toddle-simd128_bg.wasm"] {
        fs::write(home.join("modules").join(name), "module").unwrap();
    }
}

#[test]
fn the_page_as_a_folder_is_written_again_and_replaces_nothing_else() {
    let home = TempDir::new().unwrap();
    modules(home.path());
    let write = |folder: &str| {
        let args = ["play", "--static", folder, "--modules", "modules"];
        toddle(&args).current_dir(home.path()).output().expect("the program starts")
    };
    fs::create_dir(home.path().join("mine")).unwrap();
    fs::write(home.path().join("mine/index.html"), "<p>mine</p>").unwrap();
    let refused = write("mine");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("`mine` has other files"));
    assert_eq!(fs::read_dir(home.path().join("mine")).unwrap().count(), 1);

    for _ in 0..2 {
        assert!(write("site").status.success());
    }
    for name in ["index.html", "app.js", "worker.js", "toddle.js", "toddle_bg.wasm.gz", "MNIST.md"] {
        assert!(home.path().join("site").join(name).is_file(), "{name}");
    }
}

#[test]
fn without_webassembly_the_command_says_how_to_build_it() {
    let home = TempDir::new().unwrap();
    modules(home.path());
    fs::remove_file(home.path().join("modules/toddle_bg.wasm")).unwrap();
    let args = ["play", "--static", "site", "--modules", "modules"];
    let refused = toddle(&args).current_dir(home.path()).output().expect("the program starts");
    let message = String::from_utf8_lossy(&refused.stderr);
    assert!(message.contains("at `modules`") && message.contains(".ci/wasm"), "{message}");
    assert!(!home.path().join("site").exists());
}
