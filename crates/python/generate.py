#!/usr/bin/env python3
"""Writes the classes of layers, losses, optimizers, schedules, initialisers and clips, and the method `fit`.

They come from docs/experiment.schema.json, which is generated from the library's types. So a setting has one list, which is its
type in Rust. `python generate.py` writes the files, and `python generate.py --check` says which of them are out of date.
"""
import json
import pathlib
import sys
import textwrap

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE.parents[1] / "docs/experiment.schema.json"
PACKAGE = HERE / "python/toddle"
WIDTH = 110
HEAD = '''"""{title}

This file is generated: crates/python/generate.py writes it from docs/experiment.schema.json.
"""

from __future__ import annotations

'''

# Words that Python's people write in another way than as a name of a class.
WORDS = {word.lower(): word for word in "ReLU PReLU ELU GELU SELU SiLU SGD AdamW RAdam RMSprop KL".split()}
# Kinds without a class: calling a layer twice shares its weights.
WITHOUT = {"shared"}
# The first argument of kinds whose settings all have defaults, where it is not the only setting or the learning rate.
FIRST = {"warmup": "over", "step_decay": "every", "cosine_restarts": "period", "exponential_decay": "factor"}
FAMILIES = {
    "layers": ("LayerSpec", "Layer", "Layers: the parts of a network, from its input to its output."),
    "losses": ("Loss", "Loss", "Losses: how far the outputs of a network are from the targets."),
    "optimizers": ("Optimizer", "Optimizer", "Optimizers: how a step moves the weights."),
    "schedules": ("Schedule", "Schedule", "Schedules: how the learning rate changes in a training."),
    "init": ("Init", "Init", "Initialisers: how the first weights are drawn."),
    "clip": ("Clip", "Clip", "Clips: how gradients are kept small."),
}
BASES = {spec: base for spec, base, _ in FAMILIES.values()}
ALIASES = {"Size": "Size", "Sides": "Size", "Shape": "Shape", "Padding": "Padding", "Padding1d": "Padding"}
# Keys of a training that only the command has.
OF_THE_COMMAND = {"checkpoint_every"}


def kinds(definition):
    """The tables of all kinds of a family."""
    return definition.get("oneOf") or definition["anyOf"][1]["oneOf"]


def class_name(kind):
    return "".join(WORDS.get(word, word.capitalize()) for word in kind.split("_"))


def reference(field):
    """The name of the type that a field refers to."""
    choices = field.get("anyOf", [])
    for of in (field, *field.get("allOf", []), *(choices if len(choices) == 1 else [])):
        if "$ref" in of:
            return of["$ref"].rpartition("/")[2]
    return None


class Field:
    """A setting as an argument of Python."""

    def __init__(self, name, field, required, definitions):
        self.name, self.is_required = name, required
        # A table without keys is left out.
        self.default = None if field.get("default") == {} else field.get("default")
        self.text = field["description"]
        self.family = None
        self.type = self.type_of(field, definitions)
        if not required and self.default is None:
            self.type += " | None"

    def type_of(self, field, definitions):
        name = reference(field)
        if name in ALIASES:
            return ALIASES[name]
        if name in BASES:
            self.family = BASES[name].lower()
            return f"{BASES[name]} | str"
        if name:
            return self.type_of(definitions[name], definitions)
        if "oneOf" in field:
            return f"Literal[{', '.join(json.dumps(word['const']) for word in field['oneOf'])}]"
        if "anyOf" in field:
            return " | ".join(self.type_of(choice, definitions) for choice in field["anyOf"])
        if field["type"] == "object":
            return "Mapping[str, float]"
        if field["type"] == "array":
            items = field["items"]
            if isinstance(items, dict) and reference(items) in BASES:
                self.family = BASES[reference(items)].lower()
                return f"Sequence[{BASES[reference(items)]} | str]"
            return "Sequence[str]" if items == {"type": "string"} else "Sequence[float]"
        return {"integer": "int", "number": "float", "boolean": "bool", "string": "str"}[field["type"]]

    @property
    def value(self):
        """The default as Python's source."""
        default = self.default
        if isinstance(default, dict):
            default = default["kind"]
        return repr(tuple(default) if isinstance(default, list) else default).replace("'", '"')

    @property
    def argument(self):
        return f"{self.name}: {self.type}" + ("" if self.is_required else f" = {self.value}")

    def documentation(self):
        default = "" if self.is_required or self.default is None else f", default {self.value}"
        return [f"{self.name} : {self.type}{default}", *wrapped(self.text, 4)]


