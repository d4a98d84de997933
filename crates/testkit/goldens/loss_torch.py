"""Every loss of a batch and its gradient, by PyTorch in f64.

    python loss_torch.py > loss_torch.json

`y` are outputs and `t` targets, sample after sample; `loss` is PyTorch's own mean over the batch, `gradient` its gradient
to `y`. All of `y` and `t` are multiples of 1/64, so that f32 holds them too. `shape` is the shape of an image; without it the
outputs are a vector.

Log-cosh, quantile, focal and Dice loss are not losses of PyTorch: their formulas are written with its functions. The mean over
the pixels of an image that count is taken for each sample, by PyTorch's loss of that sample alone.
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


def log_cosh(y, t):
    return torch.log(torch.cosh(y - t)).mean()


def quantile(q):
    return lambda y, t: (q * torch.relu(t - y) + (1 - q) * torch.relu(y - t)).mean()


def cosine(y, t):
    return (1 - nn.functional.cosine_similarity(y, t)).mean()


def triplet(margin):
    return lambda y, t: nn.TripletMarginLoss(margin)(*y.chunk(3, dim=1))


def focal(gamma, alpha=None):
    """torchvision's `sigmoid_focal_loss`."""

    def loss(y, t):
        p = torch.sigmoid(y)
        entropy = nn.functional.binary_cross_entropy_with_logits(y, t, reduction="none")
        right = p * t + (1 - p) * (1 - t)
        weight = 1 if alpha is None else alpha * t + (1 - alpha) * (1 - t)
        return (weight * entropy * (1 - right) ** gamma).mean()

    return loss


def dice(smooth):
    def loss(y, t):
        p, t = torch.sigmoid(y).flatten(1), t.flatten(1)
        return (1 - (2 * (p * t).sum(1) + smooth) / (p.sum(1) + t.sum(1) + smooth)).mean()

    return loss


def counts(samples, outputs):
    return torch.randint(6, (samples, outputs)).double()


def positive(y):
    return y.abs() + 1 / 64


def batches_with_more_losses():
    for samples, outputs in [(1, 2), (1, 17), (5, 10), (18, 3)]:
        y = sixty_fourths(samples, outputs)
        weights = [(1 + o % 5) / 4 for o in range(outputs)]
        for loss, torchs, targets in [
            ({"kind": "smooth_l1"}, nn.SmoothL1Loss(), any_numbers),
            ({"kind": "smooth_l1", "beta": 0.25}, nn.SmoothL1Loss(beta=0.25), any_numbers),
            ({"kind": "log_cosh"}, log_cosh, any_numbers),
            ({"kind": "quantile"}, quantile(0.5), any_numbers),
            ({"kind": "quantile", "quantile": 0.9}, quantile(0.9), any_numbers),
            ({"kind": "poisson"}, nn.PoissonNLLLoss(), counts),
            ({"kind": "cosine"}, cosine, any_numbers),
            (
                {"kind": "binary_cross_entropy", "positive_weight": weights},
                nn.BCEWithLogitsLoss(pos_weight=torch.tensor(weights)),
                unit,
            ),
            ({"kind": "focal"}, focal(2), unit),
            ({"kind": "focal", "gamma": 1.5, "alpha": 0.25}, focal(1.5, 0.25), unit),
            ({"kind": "focal", "gamma": 0.5, "alpha": 0.75}, focal(0.5, 0.75), one_hot),
            ({"kind": "dice"}, dice(1), unit),
            ({"kind": "dice", "smooth": 0.25}, dice(0.25), one_hot),
            ({"kind": "hinge", "margin": 0.5}, class_numbers(nn.MultiMarginLoss(margin=0.5)), one_hot),
        ]:
            yield loss, torchs, y, targets(samples, outputs)
        rates = {"kind": "poisson", "log_input": False}
        yield rates, nn.PoissonNLLLoss(log_input=False), positive(y), counts(samples, outputs)
        y = sixty_fourths(samples, 3 * outputs)
        for margin in [1, 4]:
            yield {"kind": "triplet", "margin": margin}, triplet(margin), y, any_numbers(samples, 3 * outputs)


def each_sample(loss):
    """The mean of the losses of the samples, each of its own mean over its pixels."""

    def mean(y, t):
        return torch.stack([loss(y[n : n + 1], t[n : n + 1]) for n in range(len(y))]).mean()

    return mean


def pixel_classes(loss):
    """A loss of PyTorch's that takes class numbers, of targets that are one-hot, or all 0 where a pixel is ignored."""

    def of_numbers(y, t):
        numbers = t.argmax(dim=1)
        numbers[t.sum(dim=1) == 0] = -100
        return loss(y, numbers)

    return of_numbers


def batches_of_images():
    for samples, classes, height, width in [(1, 3, 4, 5), (5, 4, 2, 3), (18, 2, 3, 2)]:
        shape = (samples, classes, height, width)
        y = sixty_fourths(*shape)
        pixels = samples * height * width
        images = lambda t: t.reshape(samples, height, width, classes).permute(0, 3, 1, 2).contiguous()
        full, probabilities = images(one_hot(pixels, classes)), images(soft(pixels, classes))
        some = full.clone()
        some[:, :, 0, :] = 0
        some[0, :, -1, 0] = 0
        weights = [(1 + o % 5) / 4 for o in range(classes)]
        smooth = {"kind": "cross_entropy", "label_smoothing": 0.125}
        weighted = nn.CrossEntropyLoss(torch.tensor(weights), label_smoothing=0.125)
        for loss, torchs, t in [
            ({"kind": "cross_entropy"}, pixel_classes(nn.CrossEntropyLoss()), full),
            ({"kind": "cross_entropy"}, each_sample(pixel_classes(nn.CrossEntropyLoss())), some),
            (smooth, each_sample(pixel_classes(nn.CrossEntropyLoss(label_smoothing=0.125))), some),
            (smooth | {"class_weights": weights}, weighted, probabilities),
            ({"kind": "negative_log_likelihood"}, each_sample(pixel_classes(nn.NLLLoss())), some),
            (
                {"kind": "binary_cross_entropy", "positive_weight": weights},
                nn.BCEWithLogitsLoss(pos_weight=torch.tensor(weights).reshape(classes, 1, 1)),
                probabilities,
            ),
            ({"kind": "dice"}, dice(1), some),
        ]:
            yield loss, torchs, y, t


def record(loss, torchs, y, t):
    y = y.clone().requires_grad_()
    value = torchs(y, t)
    value.backward()
    flat = {name: array.flatten().tolist() for name, array in [("y", y), ("t", t), ("gradient", y.grad)]}
    shape = {"shape": y.shape[1:]} if y.dim() > 2 else {}
    return {"loss": loss, "samples": len(y)} | shape | {"value": value.item()} | flat


def main():
    lines = []
    for seed, some in enumerate([batches, batches_with_more_losses, batches_of_images]):
        torch.manual_seed(seed)
        lines += [json.dumps(record(*batch)) for batch in some()]
    print("[\n" + ",\n".join(lines) + "\n]")


if __name__ == "__main__":
    main()
