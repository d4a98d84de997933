"""Writes the arrays in this folder, as NumPy, ml_dtypes and safetensors save them.

    pip install numpy ml_dtypes safetensors
    python arrays.py

The tests in ../arrays.rs say what has to be read.
"""

import hashlib
import os
import warnings

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

os.chdir(os.path.dirname(os.path.abspath(__file__)))
warnings.simplefilter("ignore")  # of objects, which are pickled

numbers = np.array([0.0, 1.0, -2.5, 0.1, 65504.0, 2.0**-24])
np.save("float16.npy", numbers.astype(np.float16))
np.save("float16-big.npy", numbers.astype(">f2"))
np.save("bfloat16.npy", numbers.astype(ml_dtypes.bfloat16))
np.save("float8.npy", numbers[:4].astype(ml_dtypes.float8_e4m3fn))
np.save("void.npy", np.array([b"ab", b"cd"], dtype="V2"))
np.save("complex.npy", np.array([1 + 2j]))
np.save("dates.npy", np.array(["2020-01-01"], dtype="datetime64[D]"))
np.save("long-double.npy", np.array([1, 2], dtype=np.longdouble))
np.save("records.npy", np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]))
np.save("objects.npy", np.array(["cat", None], dtype=object), allow_pickle=True)
np.save("words.npy", np.array(["dog", "cat", "über", "dog"]))
np.save("words-big.npy", np.array(["dog", "cat", "über", "dog"]).astype(">U4"))
np.save("bytes.npy", np.array([b"dog", b"cat", b"dog"]))
np.save("words-fortran.npy", np.asfortranarray(np.array([["a", "b", "c"], ["d", "e", "f"]])))

x = np.arange(12).reshape(3, 2, 2)
arrays = {
    "X_train": x.astype(np.uint8),
    "y_train": np.array([0, 2, 1]),
    "X_val": x[:1].astype(np.uint8),
    "y_val": np.array([2]),
    "X_test": x[1:].astype(np.uint8),
    "y_test": np.array([1, 1]),
    "ids": np.array([7, 8, 9]),
}
np.savez_compressed("halves.npz", **arrays)
np.savez("single.npz", x.astype(np.float32))
save_file(arrays, "halves.safetensors")
small = x.reshape(3, 4) / 4
save_file(
    {
        "x_f16": small.astype(np.float16),
        "x_bf16": small.astype(ml_dtypes.bfloat16),
        "x_f32": small.astype(np.float32),
        "x_f64": small,
        "x_bool": small > 1,
        "x_i8": (x - 6).astype(np.int8),
        "x_i16": (x - 6).astype(np.int16),
        "x_i32": (x - 6).astype(np.int32),
        "x_u16": x.astype(np.uint16),
        "x_f8": small.astype(ml_dtypes.float8_e4m3fn),
    },
    "types.safetensors",
)

# All numbers of 16 bits as float32, in little-endian order, without NaN.
bits = np.arange(65536, dtype=np.uint32).astype(np.uint16)
for name, dtype in [("float16", np.float16), ("bfloat16", ml_dtypes.bfloat16)]:
    wide = bits.view(dtype).astype(np.float32)
    wide = wide[~np.isnan(wide)]
    print(name, len(wide), hashlib.sha256(wide.astype("<f4").tobytes()).hexdigest())