def fields(table, definitions, without=()):
    """The settings of a table: required ones in their order, then the others."""
    required = [name for name in table.get("required", []) if name != "kind"]
    others = [name for name in table["properties"] if name not in required and name not in {"kind", "name", "from", *without}]
    return [Field(name, table["properties"][name], name in required, definitions) for name in required + others]


def wrapped(text, indent=0):
    return textwrap.wrap(" ".join(text.split()), WIDTH - 8, initial_indent=" " * indent, subsequent_indent=" " * indent)


def positional(kind, settings):
    """The names of the settings that need no keyword: those that must be given, or else the one that is usually given."""
    required = [field.name for field in settings if field.is_required]
    names = [field.name for field in settings]
    usual = FIRST.get(kind) or ("rate" if "rate" in names else names[0] if len(names) == 1 else None)
    return required or ([usual] if usual else [])


def documented(summary, settings, indent):
    """A docstring in the style of NumPy. Lines that are already written stand for a setting."""
    lines = ['"""' + wrapped(summary)[0], *wrapped(summary)[1:]]
    if settings:
        lines += ["", "Parameters", "----------"]
        for field in settings:
            lines += field if isinstance(field, list) else field.documentation()
    if len(lines) == 1:
        lines[0] += '"""'
    else:
        lines.append('"""')
    return "".join((" " * indent + line).rstrip() + "\n" for line in lines)


NAME = ["name : str | None, default None", "    The name of the layer in its network. By default, its kind and a number."]


def class_of(base, table, definitions):
    kind = table["properties"]["kind"]["const"]
    settings = fields(table, definitions)
    first = positional(kind, settings)
    settings.sort(key=lambda field: first.index(field.name) if field.name in first else len(first))
    is_layer = base == "Layer"
    arguments = [field.argument for field in settings if field.name in first]
    rest = [field.argument for field in settings if field.name not in first] + (["name: str | None = None"] if is_layer else [])
    arguments += ["*", *rest] if rest else []
    text = f"class {class_name(kind)}({base}):\n"
    text += documented(table["description"], settings + ([NAME] if is_layer else []), 4) + "\n"
    text += f'    _kind = "{kind}"\n'
    nested = {field.name: field.family for field in settings if field.family}
    if nested:
        text += f"    _nested = {json.dumps(nested)}\n"
    text += "".join(f"    {field.name}: {field.type}\n" for field in settings)
    if not settings and not is_layer:
        return text
    text += f"\n    def __init__(self, {', '.join(arguments)}) -> None:\n"
    given = [f"{field.name}={field.name}" for field in settings] + (["name=name"] if is_layer else [])
    return text + f"        super().__init__({', '.join(given)})\n"


def module(file, definitions):
    spec, base, title = FAMILIES[file]
    tables = [table for table in kinds(definitions[spec]) if table["properties"]["kind"]["const"] not in WITHOUT]
    body = "\n\n".join(class_of(base, table, definitions) for table in tables)
    names = [class_name(table["properties"]["kind"]["const"]) for table in tables]
    text = HEAD.format(title=title)
    typing = ["Literal"] if "Literal[" in body else []
    abc = [word for word in ("Mapping", "Sequence") if f"{word}[" in body]
    text += f"from collections.abc import {', '.join(abc)}\n" if abc else ""
    text += f"from typing import {', '.join(typing)}\n" if typing else ""
    text += "\n" if abc or typing else ""
    own = [name for name in ("Padding", "Shape", "Size") if f": {name}" in body or f"| {name}" in body]
    bases = [name for name in BASES.values() if f"({name})" in body or f"{name} |" in body]
    text += f"from ._settings import {', '.join(sorted({*own, *bases}))}\n\n"
    text += f"__all__ = {json.dumps(names)}\n\n\n"
    return text + body


FIT = '''class Trains:
    """The method `fit` of a network, with an argument for each setting of a training."""

    def _fit(self, x: Inputs, y: Targets, settings: dict[str, Any]) -> History:
        raise NotImplementedError

    def fit(
        self,
        x: Inputs,
        y: Targets,
        *,
{arguments}        sample_weight: Floats | Sequence[float] | None = None,
        validation: tuple[Inputs, Targets] | None = None,
        augment: Augment | None = None,
        seed: int | None = None,
        threads: int | None = None,
        callbacks: Callback | Sequence[Callback] = (),
        progress: bool | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: str | os.PathLike[str] | None = None,
    ) -> History:
{doc}        settings = {{**locals()}}
        for name in ("self", "x", "y"):
            del settings[name]
        return self._fit(x, y, settings)

    fit = checked_arguments(fit, "Network.fit")
'''

