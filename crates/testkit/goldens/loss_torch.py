"""Every loss of a batch and its gradient, by PyTorch in f64.

    python loss_torch.py > loss_torch.json

`y` are outputs and `t` targets, sample after sample; `loss` is PyTorch's own mean over the batch, `gradient` its gradient
to `y`. All of `y` and `t` are multiples of 1/64, so that f32 holds them too.
"""

import json

import torch
from torch import nn

torch.set_default_dtype(torch.float64)


def sixty_fourths(*shape, size=4.0):
    return torch.round(64 * size * (2 * torch.rand(*shape) - 1)) / 64


def one_hot(samples, classes):
    return nn.functional.one_hot(torch.randint(classes, (samples,)), classes).double()


def soft(samples, classes):
    """Probabilities in 64ths, some of them 0, that sum to 1."""
    draws = torch.randint(classes, (samples, 64))
    return torch.stack([torch.bincount(draw, minlength=classes) for draw in draws]) / 64


def any_numbers(samples, outputs):
    return sixty_fourths(samples, outputs)


def unit(samples, outputs):
    return torch.randint(65, (samples, outputs)) / 64


def class_numbers(loss):
    """A loss of PyTorch's that takes class numbers, of one-hot targets."""
    return lambda y, t: loss(y, t.argmax(dim=1))


def batches():
    """For each batch: toddle's loss, PyTorch's, outputs and targets."""
    for samples, outputs in [(1, 1), (1, 17), (5, 10), (18, 3)]:
        y = sixty_fourths(samples, outputs)
        weights = [(1 + o % 5) / 4 for o in range(outputs)]
        plain = {"kind": "cross_entropy"}
        smooth = plain | {"label_smoothing": 0.125}
        weighted = smooth | {"class_weights": weights}
        weight = torch.tensor(weights)
        for loss, torchs, targets in [
            ({"kind": "mean_squared_error"}, nn.MSELoss(), any_numbers),
            ({"kind": "mean_absolute_error"}, nn.L1Loss(), any_numbers),
            ({"kind": "huber"}, nn.HuberLoss(), any_numbers),
            ({"kind": "huber", "delta": 2.5}, nn.HuberLoss(delta=2.5), any_numbers),
            (plain, class_numbers(nn.CrossEntropyLoss()), one_hot),
            (plain, nn.CrossEntropyLoss(), soft),
            (smooth, class_numbers(nn.CrossEntropyLoss(label_smoothing=0.125)), one_hot),
            (weighted, nn.CrossEntropyLoss(weight, label_smoothing=0.125), one_hot),
            (weighted, nn.CrossEntropyLoss(weight, label_smoothing=0.125), soft),
            ({"kind": "negative_log_likelihood"}, class_numbers(nn.NLLLoss()), one_hot),
            ({"kind": "binary_cross_entropy"}, nn.BCEWithLogitsLoss(), unit),
            (
                {"kind": "binary_cross_entropy", "positive_weight": 3},
                nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0)),
                unit,
            ),
            ({"kind": "kl_divergence"}, nn.KLDivLoss(reduction="batchmean"), soft),
            ({"kind": "hinge"}, class_numbers(nn.MultiMarginLoss()), one_hot),
        ]:
            yield loss, torchs, y, targets(samples, outputs)
    # Logits at which a careless exponential overflows.
    y = torch.tensor([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [90.0, 100.0, 1e4]])
    t = torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.25, 0.25], [1.0, 0.0, 0.0]])
    yield {"kind": "cross_entropy"}, nn.CrossEntropyLoss(), y, t
    yield {"kind": "binary_cross_entropy"}, nn.BCEWithLogitsLoss(), y, t


def record(loss, torchs, y, t):
    y = y.clone().requires_grad_()
    value = torchs(y, t)
    value.backward()
    flat = {name: array.flatten().tolist() for name, array in [("y", y), ("t", t), ("gradient", y.grad)]}
    return {"loss": loss, "samples": len(y), "value": value.item()} | flat


def main():
    torch.manual_seed(0)
    lines = [json.dumps(record(*batch)) for batch in batches()]
    print("[\n" + ",\n".join(lines) + "\n]")


if __name__ == "__main__":
    main()
