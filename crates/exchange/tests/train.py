"""Trains with the source of toddle. Each line of the input is a training as JSON, and each line of the output its losses."""

import json
import sys

import torch
import safetensors.torch

torch.set_num_threads(1)
for line in sys.stdin:
    asked = json.loads(line)
    module: dict = {"print": lambda *_: None}
    exec(compile(asked["source"], "network.py", "exec"), module)
    network = module["Network"]()
    network.load_state_dict(safetensors.torch.load(bytes(asked["weights"])))
    rows = len(asked["x"]) // asked["inputs"]
    x, t = (torch.tensor(asked[name]).reshape(rows, -1) for name in "xt")
    module["train"](network, x, t)
    with torch.no_grad():
        print(json.dumps(network(x).flatten().tolist()), flush=True)
