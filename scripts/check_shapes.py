#!/usr/bin/env python3
"""Reads every file of $LAUREL_DATA/shapes by the fields of its shapes.json, and by the shape that
`laurel check` recognises, and prints a row for each; then the tests that look at the direction of
labels. Exit code 1 where a file is refused or a label is turned round.

usage: LAUREL_DATA=... scripts/check_shapes.py MODEL     a folder with a tokenizer and a chat template
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def check(laurel, folder, model, source):
    config = {"model": {"path": str(model), "max_length": 512},
              "sources": [{"name": "shape", **source}], "data": {"cache": False},
              "train": {"steps": 2, "batch_size": 2}, "run": {"folder": str(folder / "run")}}
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return subprocess.run([laurel, "check", path], capture_output=True, text=True)


def problem_of(result):
    return (result.stderr.strip().splitlines() or ["no message"])[-1][:160]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    arguments = parser.parse_args()
    data = pathlib.Path(os.environ["LAUREL_DATA"]) / "shapes"
    laurel, model = arguments.build / "laurel", arguments.model.resolve()
    mappings = json.loads((data / "shapes.json").read_text())
    bad = 0
    print("| file | by fields | shape | by shape |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for mapping in mappings.values():
            file = mapping.pop("file")
            given = check(laurel, folder, model, {**mapping, "train": str(data / file)})
            found = re.findall(r"look like the shape (\w+)", given.stderr)
            results = [given]
            for shape in found:
                results.append(check(laurel, folder, model, {
                    "shape": shape, "loss": mapping["loss"], "train": str(data / file)}))
            words = ["read" if r.returncode == 0 else problem_of(r) for r in results]
            bad += sum(r.returncode != 0 for r in results)
            print(f"| {file} | {words[0]} | {', '.join(found) or '-'} | {', '.join(words[1:]) or '-'} |")
    tests = subprocess.run([arguments.build / "tests/data/data_tests",
                            "--gtest_filter=SharedShapes*", "--gtest_brief=1"])
    print(f"{len(mappings)} files, {bad} refused; directions "
          f"{'right' if tests.returncode == 0 else 'WRONG'}")
    return int(bad > 0 or tests.returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
