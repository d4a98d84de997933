"""Networks, histories and traces as HTML, for notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from ._types import Array

COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728")
WIDTH, HEIGHT, EDGE = 420, 180, 34
# The most feature maps of a value that are drawn, and the side of a map in pixels.
MAPS, SIDE = 16, 56


def network(nodes: Sequence[Any], parameters: int, dtype: str) -> str:
    """A table with a row for each layer."""
    heads = "".join(f"<th style='text-align:left'>{head}</th>" for head in ("layer", "settings", "takes", "shape", "parameters"))
    rows = ""
    for name, _, words, taken, shape, count in nodes:
        cells = (name, words, ", ".join(taken), "×".join(map(str, shape)), f"{count:,}" if count else "")
        rows += "<tr>" + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in cells) + "</tr>"
    return f"<table><tr>{heads}</tr>{rows}</table><p>{parameters:,} parameters, {escape(dtype)}</p>"


def history(columns: Mapping[str, Sequence[float | None]]) -> str:
    """The curves of the losses."""
    losses = {name: [np.nan if value is None else float(value) for value in curve] for name, curve in columns.items() if name.endswith("loss")}
    values = [value for curve in losses.values() for value in curve if np.isfinite(value)]
    if not values:
        return "<p>no epochs</p>"
    low, high = min(values), max(values)
    parts = []
    for place, (name, curve) in enumerate(losses.items()):
        colour = COLOURS[place % len(COLOURS)]
        steps = max(len(curve) - 1, 1)
        points = " ".join(
            f"{EDGE + (WIDTH - 2 * EDGE) * n / steps:.1f},{EDGE + (HEIGHT - 2 * EDGE) * (high - value) / ((high - low) or 1):.1f}"
            for n, value in enumerate(curve)
            if np.isfinite(value)
        )
        parts.append(f"<polyline points='{points}' fill='none' stroke='{colour}' stroke-width='2'/>")
        parts.append(f"<text x='{EDGE + 110 * place}' y='14' fill='{colour}' font-size='12'>{escape(name.replace('_', ' '))}</text>")
    parts.append(f"<text x='2' y='{EDGE}' font-size='10' fill='currentColor'>{high:.3g}</text>")
    parts.append(f"<text x='2' y='{HEIGHT - EDGE}' font-size='10' fill='currentColor'>{low:.3g}</text>")
    parts.append(f"<text x='{WIDTH - 2 * EDGE}' y='{HEIGHT - 8}' font-size='10' fill='currentColor'>{len(next(iter(losses.values())))} epochs</text>")
    return f"<svg width='{WIDTH}' height='{HEIGHT}' role='img' aria-label='losses'>{''.join(parts)}</svg>"


def trace(values: Mapping[str, Array]) -> str:
    """The feature maps of the first sample, and the elements of its vectors as bars."""
    rows = ""
    for name, value in values.items():
        planes = value if value.ndim == 3 else value.reshape(1, 1, -1)
        drawn = "".join(plane(part) for part in planes[:MAPS])
        rows += f"<tr><td style='text-align:left'>{escape(name)}</td><td>{'×'.join(map(str, value.shape))}</td><td style='text-align:left'>{drawn}</td></tr>"
    return f"<table>{rows}</table>"


def plane(values: Array) -> str:
    """One feature map in grey: the smallest element black, the largest white."""
    rows, columns = values.shape
    values = np.asarray(values, dtype=np.float64)
    if values.size > 4096:
        values = values[:: -(-rows // 64), :: -(-columns // 64)]
        rows, columns = values.shape
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    grey = np.nan_to_num((values - low) / ((high - low) or 1.0) * 255).astype(int)
    cells = "".join(
        f"<rect x='{c}' y='{r}' width='1.05' height='1.05' fill='rgb({g},{g},{g})'/>" for r, row in enumerate(grey.tolist()) for c, g in enumerate(row)
    )
    height = SIDE if rows > 1 else 12
    width = SIDE if rows > 1 else 4 * SIDE
    return f"<svg width='{width}' height='{height}' viewBox='0 0 {columns} {rows}' preserveAspectRatio='none' style='margin:1px'>{cells}</svg>"
