//! `toddle sweep` as its users meet it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// XOR with so many epochs, and a sweep over it.
fn home(epochs: usize, sweep: &str) -> TempDir {
    let home = TempDir::new().expect("a temporary folder");
    let xor = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments/xor.toml");
    let xor = fs::read_to_string(xor).expect("an experiment");
    let lines = xor.lines().map(|line| match line.starts_with("epochs") {
        true => format!("epochs = {epochs}\ncheckpoint_every = 40"),
        false => line.to_owned(),
    });
    fs::write(home.path().join("xor.toml"), lines.collect::<Vec<_>>().join("\n")).expect("a file");
    let head = "version = 1\nname = \"rates\"\nexperiment = \"xor.toml\"\ngoal = \"loss\"\n";
    fs::write(home.path().join("rates.toml"), format!("{head}{sweep}")).expect("a file");
    home
}

const GRID: &str = "method = \"grid\"\nseeds = [0, 1]\n[space]\n\
                    \"train.optimizer.rate\" = { from = 0.01, to = 1, scale = \"logarithmic\", steps = 3 }\n\
                    \"train.batch\" = [1, 4]\n";

fn sweep(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_toddle"));
    command.args(["sweep", "rates.toml", "--threads", "1"]).args(args).current_dir(home);
    command.env_remove("TODDLE_SIMD").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What the command prints.
fn succeed(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let [out, note] =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success(), "{command:?}: {note}");
    out
}

fn fail(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{command:?}: {message}");
    message
}

fn table(home: &Path, out: &str) -> String {
    fs::read_to_string(home.join(out).join("table.csv")).expect("a table")
}

/// The result files, by name.
fn results(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries =
        fs::read_dir(folder.join("results")).into_iter().flatten().map(|entry| entry.expect("an entry"));
    let files = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    let files = files.filter(|(name, _)| !name.starts_with('.'));
    files.filter_map(|(name, path)| Some((name, fs::read(path).ok()?))).collect()
}

