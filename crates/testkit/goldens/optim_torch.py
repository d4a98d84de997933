"""Ten steps of each optimizer, and whole schedules, by PyTorch; Lion, which it lacks, and RAdam, after the formula of its
paper, by NumPy.

    python optim_torch.py > optim_torch.json
"""

import json
import warnings

import numpy as np
import torch
from torch.optim import lr_scheduler as schedulers

SIZE, STEPS = 19, 10

def lion(start, gradients, dtype, rate, betas, decay):
    w, m = start.astype(dtype), np.zeros(SIZE, dtype)
    rate, decay, (a, b) = dtype(rate), dtype(decay), map(dtype, betas)
    for g in gradients.astype(dtype):
        update = np.sign(a * m + (1 - a) * g)
        w = w - rate * (update + decay * w)
        m = b * m + (1 - b) * g
    return w.astype(np.float64).tolist()


def radam(start, gradients, dtype, rate=1e-3, betas=(0.9, 0.999), epsilon=1e-8, decay=0.0, decoupled=False):
    w, m, v = start.astype(dtype), np.zeros(SIZE, dtype), np.zeros(SIZE, dtype)
    a, b = betas
    end = 2 / (1 - b) - 1
    for t, g in enumerate(gradients.astype(dtype), 1):
        if decoupled:
            w = w * dtype(1 - rate * decay)
        else:
            g = g + dtype(decay) * w
        m = dtype(a) * m + dtype(1 - a) * g
        v = dtype(b) * v + dtype(1 - b) * g * g
        step = m / dtype(1 - a**t)
        rho = end - 2 * t * b**t / (1 - b**t)
        if rho > 5:
            r = ((rho - 4) * (rho - 2) * end / ((end - 4) * (end - 2) * rho)) ** 0.5
            step = step * dtype(r * (1 - b**t) ** 0.5) / (np.sqrt(v) + dtype(epsilon))
        w = w - dtype(rate) * step
    return w.astype(np.float64).tolist()


