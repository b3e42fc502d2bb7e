"""Compares what two programs wrote, file by file and leaf by leaf. Of `before`, names are changed as renames.py says."""

import os
import pathlib

import renames
from documents import Tensor, leaves_of, parsed, shown, tensors_of
from patterns import first_fitting, fits, renamed

MISSING = object()
MOST_SHOWN = 20  # differences of one file


class Comparison:
    """Counts what was compared, and which lines of the tables were used."""

    def __init__(self):
        self.problems, self.used = [], set()
        self.files = self.leaves = self.tensors = 0

    def rename(self, kind, table, names, separator="."):
        new, pattern = renamed(table, names, separator)
        if pattern is not None:
            self.used.add((kind, pattern))
        return new

    def report(self, file, names, before, after):
        where = ".".join(names)
        text = {id(MISSING): "(not there)"}
        self.problems.append((file, f"{file}: {where}: {text.get(id(before)) or shown(before)} -> "
                                    f"{text.get(id(after)) or shown(after)}{first_change(before, after)}"))


def first_change(before, after):
    if not (isinstance(before, Tensor) and isinstance(after, Tensor)) or len(before.data) != len(after.data):
        return ""
    changed = [i for i, (a, b) in enumerate(zip(before.data, after.data)) if a != b]
    if not changed:
        return ""
    i = changed[0]
    return f"; {len(changed)} bytes differ, first byte {i}: {before.data[i]:02x} -> {after.data[i]:02x}"


def tables_for(file):
    """Of a file by its new path: renamed keys, enumerated words, left-out keys; None for a file that is not laurel's own."""
    if file.name == "laurel.json":
        return renames.OPTIONS, renames.OPTION_WORDS, []
    pattern = first_fitting(renames.KEYS, file.parts, "/")
    if pattern is None:
        return None
    keys, words = dict(renames.KEYS[pattern]), dict(renames.WORDS.get(pattern, {}))
    if file.name == "run.json":  # of a checkpoint: repeats the config
        keys |= {"config." + old: "config." + new for old, new in renames.OPTIONS.items()}
        words |= {"config." + option: table for option, table in renames.OPTION_WORDS.items()}
    return keys, words, renames.LEFT_OUT.get(pattern, [])


def has_lines(file):
    return ".jsonl" in file.name  # metrics.jsonl.earlier-1 too


def read(path, file):
    """Leaves of a file by its new path, or its bytes as the only leaf."""
    data = path.read_bytes()
    if file.suffix == ".safetensors":
        return tensors_of(data)
    if any(fits(pattern, file.parts, "/") for pattern in renames.TEXTS):
        return {("text",): "is there"}
    if tables_for(file) is None:
        return {("bytes",): Tensor("bytes", [len(data)], data)}
    if has_lines(file):
        return leaves_of([parsed(line) for line in data.decode().splitlines()])
    return leaves_of(parsed(data.decode()))


def new_names(leaves, file, comparison):
    """Leaves of before under their new names and words."""
    if file.suffix == ".safetensors":
        return {comparison.rename("TENSORS", renames.TENSORS, names): leaf for names, leaf in leaves.items()}
    tables = tables_for(file)
    if tables is None or leaves == {("text",): "is there"}:
        return leaves
    keys, words, _ = tables
    line = 1 if has_lines(file) else 0  # the first name is the line's number
    found = {}
    for names, leaf in leaves.items():
        new = names[:line] + comparison.rename("KEYS", keys, names[line:])
        if new in found:
            raise ValueError(f"{file}: renames.py gives two keys the name {'.'.join(new)}")
        pattern = first_fitting(words, new[line:])
        if pattern is not None and type(leaf) is str and leaf in words[pattern]:
            leaf = words[pattern][leaf]
        found[new] = leaf
    return found


def without_left_out(leaves, file):
    tables = tables_for(file)
    if tables is None:
        return leaves
    line = 1 if has_lines(file) else 0
    return {names: leaf for names, leaf in leaves.items()
            if not any(fits(pattern, names[line:]) for pattern in tables[2])}


def same(before, after):
    return type(before) is type(after) and before == after


def compare_leaves(before, after, file, comparison):
    before = without_left_out(new_names(before, file, comparison), file)
    after = without_left_out(after, file)
    comparison.files += 1
    comparison.leaves += len(before)
    comparison.tensors += sum(isinstance(leaf, Tensor) for leaf in before.values())
    for names in before | after:
        old, new = before.get(names, MISSING), after.get(names, MISSING)
        if not same(old, new):
            comparison.report(file, names, old, new)


def files_in(folder):
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            file = (pathlib.Path(path) / name).relative_to(folder)
            if not any(fits(pattern, file.parts, "/") for pattern in renames.IGNORED):
                found[file] = folder / file
    return found


def compare_files(old_files, new_files):
    """Two listings {file: path} of folders of results."""
    comparison = Comparison()
    old = {}
    for file, path in old_files.items():
        new = pathlib.Path(*comparison.rename("FILES", renames.FILES, file.parts, "/"))
        if new in old:
            raise ValueError(f"renames.py gives two files the name {new}")
        old[new] = path
    for file in sorted(old | new_files):
        if file not in old or file not in new_files:
            sides = "there -> not there" if file in old else "not there -> there"
            comparison.problems.append((file, f"{file}: {sides}"))
            continue
        compare_leaves(read(old[file], file), read(new_files[file], file), file, comparison)
    return comparison


def print_problems(comparison, out):
    by_file = {}
    for file, text in comparison.problems:
        by_file.setdefault(file, []).append(text)
    for texts in by_file.values():
        for text in texts[:MOST_SHOWN]:
            print(text, file=out)
        if len(texts) > MOST_SHOWN:
            print(f"  and {len(texts) - MOST_SHOWN} more in this file", file=out)