FIT_SUMMARY = "Trains the network. Ctrl-C stops after the current step, and the network keeps the weights of this step."
FIT_FIRST = [
    ["x : array or dict of arrays", "    The inputs, one sample after the other. Bytes (uint8) are divided by 255."],
    ["y : array", "    The targets: numbers, one-hot rows, class numbers, or names of classes."],
]
FIT_LAST = [
    ["sample_weight : array, default None", "    A factor of the loss and of the gradient of each sample, 0 or more. By default all are 1."],
    ["validation : tuple of (x, y), default None", "    Samples with which the network is measured after each epoch."],
    ["augment : Augment, default None", "    Random changes to the inputs, which are drawn anew in every epoch."],
    ["seed : int, default that of the network", "    The seed of dropout, of augmentation and of the order of the samples."],
    ["threads : int, default all cores", "    The most threads. Their number changes no bit of the result."],
    ["callbacks : function or list of functions", "    Called with an `Epoch` after each epoch. The training stops if one of them returns True."],
    ["progress : bool, default None", "    Whether a line or a bar shows the progress. By default, if the output is a terminal or a notebook."],
    ["checkpoint : path, default None", "    The file of a checkpoint, which is written after each epoch, and when Ctrl-C stops the training."],
    ["resume : path, default None", "    The file of a checkpoint, from which the training continues with the same bits."],
]
FIT_END = '''
Returns
-------
History
    The losses and the accuracies of all epochs.

Raises
------
ValueError
    A shape, a target or a setting is not right. The text says what was expected and what to try.
KeyboardInterrupt
    Ctrl-C was pressed.
"""
'''


def fit(definitions):
    settings = fields(definitions["TrainSettings"], definitions, OF_THE_COMMAND)
    for field in settings:
        if field.name == "loss":
            field.type = "Loss | str | LossFunction"
    arguments = "".join(f"        {field.argument},\n" for field in settings)
    doc = documented(FIT_SUMMARY, FIT_FIRST + settings + FIT_LAST, 8)
    doc = doc.rpartition('"""')[0].rstrip() + "\n" + textwrap.indent(FIT_END, " " * 8, lambda line: line.strip() != "")
    text = HEAD.format(title="The settings of a training.")
    text += "import os\nfrom collections.abc import Mapping, Sequence\nfrom typing import TYPE_CHECKING, Any, Literal, TypedDict\n\n"
    text += "from ._settings import Clip, Loss, Optimizer, Schedule, checked_arguments\n\nif TYPE_CHECKING:\n"
    text += "    from ._types import Callback, Floats, Inputs, LossFunction, Targets\n    from .augment import Augment\n    from .history import History\n\n"
    text += '__all__ = ["FitSettings", "Trains"]\n\n\n'
    text += FIT.format(arguments=arguments, doc=doc)
    rows = "".join(f"    {field.name}: {field.type}\n" for field in settings)
    text += '\n\nclass FitSettings(TypedDict, total=False):\n    """The settings of a training, by name: those of `Network.fit`."""\n\n'
    return text + rows + "    sample_weight: Floats | Sequence[float] | None\n    seed: int | None\n    threads: int | None\n"


def augment(definitions):
    table = definitions["Augment"]
    settings = fields(table, definitions)
    text = HEAD.format(title="Augmentation: random changes to the inputs of a training.")
    text += "from collections.abc import Mapping\n\nfrom ._settings import Settings\n\n" + '__all__ = ["Augment"]\n\n\n'
    text += "class Augment(Settings):\n" + documented(table["description"], settings, 4) + '\n    _family = "augment"\n'
    text += "".join(f"    {field.name}: {field.type}\n" for field in settings)
    text += "\n    def __init__(\n        self,\n        *,\n" + "".join(f"        {field.argument},\n" for field in settings) + "    ) -> None:\n"
    return text + f"        super().__init__({', '.join(f'{field.name}={field.name}' for field in settings)})\n"


def main():
    definitions = json.loads(SCHEMA.read_text(encoding="utf-8"))["definitions"]
    files = {f"{name}.py": module(name, definitions) for name in FAMILIES}
    files |= {"_fit.py": fit(definitions), "augment.py": augment(definitions)}
    stale = [name for name, text in files.items() if not (PACKAGE / name).exists() or (PACKAGE / name).read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        if stale:
            sys.exit(f"out of date: {', '.join(stale)}\n  try       python crates/python/generate.py")
        return
    for name in stale:
        (PACKAGE / name).write_text(files[name], encoding="utf-8")
        print(f"wrote {PACKAGE / name}")


if __name__ == "__main__":
    main()
