# %% [markdown]
# # Your own pictures
#
# Put the pictures of each class into a separate folder, and all these folders into one folder. toddle reads PNG, JPEG, BMP, GIF, TIFF and
# WebP, of any size. This notebook makes such a folder, so that it runs without your pictures. For your own pictures, replace its path.

# %%
import pathlib
import struct
import tempfile
import zlib

import numpy as np
import toddle as td

folder = pathlib.Path(tempfile.mkdtemp()) / "shapes"


def write_png(path, picture):
    """Writes an array of rows × columns × red, green, blue as a PNG file."""
    height, width, _ = picture.shape
    rows = b"".join(b"\0" + row.tobytes() for row in picture)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def draw(kind, random):
    """A disc, a cross or a square in a random colour, at a random place."""
    y, x = np.mgrid[:24, :24] - random.integers(9, 15, size=(2, 1, 1))
    size = random.integers(4, 8)
    inside = {
        "disc": x**2 + y**2 < size**2,
        "cross": (np.minimum(abs(x), abs(y)) < 2) & (np.maximum(abs(x), abs(y)) < size),
        "square": np.maximum(abs(x), abs(y)) < size,
    }[kind]
    picture = random.integers(0, 60, size=(24, 24, 3))
    picture[inside] = random.integers(120, 256, size=3)
    return picture.astype(np.uint8)


random = np.random.default_rng(0)
for kind in ("cross", "disc", "square"):
    (folder / kind).mkdir(parents=True)
    for n in range(120):
        write_png(folder / kind / f"{n}.png", draw(kind, random))

# %% [markdown]
# ## Read them
#
# `size` brings all pictures to one size. A fifth of the pictures is held out for validation: the network does not learn from them, so they
# show its accuracy on new pictures.

# %%
data = td.data.open(images=str(folder), size=[24, 24], validation={"fraction": 0.2})
(x, y), (xv, yv) = data.train, data.validation
print(x.shape, x.dtype, "classes:", data.classes)
print(len(yv), "pictures are held out")

# %% [markdown]
# ## Train
#
# Labels are class numbers. If you give names of classes instead, the network keeps the names.

# %%
names = np.array(data.classes)
net = td.Network(
    x.shape[1:],
    [td.Conv2d(8, 3), td.ReLU(), td.MaxPool2d(2), td.Conv2d(16, 3), td.ReLU(), td.MaxPool2d(2), td.Flatten(), td.Dense(3)],
    seed=0,
)
history = net.fit(
    x, names[y], loss="cross_entropy", optimizer=td.Adam(0.003), epochs=12, batch=16,
    validation=(xv, names[yv]), augment=td.Augment(flip=True), progress=False,
)
history

# %%
measured = net.evaluate(xv, names[yv])
assert measured.accuracy > 0.9
print("more than 90 % of the held out pictures are right")

# %% [markdown]
# ## Where it is wrong
#
# The confusion matrix has a row for each true class, and a column for each answer.

# %%
answers = net.predict(xv).argmax(axis=1)
confusion = np.zeros((3, 3), dtype=int)
np.add.at(confusion, (yv, answers), 1)
assert confusion.sum() == len(yv) and (confusion.argmax(axis=1) == np.arange(3)).all()

# %% [markdown]
# ## Keep it
#
# The file has the weights, the layers and the names of the classes.

# %%
net.save(folder.parent / "shapes.safetensors")
again = td.load(folder.parent / "shapes.safetensors")
assert np.array_equal(again.predict(xv), net.predict(xv))
again.classes
