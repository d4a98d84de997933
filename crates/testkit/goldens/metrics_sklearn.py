"""Metrics by scikit-learn.

    python metrics_sklearn.py > metrics_sklearn.json
"""

import json

import numpy as np
from sklearn import metrics


def classification(random, samples, classes, missing=()):
    """Scores without ties; the classes `missing` are neither true nor guessed."""
    there = [c for c in range(classes) if c not in missing]
    labels = random.choice(there, samples)
    scores = random.permutation(samples * classes).reshape(samples, classes) / 64.0
    scores[np.arange(samples), labels] += random.integers(0, samples * classes // 2, samples) / 64.0 + 1 / 128
    scores[:, list(missing)] -= 1e6
    guesses = scores.argmax(axis=1)
    every = {"labels": range(classes), "zero_division": 0}
    kinds = zip(["precision", "recall", "f1"], metrics.precision_recall_fscore_support(labels, guesses, **every))
    macro = metrics.precision_recall_fscore_support(labels, guesses, average="macro", zero_division=0)
    return {
        "outputs": scores.flatten().tolist(),
        "labels": labels.tolist(),
        "accuracy": metrics.accuracy_score(labels, guesses),
        "top_k": [
            float(metrics.top_k_accuracy_score(labels, scores, k=k, labels=range(classes)))
            for k in range(1, classes)
        ],
        "confusion": metrics.confusion_matrix(labels, guesses, labels=range(classes)).tolist(),
        "macro": [float(value) for value in macro[:3]],
    } | {kind: values.tolist() for kind, values in kinds}


def regression(random, samples, size, constant=False):
    targets = random.integers(-256, 256, (samples, size)) / 64
    if constant:
        targets[:, 0] = 1.5
    outputs = targets + random.integers(-64, 64, (samples, size)) / 64
    return {
        "size": size,
        "outputs": outputs.flatten().tolist(),
        "targets": targets.flatten().tolist(),
        "mean_squared_error": float(metrics.mean_squared_error(targets, outputs)),
        "mean_absolute_error": float(metrics.mean_absolute_error(targets, outputs)),
        "r_squared": float(metrics.r2_score(targets, outputs)),
    }


def main():
    random = np.random.default_rng(0)
    classified = [
        classification(random, 40, 3),
        classification(random, 60, 10),
        classification(random, 25, 5, missing=[0, 3]),
    ]
    regressed = [regression(random, 30, 1), regression(random, 12, 4), regression(random, 9, 2, constant=True)]
    print(json.dumps({"classification": classified, "regression": regressed}))


if __name__ == "__main__":
    main()
