"""Fails if tests/silent_bugs/README.md names a test or script that does not exist, or its catalogue of silent bugs has a gap."""

import pathlib
import re
import sys

ROWS = 38

root = pathlib.Path(__file__).parent.parent
page = (root / "tests/silent_bugs/README.md").read_text()
problems = []

tests = set()
for path in root.glob("tests/**/*.cpp"):
    tests |= {".".join(names) for names in re.findall(r"^TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", path.read_text(), re.MULTILINE)}

for name in sorted(set(re.findall(r"`([A-Z]\w+\.[A-Z]\w+)`", page))):
    if name not in tests:
        problems.append(f"{name} is not a test of tests/")
for name in sorted(set(re.findall(r"`((?:scripts|bench|tests)/[\w/.]+)", page))):
    if not (root / name).exists():
        problems.append(f"{name} does not exist")
for name in sorted(tests):
    if name.startswith("SilentBugs.") and f"`{name}`" not in page:
        problems.append(f"{name} is not named")

rows = re.findall(r"^\| (\d+) \| (.*) \| (.*) \|$", page, re.MULTILINE)
if [int(number) for number, _, _ in rows] != list(range(1, ROWS + 1)):
    problems.append(f"the catalogue has rows {[int(number) for number, _, _ in rows]}, expected 1 to {ROWS}")
for number, bug, held in rows:
    if not re.search(r"[\w-]+/[\w.-]+(#\d+| \(`)", bug):
        problems.append(f"row {number} has no source")
    if not re.search(r"`[A-Z]\w+\.[A-Z]\w+`|\bneeds ", held):
        problems.append(f"row {number} names neither a test nor what must exist first")

for problem in problems:
    print(f"tests/silent_bugs/README.md: {problem}", file=sys.stderr)
sys.exit(1 if problems else 0)
