"""Fails if a file of src/ includes a folder below its own in the order of src/README.md, or if a file or a function outgrows its limit."""

import pathlib
import re
import sys

ORDER = ["core", "text", "data", "distributed", "ops", "model", "loss", "eval", "checkpoint", "report", "train", "config", "application", "curation", "commands"]
# The order inside a folder; what lies in the folder itself is "" and comes first in data/.
INSIDE = {"data": ["", "files", "records", "sources", "batches"]}
# Folders whose folders know nothing of each other.
APART = {"model/families"}
NO_TORCH = {"core", "text"}
MAX_LINES = 300
MAX_FUNCTION = 50
LONGER = {("train/trainer.cpp", "Trainer::train"): 70,  # the loop
          ("data/sources/source.h", "void fields"): 70}  # the table of a source's options


def inside(parts):
    """The folder inside src/FOLDER/ that a path belongs to: "" for src/FOLDER/file.h."""
    return parts[1] if len(parts) > 2 else ""


def functions(lines, indent):
    """(first line, number of lines, text of the first line) of functions that begin at this indentation, as clang-format lays them out."""
    margin, first = " " * indent, None
    for number, line in enumerate(lines):
        if not line.startswith(margin) or not line.strip() or line.strip().startswith(("//", "#")):
            continue
        text = line[indent:]
        if text == "}":
            if first is not None:
                yield first + 1, number - first + 1, lines[first].strip()
            first = None
        elif not text.startswith(" ") and text[0] not in "})":
            opens = re.match(r"(namespace|struct|class|enum|union|extern|template|public:|private:)", text)
            first = None if (opens and not text.startswith("template")) or text.endswith(";") else (first if first is not None and lines[first][indent:].startswith("template") else number)
        elif text.startswith("}"):
            first = None


def long_functions(name, lines):
    for indent in (0, 2):
        for first, length, text in functions(lines, indent):
            limit = next((most for (file, function), most in LONGER.items() if file == str(name) and function + "(" in text), MAX_FUNCTION)
            if length > limit:
                yield f"src/{name}:{first}: a function of {length} lines, expected at most {limit}"


def main():
    source = pathlib.Path(__file__).parent.parent / "src"
    problems = []
    for path in sorted(source.rglob("*")):
        if path.suffix not in (".h", ".cpp"):
            continue
        lines = path.read_text().splitlines()
        name = path.relative_to(source)
        if len(lines) > MAX_LINES:
            problems.append(f"src/{name}: {len(lines)} lines, expected at most {MAX_LINES}")
        problems += long_functions(name, lines)
        folder = name.parts[0] if len(name.parts) > 1 else None
        for number, line in enumerate(lines, 1):
            include = re.match(r'#include ["<]([^">]+)[">]', line)
            if not include:
                continue
            parts = include.group(1).split("/")
            included = parts[0]
            if folder and included in ORDER and ORDER.index(included) > ORDER.index(folder):
                problems.append(f"src/{name}:{number}: {folder}/ includes {included}/, which comes later in the order")
            order = INSIDE.get(folder, [])
            if included == folder and order and order.index(inside(parts)) > order.index(inside(name.parts)):
                problems.append(f"src/{name}:{number}: {folder}/{inside(name.parts)} includes {folder}/{inside(parts)}, which comes later in the order")
            if "/".join(parts[:2]) in APART and name.parts[:2] == tuple(parts[:2]) and name.parts[2] != parts[2]:
                problems.append(f"src/{name}:{number}: {name.parts[2]} includes {parts[2]}, expected nothing of its neighbours")
            if included in ("torch", "ATen", "c10") and folder in NO_TORCH:
                problems.append(f"src/{name}:{number}: {folder}/ includes torch")
            if include.group(1) == "torch/torch.h":
                problems.append(f"src/{name}:{number}: includes torch/torch.h, expected the narrowest ATen header")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
