//! `toddle play`: the page that shows a network at work, with a server or as a folder of files, and a server of answers.
//!
//! | file | idea |
//! |---|---|
//! | `mod.rs` | the command, from its start to a signal |
//! | `shelf.rs` | what pages may open: the experiments, and what the command line names |
//! | `keep.rs` | what was trained, as a run's folder |
//! | `folder.rs` | the page as a folder of files for a web server |

mod folder;
mod keep;
mod shelf;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{env, io};

use clap::Args;
use toddle::Machine;
use toddle_data::Model;
use toddle_play::Fault;
use toddle_play::protocol::{Open, PointSettings};
use toddle_play::server::{Server, Settings};
use toddle_run::error::Error;

use self::shelf::Given;
use crate::ending::Ending;
use crate::interrupt::Interrupt;
use crate::output::{note, print};

/// See a network at work in a browser: draw, step through it, train it
#[derive(Args, Clone, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// Runs' folders, experiments or models; the first one is opened
    #[arg(value_name = "RUN|FILE")]
    pub from: Vec<PathBuf>,

    /// Answer programs instead of showing the page: POST /v1/predict asks the network of the run
    #[arg(long, requires = "from")]
    pub api: bool,

    /// Write the page as a folder of files for any web server; the networks then run in the browser
    #[arg(long = "static", value_name = "DIR", conflicts_with_all = ["from", "api", "port", "listen", "no_browser", "threads"])]
    pub folder: Option<PathBuf>,

    /// The folder with the WebAssembly for --static [default: page, beside the command or one folder above]
    #[arg(long, value_name = "DIR", requires = "folder")]
    pub modules: Option<PathBuf>,

    /// The port [default: any that is free]
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        hide_default_value = true,
        allow_negative_numbers = true
    )]
    pub port: u16,

    /// Listen at this address instead of 127.0.0.1, so that other machines can connect; 0.0.0.0 is every address
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), hide_default_value = true)]
    pub listen: IpAddr,

    /// Print the address, and open no browser
    #[arg(long)]
    pub no_browser: bool,

    /// The number of threads of a training [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    pub threads: Option<u32>,
}

const AFTER_HELP: &str = "\
Without a run or a file, a small network that learns points is open, and the page offers the experiments. The page listens only \
on this machine, at an address with a random part that nobody can guess. It loads nothing from elsewhere. A page can open what the \
command line names and what is in the program, and no other file.

Ctrl-C ends the command. The network that is open and was trained is then kept as a new run in the folder runs. A trained network is \
also kept when the page opens another one instead. It is not kept when the page resets it or gives it other layers, and networks \
that learn points are never kept.

--api answers programs: numbers as JSON, pictures, or arrays of NumPy. GET /v1/openapi.json describes it. There is no random part \
in this address: with --listen, everybody who reaches the machine can ask.

--static writes the page into a folder, which a web server can offer to a class. Everything then runs in the browser of each reader, \
on the first 2,000 digits of MNIST and with the same bits as here. `.ci/wasm` in the source of toddle builds the WebAssembly that \
--static needs.

Examples:
  toddle play
  toddle play runs/lenet5
  toddle play experiments/lenet5.toml --no-browser --port 8000
  toddle play --api runs/lenet5 --port 8000
  toddle play --static site";

/// How long a session of one page lives without an ask.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// The time between two looks for a signal.
const LOOK: Duration = Duration::from_millis(50);

/// Runs the command.
pub fn run(options: &Options) -> Result<Ending, Error> {
    if let Some(folder) = &options.folder {
        folder::write(folder, options.modules.as_deref())?;
        return Ok(Ending::Complete);
    }
    let machine = Machine::detect()?;
    let machine = machine.threads(options.threads.map_or(machine.threads, |threads| threads as usize));
    let interrupt = Interrupt::listen();
    let server = if options.api { api(options)? } else { page(options, machine)? };
    print(&format!("{}\n", server.url()))?;
    if !options.listen.is_loopback() {
        let text = format!(
            "listening at {}: other machines can connect; everybody who knows the address above can use it",
            server.address()
        );
        note(false, &text);
    }
    if !options.api && !options.no_browser && open_browser(&server.url()).is_err() {
        note(false, "no browser could be opened: open the address above");
    }
    note(false, "Ctrl-C ends it");
    while !interrupt.heard() {
        std::thread::sleep(LOOK);
    }
    let left = server.end();
    if left > 0 {
        note(false, &format!("error: {left} sessions did not end in time: what they trained is not kept"));
    }
    Ok(Ending::Interrupted(interrupt.exit_code()))
}

/// Opens `url` in the browser that the environment names, or else in that of the desktop.
fn open_browser(url: &str) -> io::Result<()> {
    match env::var("BROWSER") {
        Ok(browser) if !browser.is_empty() => open::with_detached(url, browser),
        _ => open::that_detached(url),
    }
}

/// The server of the page.
fn page(options: &Options, machine: Machine) -> Result<Server, Error> {
    let shelf = Given::new(&options.from)?;
    let open =
        shelf.first().unwrap_or_else(|| Open { points: Some(PointSettings::default()), ..Open::default() });
    let settings = Settings {
        listen: options.listen,
        port: options.port,
        shelf: Arc::new(shelf),
        open: Some(open),
        machine,
        keep: Arc::new(move |kept| keep::keep(kept, &machine)),
        idle: IDLE,
    };
    Server::start(settings).map_err(error)
}

/// The server that answers programs.
fn api(options: &Options) -> Result<Server, Error> {
    let [run] = &options.from[..] else {
        return Err(Error::Refused {
            what: "one network answers".into(),
            expected: "one run".into(),
            got: format!("{} runs", options.from.len()),
            remedy: "a server for each run, each with a --port".into(),
        });
    };
    Server::start_api(options.listen, options.port, Model::open(run)?).map_err(error)
}

/// An error of the page as one of the command.
fn error(Fault { what, expected, got, remedy, .. }: Fault) -> Error {
    Error::Refused { what, expected, got, remedy }
}
