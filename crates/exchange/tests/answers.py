"""Compares the classes that a network gives in other programs with those of toddle, for the 10,000 test digits of MNIST.

    python answers.py TODDLE RUN...

Each run is exported to ONNX, PyTorch, Keras, C and Rust, as far as the other program is there. A line for each form says how many of the
answers are the same.
"""

import csv
import ctypes
import gzip
import importlib.util
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np

DIGITS = pathlib.Path(__file__).parents[3] / "data/mnist/t10k-images-idx3-ubyte.gz"


def module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def onnx(path, x):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def pytorch(path, x):
    import torch

    network = module(path).load(path.with_suffix(".pytorch.safetensors"))
    with torch.no_grad():
        return np.concatenate([network(part).numpy() for part in torch.from_numpy(x).split(500)])


def keras(path, x):
    network = module(path).load(path.with_suffix(".keras.npz"))
    return network.predict(x.transpose(0, 2, 3, 1), batch_size=500, verbose=0)


def c(path, x):
    library = path.with_suffix(".so")
    subprocess.run(["cc", "-O3", "-march=native", "-shared", "-fPIC", "-o", library, path], check=True)
    name = re.search(r"int (\w+_predict)\(", path.read_text())[1]
    predict = getattr(ctypes.CDLL(str(library)), name)
    y = np.zeros((len(x), 10), np.float32)
    pointer = ctypes.POINTER(ctypes.c_float)
    for one, out in zip(x, y):
        predict(one.ctypes.data_as(pointer), out.ctypes.data_as(pointer))
    return y


def rust(path, x):
    program = path.with_name("main.rs")
    program.write_text(
        f"""#[path = "{path}"] mod network;
use std::io::{{Read, Write}};
fn main() {{
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).unwrap();
    let x: Vec<f32> = bytes.chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    let (mut network, mut y) = (Box::new(network::Network::new()), [0.0; network::OUTPUTS]);
    for x in x.chunks(network::INPUTS) {{
        network.predict(x.try_into().unwrap(), &mut y);
        for y in y {{ std::io::stdout().write_all(&y.to_le_bytes()).unwrap(); }}
    }}
}}"""
    )
    binary = path.with_suffix("")
    subprocess.run(["rustc", "--edition=2024", "-Awarnings", "-O", "-Ctarget-cpu=native", "-o", binary, program], check=True)
    said = subprocess.run([binary], input=x.tobytes(), capture_output=True, check=True).stdout
    return np.frombuffer(said, np.float32).reshape(len(x), -1)


FORMS = {
    "onnx": ("onnx", onnx, lambda: importlib.util.find_spec("onnxruntime")),
    "pytorch": ("py", pytorch, lambda: importlib.util.find_spec("torch")),
    "keras": ("py", keras, lambda: importlib.util.find_spec("keras")),
    "c": ("c", c, lambda: shutil.which("cc")),
    "rust": ("rs", rust, lambda: shutil.which("rustc")),
}


def main():
    toddle, *runs = sys.argv[1:]
    digits = np.frombuffer(gzip.open(DIGITS).read(), np.uint8, offset=16).reshape(-1, 28, 28)
    for run in map(pathlib.Path, runs):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            np.save(folder / "digits.npy", digits)
            said = subprocess.run([toddle, "predict", run, folder / "digits.npy", "--csv"], capture_output=True, text=True, check=True)
            own = np.array([int(row["class"]) for row in csv.DictReader(io.StringIO(said.stdout))])
            scaling = None
            for form, (ending, ask, is_there) in FORMS.items():
                if not is_there():
                    continue
                (folder / form).mkdir()
                path = folder / form / f"network.{ending}"
                subprocess.run([toddle, "export", run, "--to", form, "--out", path, "--no-check"], capture_output=True, check=True)
                if form == "onnx":
                    import onnx as files

                    scaling = json.loads({at.key: at.value for at in files.load(path).metadata_props}["scaling"])
                x = digits[:, None].astype(np.float32) / np.float32(scaling["divisor"])
                if scaling.get("mean"):
                    x = (x - np.float32(scaling["mean"][0])) / np.float32(scaling["deviation"][0])
                answers = ask(path, np.ascontiguousarray(x)).argmax(1)
                print(f"{run.name:20} {form:8} {np.sum(answers == own):6} of {len(own)}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
