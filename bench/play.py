#!/usr/bin/env python3
"""Measures `toddle play`: the answers of a model over loopback, from a stroke to the maps, and what a page that watches costs.

Run it after `cargo build --release`, with wrk on the path and nothing else on the machine:
`python bench/play.py RUN bench/runs/DAY-CPU/play.json`. RUN is a run of experiments/lenet5.toml.
"""
import base64
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[1]
TODDLE = os.environ.get("TODDLE", str(ROOT / "target/release/toddle"))
ROUNDS = 5

# A request of one digit as an array of NumPy.
REQUEST = """
local file = io.open(os.getenv("DIGIT"), "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/x-npy"
file:close()
"""


@contextlib.contextmanager
def play(*args):
    """The command, under way, and its address."""
    command = [TODDLE, "play", "--no-browser", *args]
    with tempfile.TemporaryDirectory() as home:
        child = subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            yield urllib.parse.urlparse(child.stdout.readline().strip())
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait()


def digit():
    """A picture of 28×28 as an NPY file."""
    numbers = [0.9 if 10 < i % 28 < 15 and 4 < i // 28 < 24 else 0.0 for i in range(784)]
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 784), }"
    head = f"{head:<117}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + struct.pack("<784f", *numbers)


def milliseconds(text):
    """The time of a line of wrk, such as 1.25ms."""
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[unit]


def load(address, connections, folder):
    """Answers a second, and the latencies, of so many connections at a time."""
    script = folder / "request.lua"
    script.write_text(REQUEST)
    (folder / "digit.npy").write_bytes(digit())
    command = ["wrk", "-t1", f"-c{connections}", "-d5s", "--latency", "-s", str(script), f"http://{address.netloc}/v1/predict"]
    env = {**os.environ, "DIGIT": str(folder / "digit.npy")}
    text = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in text, text
    latency = {part: milliseconds(re.search(rf"{part}%\s+(\S+)", text).group(1)) for part in (50, 99)}
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    return {"answers_per_second": rate, "p50_ms": latency[50], "p99_ms": latency[99]}


class Page:
    """A page that asks."""

    def __init__(self, address):
        self.address = address
        self.connection = http.client.HTTPConnection(address.netloc)

    def ask(self, ask):
        headers = {"Content-Type": "application/json"}
        self.connection.request("POST", self.address.path + "ask", json.dumps(ask), headers)
        return json.loads(self.connection.getresponse().read())

    def watch(self, is_over):
        """Reads the events until it is over."""
        watcher = http.client.HTTPConnection(self.address.netloc)
        watcher.request("GET", self.address.path + "events")
        response = watcher.getresponse()
        while not is_over.is_set():
            response.readline()
        watcher.close()


def stroke(page):
    """Milliseconds from a drawing to the values of all layers."""
    ink = bytes(255 if 100 < i % 280 < 150 and 40 < i // 280 < 240 else 0 for i in range(280 * 280))
    drawn = {"shape": [280, 280], "u8": base64.b64encode(ink).decode()}
    times = []
    for _ in range(50):
        start = time.perf_counter()
        answer = page.ask({"ask": "trace", "input": {"drawn": drawn}})
        times.append(1e3 * (time.perf_counter() - start))
        assert answer["answer"] == "trace", answer
    return times


def watched(page, seconds=4.0):
    """Steps a second of a training, without a page and with one that watches, in turn."""
    rates = {"alone": [], "watched": []}
    page.ask({"ask": "change", "epochs": 1000})
    page.ask({"ask": "train", "do": "start"})
    time.sleep(1)
    for _ in range(ROUNDS):
        for name in rates:
            is_over = threading.Event()
            watcher = threading.Thread(target=page.watch, args=(is_over,))
            if name == "watched":
                watcher.start()
            first, start = page.ask({"ask": "news"}), time.perf_counter()
            time.sleep(seconds)
            last, end = page.ask({"ask": "news"}), time.perf_counter()
            assert first["state"] == last["state"] == "running", last
            rates[name].append((last["step"] - first["step"]) / (end - start))
            is_over.set()
            if name == "watched":
                watcher.join()
    page.ask({"ask": "train", "do": "pause"})
    return {**rates, "cost": statistics.median(1 - w / a for a, w in zip(rates["alone"], rates["watched"]))}


def main():
    run, file = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, play("--api", os.path.abspath(run)) as address:
        loads = {n: [load(address, n, pathlib.Path(folder)) for _ in range(ROUNDS)] for n in (1, 16)}
    with play(str(ROOT / "experiments/lenet5.toml")) as address:
        page = Page(address)
        times, training = stroke(page), watched(page)
    cpu = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    text = {
        "command": "python bench/play.py " + " ".join(sys.argv[1:]),
        "machine": {"cpu": cpu, "cores": os.cpu_count()},
        "commit": commit,
        "load_average": os.getloadavg(),
        "predict": [{"connections": n, "rounds": rounds} for n, rounds in loads.items()],
        "stroke_ms": {"median": statistics.median(times), "most": max(times), "all": times},
        "training": training,
    }
    pathlib.Path(file).write_text(json.dumps(text, indent=1) + "\n")
    for n, rounds in loads.items():
        rate, p99 = (statistics.median(r[key] for r in rounds) for key in ("answers_per_second", "p99_ms"))
        print(f"{n} connections: {rate:.0f} answers/s, 99th percentile {p99:.2f} ms")
    print(f"a stroke: {statistics.median(times):.1f} ms; a page that watches costs {100 * training['cost']:.1f} %")


if __name__ == "__main__":
    main()
