"""What the Python programs share: options, data, the clock, and the line that each measurement prints."""
import argparse
import itertools
import json
import resource
import time

import numpy as np

import works


def options(*variants):
    """The command line; `variants` are the program's own switches."""
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=works.WORKS)
    parser.add_argument("--data", required=True, help="folder of the raw MNIST files and the weights files")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2, help="how long a measurement is to take")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--f64", action="store_true")
    parser.add_argument("--check", action="store_true", help="print losses or outputs, for comparison; no dropout")
    for variant in variants:
        parser.add_argument(variant, action="store_true")
    chosen = parser.parse_args()
    chosen.network = works.network(chosen.work)
    chosen.number = "f64" if chosen.f64 else "f32"
    return chosen


def idx(path, header):
    return np.fromfile(path, np.uint8)[header:]


def mnist(data, split):
    """Images, n x 1 x 28 x 28 numbers from 0 to 1, and labels, of "train" or "t10k"."""
    images = idx(f"{data}/{split}-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28)
    return images.astype(np.float32) / np.float32(255), idx(f"{data}/{split}-labels-idx1-ubyte", 8).astype(np.int64)


def samples(chosen):
    """What the workload trains on; W8's images are digits with a border of two, the same in three channels."""
    x, y = mnist(chosen.data, "train")
    count = works.SAMPLES[chosen.network]
    x, y = x[:count], y[:count]
    if chosen.network == "W8":
        x = np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2))).repeat(3, axis=1)
    return x.astype(np.float64 if chosen.f64 else np.float32), y


def weights(chosen):
    """The arrays that training begins with: convolutions OIHW, dense layers input x output."""
    numbers = np.fromfile(f"{chosen.data}/{chosen.network}-{chosen.seed}.f32", np.float32)
    numbers = numbers.astype(np.float64 if chosen.f64 else np.float32)
    shapes = works.ARRAYS[chosen.network]
    ends = list(itertools.accumulate(int(np.prod(shape)) for shape in shapes))
    assert ends[-1] == len(numbers), "the weights file is the network's"
    return [part.reshape(shape) for part, shape in zip(np.split(numbers, ends[:-1]), shapes)]


def channels_last(chosen, arrays):
    """The same weights for images with their channels last: convolutions HWIO, and dense inputs in that order."""
    arrays = [a.transpose(2, 3, 1, 0) if a.ndim == 4 else a for a in arrays]
    if chosen.network in works.FLATTENED:
        first = next(i for i, a in enumerate(arrays) if a.ndim == 2)
        chw = arrays[first].reshape(*works.FLATTENED[chosen.network], -1)
        arrays[first] = chw.transpose(1, 2, 0, 3).reshape(arrays[first].shape)
    return arrays


def report(**line):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(dict(line, peak_mib=round(peak, 1))), flush=True)


def pace(run, seconds):
    """Seconds a step, over about so many seconds, and what the last run returned; run(n) makes n steps and waits for them."""
    for _ in range(2):
        run(1)
    steps, took = 1, 0.0
    while took < seconds / 4:
        steps *= 2 if took else 1
        start = time.perf_counter()
        run(steps)
        took = time.perf_counter() - start
    steps = max(1, round(steps * seconds / took))
    start = time.perf_counter()
    last = run(steps)
    return (time.perf_counter() - start) / steps, last


def report_training(chosen, seconds_a_batch, loss):
    if chosen.network == "W1":
        report(metric="seconds_per_epoch", value=seconds_a_batch * works.SAMPLES["W1"], loss=loss)
    else:
        report(metric="samples_per_second", value=works.BATCH[chosen.network] / seconds_a_batch, loss=loss)


def train(chosen, step, value):
    """Checks or times a training: step(first) trains on the batch that begins there, value(loss) waits for its loss."""
    firsts = itertools.cycle(range(0, works.SAMPLES[chosen.network], works.BATCH[chosen.network]))
    if chosen.check:
        steps = works.CHECKED_STEPS.get(chosen.network, 20)
        report(losses=[value(step(next(firsts))) for _ in range(steps)])
        return

    def run(steps):
        for _ in range(steps):
            loss = step(next(firsts))
        return value(loss)

    report_training(chosen, *pace(run, chosen.seconds))


def infer(chosen, predict):
    """Checks or times predict(first, count), which returns the outputs of so many test images as an array."""
    if chosen.check:
        report(outputs=predict(0, works.CHECKED_IMAGES).astype(float).ravel().tolist())
    elif chosen.work == "W6-one":
        times = []
        for i in range(2200):
            start = time.perf_counter()
            predict(i, 1)
            times.append((time.perf_counter() - start) * 1e6)
        times = sorted(times[200:])
        report(metric="latency_us_median", value=times[1000])
        report(metric="latency_us_p99", value=times[1980])
    else:
        firsts = itertools.cycle(range(0, 9984, 256))

        def run(batches):
            for _ in range(batches):
                predict(next(firsts), 256)

        report(metric="samples_per_second", value=256 / pace(run, chosen.seconds)[0])


def reach_99(steps_of_epoch, accuracy):
    """Seconds of training until 99 % of the test images are right; steps_of_epoch() yields after each step."""
    seconds, steps = 0.0, 0
    while steps < works.MOST_STEPS:
        start = time.perf_counter()
        for _ in steps_of_epoch():
            steps += 1
            if steps % works.STEPS_TO_TEST == 0:
                seconds += time.perf_counter() - start
                right = accuracy()
                if right >= 0.99:
                    report(metric="seconds_to_99", value=seconds, steps=steps, accuracy=right)
                    return
                start = time.perf_counter()
        seconds += time.perf_counter() - start
    raise SystemExit(f"99 % were not reached in {steps} steps")
