"""What Python's safetensors reads in a model that toddle wrote: types, shapes, numbers, and the checksum computed by zlib.

    pip install numpy==2.4.6 safetensors==0.8.0
    cargo test -p toddle-testkit --test checkpoint python
    python model_file.py MODEL > model_file.json    # MODEL: the model.safetensors in the test's CARGO_TARGET_TMPDIR
"""

import json
import sys
import zlib

from safetensors import safe_open


def main(path):
    with safe_open(path, framework="numpy") as model:
        metadata = model.metadata()
        tensors = {name: model.get_tensor(name) for name in sorted(model.keys())}

    sum = 0
    for part in parts(metadata, tensors):
        sum = zlib.crc32(part, zlib.crc32(len(part).to_bytes(8, "little"), sum))
    assert f"{sum:08x}" == metadata["toddle.crc32"], "the checksum is that of docs/model-file.md"

    golden = {
        "metadata": sorted(metadata),
        "spec": json.loads(metadata["toddle.spec"]),
        "tensors": {
            name: {"type": str(tensor.dtype), "shape": tensor.shape, "numbers": tensor.ravel().tolist()}
            for name, tensor in tensors.items()
        },
    }
    print(json.dumps(golden))


def parts(metadata, tensors):
    for key, text in sorted(metadata.items()):
        if key != "toddle.crc32":
            yield key.encode()
            yield text.encode()
    for name, tensor in sorted(tensors.items()):
        yield name.encode()
        yield {"float32": b"F32", "float64": b"F64"}[str(tensor.dtype)]
        for side in tensor.shape:
            yield side.to_bytes(8, "little")
        yield tensor.astype(tensor.dtype.newbyteorder("<")).tobytes()


if __name__ == "__main__":
    main(sys.argv[1])
