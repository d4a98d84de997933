"""Runs modules of PyTorch."""

import torch
import safetensors.torch


def answer(file: bytes, question: dict, x: np.ndarray) -> np.ndarray:
    module, weights = module_of(file)
    network = module["Network"]()
    network.load_state_dict(safetensors.torch.load(weights))
    network.eval()
    with torch.no_grad():
        outputs = network(*(torch.tensor(port) for port in ports(question, x)))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    return np.hstack([y.numpy().reshape(len(x), -1) for y in outputs])


torch.set_num_threads(1)
serve(f"torch {torch.__version__}", answer)