#[test]
fn the_results_do_not_depend_on_who_trained() {
    let home = home(60, GRID);
    let printed = succeed(&mut sweep(home.path(), &["--out", "alone"]));
    assert!(printed.contains("12 of 12 trainings are done"), "{printed}");
    assert_eq!(table(home.path(), "alone").lines().count(), 13);
    let report = fs::read_to_string(home.path().join("alone/report.html")).expect("a report");
    assert!(report.contains("train.optimizer.rate") && report.matches("<path").count() > 18, "{report}");

    let processes: Vec<Child> =
        (0..3).map(|_| sweep(home.path(), &["--out", "shared"]).spawn().expect("a process")).collect();
    for process in processes {
        let output = process.wait_with_output().expect("its end");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(table(home.path(), "shared"), table(home.path(), "alone"));

    // A trial is a run like any other, without a report of its own.
    assert!(home.path().join("alone/trials/0001/model.safetensors").exists());
    assert!(!home.path().join("alone/trials/0001/report.html").exists());
    let train = ["train", "xor.toml", "--quiet", "--out", "one", "--set", "train.optimizer.rate=0.1"];
    let more = ["--set", "train.batch=4", "--set", "seed=1"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_toddle"));
    let json = succeed(command.args(train).args(more).args(["--json"]).current_dir(home.path()));
    let rows = table(home.path(), "alone");
    let row = rows.lines().find(|row| row.contains(",1,4,0.1,")).expect("the trial");
    let sha256 = row.rsplit(',').next().expect("a digest");
    assert_eq!(sha256.len(), 64, "{row}");
    assert!(json.contains(sha256), "{row}: {json}");
}

#[test]
fn halving_trains_the_best_longer() {
    let text = "method = \"sobol\"\npoints = 9\nhalving = { epochs = 5, factor = 3 }\n[space]\n\
                \"train.optimizer.rate\" = { from = 0.001, to = 1, scale = \"logarithmic\" }\n";
    let home = home(45, text);
    succeed(&mut sweep(home.path(), &["--quiet"]));
    let folder = home.path().join("sweeps/rates");
    let names: Vec<String> = results(&folder).into_keys().collect();
    let of = |epochs: &str| names.iter().filter(|name| name.ends_with(epochs)).count();
    assert_eq!([of("-5.json"), of("-15.json"), of("-45.json")], [9, 3, 1], "{names:?}");

    // The winner has the weights of a training without pauses.
    let rows = table(home.path(), "sweeps/rates");
    let winner = rows.lines().find(|row| row.contains(",45,")).expect("a winner");
    let cells: Vec<&str> = winner.split(',').collect();
    let rate = format!("train.optimizer.rate={}", cells[3]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_toddle"));
    let args = ["train", "xor.toml", "--quiet", "--json", "--set", &rate, "--out", "one"];
    let json = succeed(command.args(args).current_dir(home.path()));
    assert!(json.contains(cells.last().expect("a digest")), "{winner}: {json}");

    // The folder is enough to go on, and a complete sweep stays as it is.
    let before = results(&folder);
    let mut again = Command::new(env!("CARGO_BIN_EXE_toddle"));
    let printed = succeed(again.args(["sweep", "sweeps/rates", "--quiet"]).current_dir(home.path()));
    assert!(printed.contains("13 of 13 trainings are done"), "{printed}");
    assert_eq!(results(&folder), before);
}

#[test]
fn a_training_that_fails_is_a_result() {
    let text = "method = \"grid\"\n[space]\n\"train.optimizer.rate\" = [0.1, 1e300]\n";
    let home = home(60, text);
    let printed = succeed(&mut sweep(home.path(), &[]));
    assert!(printed.contains("2 of 2 trainings are done") && printed.contains("failed"), "{printed}");
    assert!(
        table(home.path(), "sweeps/rates").lines().nth(2).expect("a row").contains("out of range"),
        "{printed}"
    );
}

/// A table of two classes, with so many rows.
fn rows(count: usize) -> String {
    let rows =
        (0..count).map(|n| format!("{},{},{}\n", n % 7, n % 5, ["low", "high"][usize::from(n % 7 > 3)]));
    format!("a,b,class\n{}", rows.collect::<String>())
}

/// A sweep over trainings with a table, `data/t.csv`.
fn home_of_table(epochs: usize, space: &str) -> TempDir {
    let home = home(1, &format!("method = \"grid\"\n[space]\n{space}"));
    fs::create_dir(home.path().join("data")).expect("a folder");
    fs::write(home.path().join("data/t.csv"), rows(60)).expect("a table");
    let text = format!(
        "version = 1\nname = \"t\"\n[data]\ncsv = \"data/t.csv\"\ntarget = \"class\"\nvalidation = {{ fraction = 0.2 }}\n[network]\n\
         layers = [{{ kind = \"dense\", outputs = 2 }}]\n[train]\nloss = \"cross_entropy\"\noptimizer = {{ kind = \"sgd\", rate = 0.1 }}\nepochs = {epochs}\n"
    );
    fs::write(home.path().join("xor.toml"), text).expect("an experiment");
    home
}

#[test]
fn trials_of_other_data_are_not_compared() {
    let home = home_of_table(1, "\"train.batch\" = [1, 2, 4]\n");
    succeed(&mut sweep(home.path(), &[]));
    // Another process comes when the table has changed, and a result is missing.
    let folder = home.path().join("sweeps/rates/results");
    let last = results(home.path().join("sweeps/rates").as_path()).into_keys().next_back().expect("a result");
    fs::remove_file(folder.join(last)).expect("a result");
    fs::remove_dir_all(home.path().join("sweeps/rates/trials/0003")).expect("a run");
    fs::write(home.path().join("data/t.csv"), rows(50)).expect("a table");
    let output = sweep(home.path(), &[]).output().expect("the program");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && message.contains("have changed since the sweep began"), "{message}");
    assert_eq!(results(&home.path().join("sweeps/rates")).len(), 2);
    fs::write(home.path().join("data/t.csv"), rows(60)).expect("a table");
    succeed(&mut sweep(home.path(), &[]));
}

#[test]
fn paths_of_the_space_are_relative_to_the_sweep() {
    let home = home_of_table(1, "\"data.csv\" = [\"data/t.csv\", \"data/u.csv\"]\n");
    fs::write(home.path().join("data/u.csv"), rows(40)).expect("a table");
    let elsewhere = home.path().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_toddle"));
    let printed = succeed(command.args(["sweep", "../rates.toml", "--quiet"]).current_dir(&elsewhere));
    assert!(printed.contains("2 of 2 trainings are done"), "{printed}");
    let trial =
        fs::read_to_string(elsewhere.join("sweeps/rates/trials/0002/experiment.toml")).expect("a file");
    let there = home.path().join("data").canonicalize().expect("a folder");
    assert!(
        trial.contains("data/u.csv")
            && trial.contains(&*there.file_name().expect("a name").to_string_lossy()),
        "{trial}"
    );
    // The folder alone goes on, from everywhere.
    succeed(
        Command::new(env!("CARGO_BIN_EXE_toddle"))
            .args(["sweep", "elsewhere/sweeps/rates"])
            .current_dir(home.path()),
    );
}

#[test]
fn trials_that_cannot_begin_are_results() {
    let space = "\"network.layers.1.outputs\" = [2, 3]\n\"data.csv\" = [\"data/t.csv\", \"data/bad.csv\"]\n";
    let home = home_of_table(1, space);
    fs::write(home.path().join("data/bad.csv"), "a,b\n1,2\n3,4\n").expect("a table");
    let printed = succeed(&mut sweep(home.path(), &[]));
    assert!(printed.contains("4 of 4 trainings are done"), "{printed}");
    assert_eq!(printed.matches("failed").count(), 3, "{printed}");
    // If all fail, there is no best one.
    let home = home_of_table(1, "\"network.layers.1.outputs\" = [3, 4]\n");
    let output = sweep(home.path(), &[]).output().expect("the program");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && message.contains("every training of the sweep has failed"),
        "{message}"
    );
}

#[test]
fn mistakes_are_explained() {
    let wrong = home(20, "method = \"grid\"\n[space]\n\"train.optimiser\" = [1]\n");
    let message = fail(&mut sweep(wrong.path(), &[]));
    assert!(message.contains("optimiser") && message.contains("optimizer"), "{message}");
    assert!(!wrong.path().join("sweeps").exists(), "nothing is written");

    for (rest, goal, says) in [
        ("[space]\n\"train.epochs\" = [20, 5]\n", "loss", "trial 2 has another number of epochs"),
        ("[space]\n\"train.time_limit\" = [3600]\n", "loss", "trial 1 has a time limit"),
        (
            "[space]\n\"train.batch\" = { from = 1, to = 4, steps = 1000000000000 }\n",
            "loss",
            "steps, from 2 to",
        ),
        ("[space]\n\"train.batch\" = [1]\n", "accuracy", "validation = { fraction = 0.1 }"),
        ("[space]\n\"train.batch\" = [1]\n", "validation_loss", "samples to validate with"),
    ] {
        let home = home(20, &format!("method = \"grid\"\n{rest}"));
        let file = home.path().join("rates.toml");
        let text = fs::read_to_string(&file).expect("the sweep");
        fs::write(&file, text.replace("goal = \"loss\"", &format!("goal = \"{goal}\""))).expect("a file");
        let message = fail(&mut sweep(home.path(), &[]));
        assert!(message.contains(says) && message.contains("\n  try "), "{message}");
        assert!(!home.path().join("sweeps").exists(), "nothing is written: {message}");
    }

    let home = home(20, GRID);
    let message = fail(
        Command::new(env!("CARGO_BIN_EXE_toddle")).args(["sweep", "none.toml"]).current_dir(home.path()),
    );
    assert!(message.contains("none.toml") && message.contains("\n  try "), "{message}");
    succeed(&mut sweep(home.path(), &["--slurm", "4"]));
    let script = fs::read_to_string(home.path().join("sweeps/rates/slurm.sh")).expect("a script");
    assert!(script.contains("--array=1-4") && script.contains("/sweeps/rates --threads 1"), "{script}");
    fs::write(
        home.path().join("rates.toml"),
        fs::read_to_string(home.path().join("rates.toml")).expect("it") + "\n# more\n",
    )
    .expect("a file");
    let message = fail(&mut sweep(home.path(), &[]));
    assert!(message.contains("the folder has another sweep"), "{message}");
}

/// A process that nobody waits for any more.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn thirty_kills_lose_nothing() {
    // So many epochs that no machine ends the sweep before ten kills.
    let home = home(4000, GRID);
    succeed(&mut sweep(home.path(), &["--out", "alone", "--quiet"]));
    let folder = home.path().join("killed");
    let start = || {
        let mut command = sweep(home.path(), &["--out", "killed", "--quiet"]);
        Worker(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process"))
    };
    let mut workers: Vec<Worker> = (0..3).map(|_| start()).collect();
    let mut random: u32 = 7;
    let mut kills = 0;
    for _ in 0..30 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        thread::sleep(Duration::from_millis(u64::from(random >> 16) % 80));
        let saved = results(&folder);
        kills += usize::from(saved.len() < 12);
        // A killed process cannot tidy up.
        workers[random as usize / 7 % 3] = start();
        let kept = results(&folder);
        assert!(saved.iter().all(|(name, result)| kept.get(name) == Some(result)), "a result was lost");
    }
    drop(workers);
    assert!(kills >= 10, "the sweep ended after {kills} kills");
    succeed(&mut sweep(home.path(), &["--out", "killed", "--quiet"]));
    assert_eq!(table(home.path(), "killed"), table(home.path(), "alone"));
}
