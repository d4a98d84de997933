"""Pictures of networks and their samples."""
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zlib

import numpy as np
import pytest

import toddle as td

PIXELS = ["filters", "maps", "saliency", "nudge", "excite", "neighbours"]
CHARTS = ["map", "confusion", "calibration", "histograms"]


@pytest.fixture(scope="module")
def trained():
    """A network that was trained on digits, and digits that it has not seen."""
    (x, y), (xt, yt) = td.data.mnist()
    net = td.Network((1, 28, 28), [td.Conv2d(4, 5), td.ReLU(), td.MaxPool2d(2), td.Flatten(), td.Dense(10)], seed=0)
    net.fit(x[:1000], y[:1000], loss="cross_entropy", optimizer=td.Adam(3e-3), epochs=2)
    return net, xt[:60], yt[:60]


@pytest.fixture(scope="module")
def line():
    """A network that was trained to answer with numbers, its samples and their targets."""
    x = np.linspace(-1, 1, 40, dtype=np.float32).reshape(20, 2)
    y = x @ [[2.0], [1.0]]
    net = td.Network(2, [td.Dense(1)], seed=0)
    net.fit(x, y, loss="mean_squared_error", optimizer=td.Adam(0.05), epochs=20)
    return net, x, y


def pixels(png):
    """Height, width and 3 of a PNG of colours, and its rows. The checksums of all parts are compared."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, data, size = 8, b"", None
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert (depth, colour) == (8, 2)
            size = height, width, 3
        data += body if kind == b"IDAT" else b""
        at += 12 + length
    rows = zlib.decompress(data)
    assert len(rows) == size[0] * (1 + 3 * size[1])
    return size, rows


@pytest.mark.parametrize("what", PIXELS + CHARTS)
def test_every_picture_is_well_formed_and_always_the_same(trained, what):
    net, x, y = trained
    before = net.digest()
    picture = net.look(what, x, y)
    again = net.copy().look(what, x, y)
    assert (picture.svg, picture.png) == (again.svg, again.png) and net.digest() == before
    assert ElementTree.fromstring(picture.svg).tag == "{http://www.w3.org/2000/svg}svg"
    if what in PIXELS:
        size, rows = pixels(picture.png)
        assert min(size[:2]) > 90 and len(set(rows)) > 2
        assert picture._repr_png_() == picture.png and picture._repr_svg_() is None
    else:
        assert picture.png is None and picture._repr_png_() is None and picture._repr_svg_() == picture.svg


def words(picture):
    return [element.text for element in ElementTree.fromstring(picture.svg).iter() if element.text]


def images(picture):
    return sum(element.tag.endswith("}image") for element in ElementTree.fromstring(picture.svg).iter())


def test_a_picture_shows_the_sample_that_is_asked_for(trained):
    net, x, y = trained
    title = f"What speaks for {net.predict(x[7:8]).argmax()}: sample 7, true {y[7]}"
    assert title in words(net.look("saliency", x, y, sample=7))
    assert "What speaks for 3: sample 7" in words(net.look("saliency", x, sample=7, target=3))
    # The sample, gradient × input, integrated gradients, and occlusion.
    assert images(net.look("saliency", x)) == 4
    # The sample, four maps of relu1 and four of pool1; and the sample and four maps.
    assert images(net.look("maps", x)) == 9 and images(net.look("maps", x, layer="pool1")) == 5
    assert images(net.look("filters")) == 4
    assert images(net.look("excite", layer="conv1", unit=2)) == 1


def test_the_sum_of_the_confusion_matrix_is_the_number_of_samples(trained):
    net, x, y = trained
    counts = [int(word) for word in words(net.look("confusion", x, y)) if word.isdigit()]
    # Each axis has the names of the ten classes.
    assert sum(counts) - 2 * 45 == len(x)


def test_neighbours_come_from_the_training_samples(trained):
    net, x, y = trained
    own, other = (net.look("neighbours", x, y, sample=2, train=train) for train in (None, (x[10:], y[10:])))
    assert images(own) == images(other) == 10 and own.svg != other.svg
    assert any("among 50 samples" in word for word in words(other))


def test_bytes_and_the_same_numbers_give_the_same_picture(trained):
    net, x, y = trained
    numbers = x.astype(np.float32) / np.float32(255)
    assert net.look("saliency", x, y).svg == net.look("saliency", numbers, y).svg


def test_colours_double_precision_and_names_of_classes():
    random = np.random.default_rng(0)
    x = random.integers(0, 255, (30, 3, 12, 10), dtype=np.uint8)
    y = np.array(["cat", "dog"])[random.integers(0, 2, 30)]
    net = td.Network((3, 12, 10), [td.Conv2d(5, 3), td.Tanh(), td.Flatten(), td.Dense(2)], dtype="float64")
    net.fit(x, y, loss="cross_entropy", optimizer="adam", epochs=2)
    assert {"cat", "dog"} <= set(words(net.look("confusion", x, y)))
    assert any(word.startswith("What speaks for dog: sample 0, true ") for word in words(net.look("saliency", x, y, target="dog")))
    assert pixels(net.look("filters").png)[0][0] > 90 and images(net.look("maps", x)) == 6


def test_numbers_are_answers_too(line):
    net, x, y = line
    assert net.look("scatter", x, y).svg.count("<circle") == 20
    assert net.look("saliency", x).png is None, "rows of a table have bars"
    with pytest.raises(ValueError, match="try       scatter"):
        net.look("confusion", x, y)
    two = td.Network(2, [td.Dense(2)])
    two.fit(x, np.hstack([y, -y]), loss="mean_squared_error", optimizer="adam")
    assert two.look("scatter", x, np.hstack([y, -y])).svg.count("<circle") == 40
    assert two.look("scatter", x, np.hstack([y, -y]), target="output 1").svg.count("<circle") == 20


def test_rows_of_bytes_that_make_a_square_are_pictures(digits):
    x, y = digits
    net = td.Network(784, [td.Dense(10)])
    net.fit(x.reshape(-1, 784), y, loss="cross_entropy", optimizer="adam")
    assert images(net.look("nudge", x.reshape(-1, 784), y)) == 3


@pytest.mark.parametrize(("call", "text"), [
    (lambda net, x, y: net.look("filter"), "expected  one of `filters`.*\n  got       \"filter\""),
    (lambda net, x, y: net.look("maps"), "got       no x"),
    (lambda net, x, y: net.look("confusion", x), "got       no y"),
    (lambda net, x, y: net.look("filters", layer="conv1"), "expected  no option"),
    (lambda net, x, y: net.look("maps", x, target=1), "expected  sample, layer"),
    (lambda net, x, y: net.look("maps", x, sample=60), "expected  0 to 59"),
    (lambda net, x, y: net.look("maps", x, sample=-1), "expected  a whole number, 0 or more"),
    (lambda net, x, y: net.look("maps", x, layer="dense1"), "try       relu1, pool1"),
    (lambda net, x, y: net.look("excite", layer="conv1", unit=9), "4 units"),
    (lambda net, x, y: net.look("saliency", x, target="seven"), "there is no such class"),
    (lambda net, x, y: net.look("saliency", x[:, :20]), "samples of shape"),
    (lambda net, x, y: net.look("saliency", x, y[:-1]), "60 inputs|59 targets"),
    (lambda net, x, y: net.look("map", np.full((3, 28, 28), np.nan)), "NaN"),
    (lambda net, x, y: net.look("confusion", x, np.random.default_rng(0).normal(size=(60, 10))), "expected  samples of classes"),
    (lambda net, x, y: net.look("scatter", x, y), "try       confusion"),
    (lambda net, x, y: net.look("film"), "has no film"),
    (lambda net, x, y: td.Network(2, [td.Dense(1)]).look("filters"), "a network with a convolution"),
])
def test_wrong_arguments_are_explained(trained, call, text):
    with pytest.raises(ValueError, match=text):
        call(*trained)


def test_pictures_are_saved_and_files_of_others_stay(trained, tmp_path):
    picture, chart = trained[0].look("filters"), trained[0].look("histograms")
    for _ in range(2):
        picture.save(tmp_path / "a.png")
        picture.save(str(tmp_path / "a.svg"))
        chart.save(tmp_path / "chart.svg")
    assert (tmp_path / "a.png").read_bytes() == picture.png and (tmp_path / "a.svg").read_text() == picture.svg
    assert (tmp_path / "chart.svg").read_text() == chart.svg
    (tmp_path / "mine.svg").write_text("<svg/>")
    with pytest.raises(ValueError, match="never overwritten"):
        chart.save(tmp_path / "mine.svg")
    assert (tmp_path / "mine.svg").read_text() == "<svg/>"
    with pytest.raises(ValueError, match=r"chart\.svg"):
        chart.save(tmp_path / "chart.png")
    with pytest.raises(ValueError, match="ends in .svg"):
        picture.save(tmp_path / "a.jpg")


def test_the_film_of_a_run(tmp_path):
    experiment = tmp_path / "digits.toml"
    experiment.write_text("""
version = 1
name = "digits"
[data]
set = "mnist"
first = 200
[network]
layers = [{ kind = "conv2d", filters = 3, kernel = 5 }, "flatten", { kind = "dense", outputs = 10 }]
[train]
loss = "cross_entropy"
optimizer = "adam"
epochs = 2
""")
    # In a process of its own, because the command handles Ctrl-C in its own way.
    subprocess.run([sys.executable, "-m", "toddle", "train", experiment, "--out", tmp_path / "run", "--quiet"], check=True)
    picture = td.film(tmp_path / "run")
    assert "The training of digits" in words(picture) and images(picture) == 9
    with pytest.raises(ValueError, match="there is no run"):
        td.film(tmp_path)
