"""Runs two programs over the cases and compares what they wrote; see scripts/witness.sh."""

import pathlib
import shutil
import sys
import time

import renames
from compare import compare_files, files_in, print_problems
from run import run_cases
from self_test import self_test

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "build-witness"


def run_side(program, name, new):
    """Into FOLDER/name. Both sides run in the same folder, so that paths in their files are the same."""
    work, side = FOLDER / "work", FOLDER / name
    for folder in (work, side):
        shutil.rmtree(folder, ignore_errors=True)
    work.mkdir(parents=True)
    print(f"{name}: {program}", flush=True)
    begin = time.monotonic()
    failures = run_cases(program, work, ROOT, new)
    work.rename(side)
    print(f"{name}: {time.monotonic() - begin:.0f} s")
    return failures


def unused_renames(comparison):
    tables = {"FILES": renames.FILES, "TENSORS": renames.TENSORS,
              "KEYS": {old for table in renames.KEYS.values() for old in table}}
    return [f"{kind}: {old}" for kind, table in tables.items() for old in table if (kind, old) not in comparison.used]


def compare():
    comparison = compare_files(files_in(FOLDER / "before"), files_in(FOLDER / "after"))
    print_problems(comparison, sys.stdout)
    for unused in unused_renames(comparison):
        print(f"note: renames.py: fits nothing that was there before: {unused}")
    print(f"witness: {comparison.files} files, {comparison.tensors} tensors, "
          f"{comparison.leaves - comparison.tensors} other values: {len(comparison.problems)} differences")
    return len(comparison.problems)


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test(FOLDER / "after")
    if arguments == ["--compare"]:
        return 1 if compare() else 0
    programs = [pathlib.Path(path).resolve() for path in arguments]
    if len(programs) != 2 or not all(path.is_file() for path in programs):
        print("expected: scripts/witness.sh [BEFORE_PROGRAM AFTER_PROGRAM | --compare | --self-test]", file=sys.stderr)
        return 2
    if run_side(programs[0], "before", False):
        print("witness: the program before does not run the cases: mend scripts/witness/cases.py", file=sys.stderr)
        return 2
    failures = run_side(programs[1], "after", True)
    return 1 if compare() + len(failures) else 0


sys.exit(main(sys.argv[1:]))
