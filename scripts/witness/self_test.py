"""Changes what a program wrote, one value at a time, and sees whether the comparison notices.

Of every file: each tensor in one bit, of each kind of key one value, one key's name, and the file's being there.
"""

import pathlib
import re
import sys

import compare
import renames
from documents import Number, Tensor
from patterns import fits


def kind_of(names):
    """Names without the numbers in them: lines, places in lists, steps."""
    return tuple(re.sub(r"\d+", "#", name) for name in names)


def changed(leaf):
    if isinstance(leaf, Tensor):
        return Tensor(leaf.dtype, leaf.shape, leaf.data[:-1] + bytes([leaf.data[-1] ^ 1])) if leaf.data else None
    if isinstance(leaf, Number):
        last = leaf[-1]
        return Number(leaf[:-1] + str((int(last) + 1) % 10)) if last.isdigit() else Number("0")
    if isinstance(leaf, str):
        return leaf + "x"
    if isinstance(leaf, bool):
        return not leaf
    return Number("1")  # of null, [] and {}


def notices(before, after, file):
    comparison = compare.Comparison()
    compare.compare_leaves(before, after, file, comparison)
    return bool(comparison.problems)


def is_left_out(names, file):
    return not compare.without_left_out({names: ""}, file)


def test_file(path, file, report):
    """Of a file under its new name: after is changed, before is what it was."""
    leaves = compare.read(path, file)
    old = leaves
    kinds = {}
    for names, leaf in leaves.items():
        kinds.setdefault(names if isinstance(leaf, Tensor) else kind_of(names), names)
    for kind, names in kinds.items():
        other = changed(leaves[names])
        if other is None:
            continue
        seen = notices(old, leaves | {names: other}, file)
        if is_left_out(names, file):
            report["left out"].add(f"{kind_of(file.parts)[-1]}: {'.'.join(kind[1:] if compare.has_lines(file) else kind)}")
            seen = not seen
        report["values"] += 1
        renamed = {(*at[:-1], at[-1] + "_") if at == names else at: leaf for at, leaf in leaves.items()}
        if not is_left_out(names, file):
            report["keys"] += 1
            seen = seen and notices(old, renamed, file) and notices(renamed, leaves, file)
        if not seen:
            report["missed"].append(f"{file}: {'.'.join(names)}")


def test_files(files, report):
    """A file that is not there, on either side."""
    for file in {kind_of(file.parts): file for file in files}.values():
        only = {file: files[file]}
        report["files"] += 1
        if not compare.compare_files(only, {}).problems or not compare.compare_files({}, only).problems:
            report["missed"].append(str(file))


def test_tables(report):
    """A renamed key, word and tensor: differences without the tables, none with them."""
    file, tensors = pathlib.Path("case/run/metrics.jsonl"), pathlib.Path("case/run/model.safetensors")
    old = {("0", "losses", "a.b", "old"): "old word", ("0", "n"): Number("1.50")}
    new = {("0", "losses", "a.b", "new"): "new word", ("0", "n"): Number("1.50")}
    weight = Tensor("F32", [1], b"1234")
    old_tensors, new_tensors = {("a", "old", "b"): weight}, {("a", "new", "b"): weight}
    missed = [not notices(old, new, file), not notices(old_tensors, new_tensors, tensors)]
    metrics = "**/metrics.jsonl*"
    renames.KEYS = renames.KEYS | {metrics: {"losses.*.old": "losses.*.new"}}
    renames.WORDS = {metrics: {"losses.*.new": {"old word": "new word"}}}
    renames.TENSORS = {"**.old": "**.new"}
    missed += [notices(old, new, file), notices(old_tensors, new_tensors, tensors),
               not notices(old | {("0", "n"): Number("1.5")}, new, file)]
    renames.KEYS, renames.WORDS, renames.TENSORS = renames.KEYS | {metrics: {}}, {}, {}
    report["missed"] += [f"tables, {number}" for number, wrong in enumerate(missed) if wrong]


def self_test(folder):
    if not folder.is_dir():
        print("self-test: compare two programs first: it changes what the second one wrote", file=sys.stderr)
        return 2
    # What the folder holds has the new names already.
    renames.FILES, renames.TENSORS, renames.OPTIONS, renames.OPTION_WORDS = {}, {}, {}, {}
    renames.KEYS = {file: {} for file in renames.KEYS}
    renames.WORDS = {}
    report = {"values": 0, "keys": 0, "files": 0, "left out": set(), "missed": []}
    files = compare.files_in(folder)
    test_tables(report)
    for file, path in sorted(files.items()):
        if not any(fits(pattern, file.parts, "/") for pattern in renames.TEXTS):
            test_file(path, file, report)
    test_files(files, report)
    for text in sorted(report["left out"]):
        print(f"left out: {text}")
    for text in report["missed"]:
        print(f"NOT NOTICED: {text}")
    print(f"self-test: {report['values']} values, {report['keys']} keys and {report['files']} files changed, "
          f"{len(report['missed'])} not noticed")
    return 1 if report["missed"] else 0
