"""Figures as they come: checked, taken while the machine is at its best, and appended to a file at once."""
import json
import math
import os
import resource
import subprocess
import time

import works

from . import ROOT

# A moment is calm when two threads reach so much of the best that they have reached in this run...
CALM = 0.9
# ...and other processes take less of a core than this.
FOREIGN = 0.1
# Losses of the first steps agree to this share, outputs to this distance; later steps magnify roundings.
AGREEING_STEPS = 5
TOLERANCE = {"f32": 1e-3, "f64": 1e-9}


class Log:
    """A file of JSON lines, which a resumed run reads back."""

    def __init__(self, file):
        self.file = file
        self.lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def append(self, **line):
        self.lines.append(line)
        with open(self.file, "a") as file:
            file.write(json.dumps(line) + "\n")

    def find(self, **wanted):
        return [line for line in self.lines if all(line.get(key) == value for key, value in wanted.items())]


def identity(program, **more):
    return dict(peer=program.peer, work=program.work, number=program.number, variant=program.variant, **more)


def ran(program, scratch, *more):
    """The lines that a program prints, or None and what it said instead."""
    command = program.command(scratch, *more)
    done = subprocess.run(command, env=program.environment(scratch), capture_output=True, text=True)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        return None, (done.stderr or done.stdout)[-2000:]
    return lines, ""


def check(program, reference, scratch, log):
    """Whether the program computes what the reference does: returns its losses or outputs, or None."""
    known = log.find(kind="check", **identity(program))
    if not known:
        lines, error = ran(program, scratch, "--check")
        numbers = lines and (lines[0].get("losses") or lines[0]["outputs"])
        wrong = error or disagreement(program, numbers, reference or numbers)
        log.append(kind="check", **identity(program), wrong=wrong, numbers=numbers)
        known = log.lines[-1:]
    return None if known[0]["wrong"] else known[0]["numbers"]


def disagreement(program, numbers, reference):
    """What is wrong with the numbers, or nothing."""
    if not all(map(math.isfinite, numbers)):
        return "some numbers are not finite"
    tolerance = TOLERANCE[program.number]
    if program.work.startswith("W6"):
        far = max(abs(a - b) for a, b in zip(numbers, reference, strict=True))
        return f"an output differs by {far}" if far > tolerance else ""
    pairs = list(zip(numbers, reference, strict=True))[:AGREEING_STEPS]
    far = max(abs(a - b) / abs(b) for a, b in pairs)
    if far > tolerance:
        return f"a loss differs by {far:.1e} of it"
    quarter = len(numbers) // 4
    first, last = sum(numbers[:quarter]) / quarter, sum(numbers[-quarter:]) / quarter
    return "" if last < first else f"the loss went from {first} to {last}"


class Canary:
    """Says how fast the machine is just now."""

    def __init__(self, log, patience):
        self.patience = patience
        self.best = max((line["canary"][0] for line in log.find(kind="figure")), default=0.0)

    def sing(self):
        command = [ROOT / "target/release/toddle-bench", "canary", "--threads", "2"]
        gflops = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["gflops"]
        self.best = max(self.best, gflops)
        return gflops

    def wait(self):
        """Until the machine is calm, if that does not take too long."""
        end = time.monotonic() + self.patience
        while (gflops := self.sing()) < CALM * self.best and time.monotonic() < end:
            time.sleep(1)
        return gflops


def measure(program, turn, settings, scratch, log, canary):
    """Takes a program's figures of one round, unless the log has them."""
    if log.find(kind="figure", **identity(program, round=turn, kept=True)) or log.find(kind="failure", **identity(program)):
        return
    for attempt in range(1, settings["tries"] + 1):
        before = canary.wait()
        load = Load()
        lines, error = ran(program, scratch, "--seconds", settings["seconds"], "--seed", turn if program.work == "W7" else 0)
        foreign = load.foreign()
        after = canary.sing()
        if lines is None or not all(math.isfinite(line.get("loss", 0.0)) for line in lines):
            log.append(kind="failure", **identity(program), round=turn, error=error or "the loss is not finite")
            return
        calm = min(before, after) >= CALM * canary.best and foreign < FOREIGN
        kept = calm or attempt == settings["tries"]
        for line in lines:
            log.append(kind="figure", **identity(program, round=turn, kept=kept), **line, threads=program.threads, calm=calm,
                       canary=[round(before, 1), round(after, 1)], foreign=round(foreign, 3))
        if kept:
            return


class Load:
    """How busy this machine's CPUs are with what is not ours."""

    def __init__(self):
        self.begin = self.now()

    def now(self):
        user, nice, system, _, _, *rest = map(int, open("/proc/stat").readline().split()[1:9])
        ours = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return time.monotonic(), (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK"), ours

    def foreign(self):
        seconds, busy, ours = (end - begin for begin, end in zip(self.begin, self.now()))
        return max(0.0, busy - ours) / seconds