# Settings as toddle writes them, and the same for PyTorch or for the function above.
OPTIMIZERS = [
    ({"kind": "sgd", "rate": 0.1}, torch.optim.SGD, {"lr": 0.1}),
    ({"kind": "sgd", "rate": 0.1, "weight_decay": 0.02}, torch.optim.SGD, {"lr": 0.1, "weight_decay": 0.02}),
    ({"kind": "sgd", "rate": 0.1, "momentum": 0.9}, torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    ({"kind": "sgd", "rate": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01}, torch.optim.SGD,
     {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01}),
    ({"kind": "adam"}, torch.optim.Adam, {}),
    ({"kind": "adam", "rate": 0.02, "betas": [0.8, 0.95], "epsilon": 0.001, "weight_decay": 0.1}, torch.optim.Adam,
     {"lr": 0.02, "betas": (0.8, 0.95), "eps": 0.001, "weight_decay": 0.1}),
    ({"kind": "adamw"}, torch.optim.AdamW, {}),
    ({"kind": "adamw", "rate": 0.02, "weight_decay": 0.3}, torch.optim.AdamW, {"lr": 0.02, "weight_decay": 0.3}),
    ({"kind": "nadam"}, torch.optim.NAdam, {}),
    ({"kind": "nadam", "rate": 0.01, "betas": [0.8, 0.95], "momentum_decay": 0.5, "weight_decay": 0.1}, torch.optim.NAdam,
     {"lr": 0.01, "betas": (0.8, 0.95), "momentum_decay": 0.5, "weight_decay": 0.1}),
    ({"kind": "rmsprop"}, torch.optim.RMSprop, {}),
    ({"kind": "rmsprop", "rate": 0.003, "decay": 0.9, "momentum": 0.7, "weight_decay": 0.1}, torch.optim.RMSprop,
     {"lr": 0.003, "alpha": 0.9, "momentum": 0.7, "weight_decay": 0.1}),
    ({"kind": "rmsprop", "rate": 0.003, "centered": True}, torch.optim.RMSprop, {"lr": 0.003, "centered": True}),
    ({"kind": "rmsprop", "rate": 0.003, "centered": True, "momentum": 0.7, "epsilon": 0.01}, torch.optim.RMSprop,
     {"lr": 0.003, "centered": True, "momentum": 0.7, "eps": 0.01}),
    ({"kind": "adagrad"}, torch.optim.Adagrad, {}),
    ({"kind": "adagrad", "rate": 0.1, "rate_decay": 0.2, "epsilon": 0.001, "weight_decay": 0.1}, torch.optim.Adagrad,
     {"lr": 0.1, "lr_decay": 0.2, "eps": 0.001, "weight_decay": 0.1}),
    ({"kind": "adadelta"}, torch.optim.Adadelta, {}),
    ({"kind": "adadelta", "rate": 0.5, "decay": 0.8, "epsilon": 0.001, "weight_decay": 0.1}, torch.optim.Adadelta,
     {"lr": 0.5, "rho": 0.8, "eps": 0.001, "weight_decay": 0.1}),
    ({"kind": "radam"}, radam, {}),
    ({"kind": "radam", "rate": 0.02, "betas": [0.8, 0.7], "epsilon": 0.001, "weight_decay": 0.1}, radam,
     {"rate": 0.02, "betas": (0.8, 0.7), "epsilon": 0.001, "decay": 0.1}),
    ({"kind": "radam", "rate": 0.02, "betas": [0.8, 0.95], "weight_decay": 0.3, "decoupled": True}, radam,
     {"rate": 0.02, "betas": (0.8, 0.95), "decay": 0.3, "decoupled": True}),
    ({"kind": "sgd", "rate": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}, torch.optim.SGD,
     {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    ({"kind": "adam", "rate": 0.02, "betas": [0.8, 0.6], "amsgrad": True}, torch.optim.Adam,
     {"lr": 0.02, "betas": (0.8, 0.6), "amsgrad": True}),
    ({"kind": "adamw", "rate": 0.02, "betas": [0.9, 0.5], "amsgrad": True, "weight_decay": 0.3}, torch.optim.AdamW,
     {"lr": 0.02, "betas": (0.9, 0.5), "amsgrad": True, "weight_decay": 0.3}),
    ({"kind": "nadam", "rate": 0.01, "betas": [0.8, 0.95], "weight_decay": 0.3, "decoupled": True}, torch.optim.NAdam,
     {"lr": 0.01, "betas": (0.8, 0.95), "weight_decay": 0.3, "decoupled_weight_decay": True}),
    ({"kind": "adagrad", "rate": 0.1, "initial_accumulator": 0.3}, torch.optim.Adagrad,
     {"lr": 0.1, "initial_accumulator_value": 0.3}),
    ({"kind": "adamax"}, torch.optim.Adamax, {}),
    ({"kind": "adamax", "rate": 0.02, "betas": [0.8, 0.6], "epsilon": 0.001, "weight_decay": 0.1}, torch.optim.Adamax,
     {"lr": 0.02, "betas": (0.8, 0.6), "eps": 0.001, "weight_decay": 0.1}),
    ({"kind": "lion"}, lion, {"rate": 1e-4, "betas": (0.9, 0.99), "decay": 0.0}),
    ({"kind": "lion", "rate": 0.01, "betas": [0.7, 0.8], "weight_decay": 0.3}, lion,
     {"rate": 0.01, "betas": (0.7, 0.8), "decay": 0.3}),
]


def by_torch(kind, settings, start, gradients, dtype):
    # NAdam keeps a product in the default type.
    torch.set_default_dtype(dtype)
    weights = torch.tensor(start, dtype=dtype, requires_grad=True)
    optimizer = kind([weights], foreach=False, **settings)
    for gradient in gradients:
        weights.grad = torch.tensor(gradient, dtype=dtype)
        optimizer.step()
    return weights.detach().double().tolist()


def optimizers():
    random = np.random.RandomState(0)
    start, gradients = random.uniform(-1, 1, SIZE), random.uniform(-1, 1, (STEPS, SIZE))
    # Gradients that both number types hold, so that what differs is the arithmetic alone.
    start, gradients = start.astype(np.float32).astype(np.float64), gradients.astype(np.float32).astype(np.float64)
    cases = []
    for written, kind, settings in OPTIMIZERS:
        if kind in (lion, radam):
            f32, f64 = (kind(start, gradients, dtype, **settings) for dtype in (np.float32, np.float64))
        else:
            f32, f64 = (by_torch(kind, settings, start, gradients, dtype) for dtype in (torch.float32, torch.float64))
        cases.append({"optimizer": written, "f32": f32, "f64": f64})
    numbers = {"start": start.tolist(), "gradients": gradients.tolist()}
    return numbers | {"cases": cases, "cycled": cycled(start, gradients)}


# Optimizers in a training of ten steps with the one-cycle schedule and its momentum.
CYCLED = [
    ({"kind": "sgd", "rate": 0.1, "momentum": 0.5}, torch.optim.SGD, {"lr": 0.1, "momentum": 0.5}),
    ({"kind": "rmsprop", "rate": 0.01, "momentum": 0.5}, torch.optim.RMSprop, {"lr": 0.01, "momentum": 0.5}),
    ({"kind": "adam", "rate": 0.02}, torch.optim.Adam, {"lr": 0.02}),
    ({"kind": "adamw", "rate": 0.02}, torch.optim.AdamW, {"lr": 0.02}),
    ({"kind": "adamax", "rate": 0.02}, torch.optim.Adamax, {"lr": 0.02}),
]


def cycled(start, gradients):
    cases = []
    for written, kind, settings in CYCLED:
        weights = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        optimizer = kind([weights], foreach=False, **settings)
        schedule = schedulers.OneCycleLR(optimizer, settings["lr"], STEPS)
        for step, gradient in enumerate(gradients):
            weights.grad = torch.tensor(gradient, dtype=torch.float64)
            optimizer.step()
            if step + 1 < STEPS:
                schedule.step()
        schedule = {"kind": "one_cycle", "momentum": [0.85, 0.95]}
        cases.append({"optimizer": written, "schedule": schedule, "f64": weights.tolist()})
    return cases


BASE, TOTAL = 0.3, 40


def cyclic(o, up, **settings):
    return schedulers.CyclicLR(o, max_lr=BASE, step_size_up=up, **{"cycle_momentum": False} | settings)


# Settings as toddle writes them, counting steps, and the same for PyTorch.
SCHEDULES = [
    ({"kind": "step_decay", "every": 7, "factor": 0.3, "per": "step"},
     lambda o: schedulers.StepLR(o, 7, 0.3)),
    ({"kind": "exponential_decay", "factor": 0.93, "per": "step"}, lambda o: schedulers.ExponentialLR(o, 0.93)),
    ({"kind": "polynomial_decay"}, lambda o: schedulers.PolynomialLR(o, TOTAL)),
    ({"kind": "polynomial_decay", "power": 2.5, "over": 30}, lambda o: schedulers.PolynomialLR(o, 30, 2.5)),
    ({"kind": "cosine_decay"}, lambda o: schedulers.CosineAnnealingLR(o, TOTAL)),
    ({"kind": "cosine_decay", "lowest": 0.02}, lambda o: schedulers.CosineAnnealingLR(o, TOTAL, 0.02)),
    ({"kind": "cosine_restarts", "period": 9, "per": "step"},
     lambda o: schedulers.CosineAnnealingWarmRestarts(o, 9)),
    ({"kind": "cosine_restarts", "period": 5, "growth": 2, "lowest": 0.01, "per": "step"},
     lambda o: schedulers.CosineAnnealingWarmRestarts(o, 5, 2, 0.01)),
    ({"kind": "warmup", "over": 8, "start": 0.25},
     lambda o: schedulers.LinearLR(o, 0.25, 1.0, 8)),
    ({"kind": "warmup", "over": 8, "start": 0.1, "then": {"kind": "cosine_decay"}},
     lambda o: schedulers.SequentialLR(
         o, [schedulers.LinearLR(o, 0.1, 1.0, 8), schedulers.CosineAnnealingLR(o, TOTAL - 8)], [8])),
    ({"kind": "one_cycle"}, lambda o: schedulers.OneCycleLR(o, BASE, TOTAL)),
    ({"kind": "one_cycle", "rise": 0.4, "start_divisor": 10, "end_divisor": 100, "anneal": "linear"},
     lambda o: schedulers.OneCycleLR(
         o, BASE, TOTAL, pct_start=0.4, div_factor=10, final_div_factor=100, anneal_strategy="linear")),
    ({"kind": "one_cycle", "rise": 0.33, "three_phases": True},
     lambda o: schedulers.OneCycleLR(o, BASE, TOTAL, pct_start=0.33, three_phase=True)),
    ({"kind": "one_cycle", "momentum": [0.85, 0.95]}, lambda o: schedulers.OneCycleLR(o, BASE, TOTAL)),
    ({"kind": "one_cycle", "rise": 0.33, "three_phases": True, "anneal": "linear", "momentum": [0.7, 0.9]},
     lambda o: schedulers.OneCycleLR(
         o, BASE, TOTAL, pct_start=0.33, three_phase=True, anneal_strategy="linear", base_momentum=0.7, max_momentum=0.9)),
    ({"kind": "multi_step_decay", "at": [30, 5, 12, 12], "factor": 0.4, "per": "step"},
     lambda o: schedulers.MultiStepLR(o, [30, 5, 12, 12], 0.4)),
    ({"kind": "multi_step_decay", "at": [20], "per": "step"}, lambda o: schedulers.MultiStepLR(o, [20])),
    ({"kind": "cyclic", "lowest": 0.01, "rise": 6}, lambda o: cyclic(o, 6, base_lr=0.01)),
    ({"kind": "cyclic", "lowest": 0.02, "rise": 4, "fall": 7, "mode": "triangular2", "momentum": [0.8, 0.9]},
     lambda o: cyclic(o, 4, base_lr=0.02, step_size_down=7, mode="triangular2", cycle_momentum=True)),
    ({"kind": "cyclic", "rise": 5, "fall": 3, "mode": "exp_range", "factor": 0.97, "momentum": [0.6, 0.95]},
     lambda o: cyclic(o, 5, base_lr=0, step_size_down=3, mode="exp_range", gamma=0.97, cycle_momentum=True,
                      base_momentum=0.6, max_momentum=0.95)),
]

PLATEAUS = [
    ({"kind": "plateau", "patience": 2, "factor": 0.5}, {"patience": 2, "factor": 0.5}),
    ({"kind": "plateau", "patience": 1, "factor": 0.3, "cooldown": 3, "lowest": 0.02},
     {"patience": 1, "factor": 0.3, "cooldown": 3, "min_lr": 0.02}),
    ({"kind": "plateau", "better": "higher", "patience": 0, "factor": 0.7, "threshold": 0.05},
     {"mode": "max", "patience": 0, "factor": 0.7, "threshold": 0.05}),
    ({"kind": "plateau", "patience": 2, "threshold": 0.1, "absolute": True, "least_change": 0.001},
     {"patience": 2, "threshold": 0.1, "threshold_mode": "abs", "eps": 0.001}),
    ({"kind": "plateau", "better": "higher", "patience": 1, "factor": 0.6, "threshold": 0.02, "absolute": True},
     {"mode": "max", "patience": 1, "factor": 0.6, "threshold": 0.02, "threshold_mode": "abs"}),
]


def optimizer():
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=BASE, momentum=0.9)


def schedules():
    cases = []
    for written, make in SCHEDULES:
        sgd = optimizer()
        schedule, rates, momenta = make(sgd), [], []
        for step in range(TOTAL):
            rates.append(float(sgd.param_groups[0]["lr"]))
            momenta.append(float(sgd.param_groups[0]["momentum"]))
            sgd.step()
            if step + 1 < TOTAL:
                schedule.step()
        cases.append({"schedule": written, "rates": rates} | ({"momenta": momenta} if "momentum" in written else {}))
    return {"base": BASE, "total": TOTAL, "cases": cases}


def plateaus():
    random = np.random.RandomState(1)
    metrics = (1 / np.arange(1, TOTAL + 1) ** 0.3 + random.uniform(-0.1, 0.1, TOTAL)).tolist()
    cases = []
    for written, settings in PLATEAUS:
        sgd = optimizer()
        schedule, rates = schedulers.ReduceLROnPlateau(sgd, **settings), []
        for metric in metrics:
            schedule.step(metric)
            rates.append(float(sgd.param_groups[0]["lr"]))
        cases.append({"schedule": written, "rates": rates})
    return {"base": BASE, "metrics": metrics, "cases": cases}


def main():
    warnings.simplefilter("ignore")
    about = "Weights after ten steps with the given gradients, in f32 and in f64; the rate and the momentum of every step; for plateaus, " \
        "the rate after each metric."
    print(json.dumps({"about": about, "optimizers": optimizers(), "schedules": schedules(), "plateaus": plateaus()}))


if __name__ == "__main__":
    main()
