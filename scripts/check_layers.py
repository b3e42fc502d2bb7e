"""Fails if a folder of src/ includes a folder below it in the order of src/README.md, or a file outgrows its limit."""

import pathlib
import re
import sys

ORDER = ["core", "text", "data", "dist", "ops", "model", "loss", "eval", "checkpoint", "train", "config", "application", "commands"]
NO_TORCH = {"core", "text"}
MAX_LINES = 300

source = pathlib.Path(__file__).parent.parent / "src"
problems = []
for path in sorted(source.rglob("*")):
    if path.suffix not in (".h", ".cpp"):
        continue
    lines = path.read_text().splitlines()
    name = path.relative_to(source)
    if len(lines) > MAX_LINES:
        problems.append(f"src/{name}: {len(lines)} lines, expected at most {MAX_LINES}")
    folder = name.parts[0] if len(name.parts) > 1 else None
    for number, line in enumerate(lines, 1):
        include = re.match(r'#include ["<]([^">]+)[">]', line)
        if not include:
            continue
        included = include.group(1).split("/")[0]
        if folder and included in ORDER and ORDER.index(included) > ORDER.index(folder):
            problems.append(f"src/{name}:{number}: {folder}/ includes {included}/, which comes later in the order")
        if included in ("torch", "ATen", "c10") and folder in NO_TORCH:
            problems.append(f"src/{name}:{number}: {folder}/ includes torch")
        if include.group(1) == "torch/torch.h":
            problems.append(f"src/{name}:{number}: includes torch/torch.h, expected the narrowest ATen header")
for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
