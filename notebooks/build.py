#!/usr/bin/env python3
"""Makes a notebook of each script in this folder, and executes it. `# %%` begins a cell, and `# %% [markdown]` a cell of text.

`python build.py` writes the notebooks with their outputs. `python build.py --check` executes them and writes nothing.
"""
import pathlib
import sys

import nbclient
import nbformat

HERE = pathlib.Path(__file__).resolve().parent
# The most bytes of a notebook. Outputs are kept small.
MOST = 100_000


def cells(text):
    for number, cell in enumerate(text.split("# %%")[1:]):
        kind, _, body = cell.partition("\n")
        if "[markdown]" in kind:
            lines = [line[2:] if line.startswith("# ") else line.lstrip("#") for line in body.strip().splitlines()]
            made = nbformat.v4.new_markdown_cell("\n".join(lines))
        else:
            made = nbformat.v4.new_code_cell(body.strip())
        made["id"] = f"cell-{number}"
        yield made


def executed(script):
    """The notebook of a script, with the outputs of its cells. An error of a cell is raised."""
    notebook = nbformat.v4.new_notebook(cells=list(cells(script.read_text(encoding="utf-8"))))
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbclient.NotebookClient(notebook, timeout=300).execute()
    for cell in notebook.cells:
        # Times and versions would change with each run.
        cell.metadata.clear()
    notebook.metadata.pop("language_info", None)
    return nbformat.writes(notebook) + "\n"


def main():
    for script in sorted(HERE.glob("[0-9]*.py")):
        text = executed(script)
        if len(text) > MOST:
            sys.exit(f"{script.name}: the notebook has {len(text)} bytes, and {MOST} at most are kept")
        if "--check" not in sys.argv:
            script.with_suffix(".ipynb").write_text(text, encoding="utf-8")
        print(f"executed {script.name}")


if __name__ == "__main__":
    main()
