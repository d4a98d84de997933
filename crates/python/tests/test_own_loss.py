"""Trainings with a loss that is a function of Python."""
import threading

import numpy as np
import pytest

import toddle as td


def squares(y, t):
    difference = y - t.reshape(len(t), -1)
    return float((difference**2).mean()), 2 * difference / difference.size


@pytest.fixture
def line():
    x = np.linspace(-1, 1, 60, dtype=np.float32).reshape(-1, 1)
    return x, 3 * x + 1


@pytest.mark.parametrize(
    "setting",
    [
        {"freeze": ["dense1"]}, {"rates": {"dense1": 0.5}}, {"mixup": 0.2}, {"cutmix": 1.0}, {"class_weights": "balanced"}, {"sampling": "balanced"},
        {"decay": "weights"}, {"stop_at": {"loss": 0.1}}, {"time_limit": 1}, {"accumulate": 2}, {"average": 0.9}, {"patience": 2}, {"keep_best": True},
        {"monitor": "accuracy"}, {"min_delta": 0.1}, {"sample_weight": np.ones(60)}, {"augment": {"flip": True}}, {"checkpoint": "a"}, {"resume": "a"},
        {"validation": (np.zeros((2, 1)), np.zeros(2))},
    ],
    ids=lambda setting: next(iter(setting)),
)
def test_settings_that_it_has_not_are_refused(line, setting):
    name, = setting
    with pytest.raises(ValueError, match=f"no `{name}`"):
        td.Network(1, [td.Dense(1)]).fit(*line, loss=squares, optimizer="sgd", **setting)


def test_settings_that_it_has_not_may_have_their_defaults(line):
    history = td.Network(1, [td.Dense(1)]).fit(*line, loss=squares, optimizer=td.SGD(0.1), epochs=2, freeze=[], rates=None, accumulate=1, decay="all")
    assert history.loss[1] < history.loss[0]


def test_numbers_out_of_range_are_refused(line):
    for wrong in [{"epochs": -1}, {"epochs": 1.5}, {"batch": 0}, {"threads": -1}, {"seed": -1}]:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            td.Network(1, [td.Dense(1)]).fit(*line, loss=squares, optimizer="sgd", **wrong)


def test_answers_of_the_function_are_checked(line):
    for answer, words in [
        (lambda y, t: (float("nan"), y * 0), "is nan: epoch 1, step 1"),
        (lambda y, t: (0.0, y[:-1]), "gradient of the loss of your own has another shape"),
        (lambda y, t: y, "another value"),
        (lambda y, t: None, "another value"),
    ]:
        net = td.Network(1, [td.Dense(1)], seed=1)
        before = net.digest()
        with pytest.raises((TypeError, ValueError), match=words):
            net.fit(*line, loss=answer, optimizer="sgd")
        assert net.digest() == before


def test_a_class_is_no_loss(line):
    with pytest.raises(TypeError, match=r"try       CrossEntropy\(\)"):
        td.Network(1, [td.Dense(2)]).fit(*line, loss=td.CrossEntropy, optimizer="sgd")
    with pytest.raises(TypeError, match=r"try       Adam\(\)"):
        td.Network(1, [td.Dense(1)]).fit(*line, loss="mean_squared_error", optimizer=td.Adam)


def test_two_threads_do_not_train_one_network(line):
    net, began, ends = td.Network(1, [td.Dense(1)]), threading.Event(), threading.Event()

    def slow(y, t):
        began.set()
        ends.wait(10)
        return squares(y, t)

    thread = threading.Thread(target=net.fit, args=line, kwargs={"loss": slow, "optimizer": "sgd"})
    thread.start()
    began.wait(10)
    with pytest.raises(RuntimeError, match="being trained already"):
        net.fit(*line, loss=squares, optimizer="sgd")
    ends.set()
    thread.join()
    net.fit(*line, loss=squares, optimizer="sgd")


def test_the_facts_are_those_of_the_last_training(digits, tmp_path):
    x, y = digits
    net = td.Network((1, 28, 28), [td.Flatten(), td.Dense(10)])
    net.fit(x, np.array(list("abcdefghij"))[y], loss="cross_entropy", optimizer="sgd")
    assert net.classes == list("abcdefghij")
    assert net.evaluate(x, np.array(list("abcdefghij"))[y]).accuracy is not None
    net.fit(x.astype(np.float32) / 255, np.eye(10, dtype=np.float32)[y], loss=squares, optimizer="sgd")
    assert net.classes == []
    with pytest.raises(ValueError, match="evaluate needs a loss"):
        net.evaluate(x, y)
