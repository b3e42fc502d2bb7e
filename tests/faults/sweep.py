"""Runs the program again and again while one call on its run folder after the other fails, is interrupted or stops
half way, and on a disk that is full after more and more bytes.

    python3 tests/faults/sweep.py --program build/laurel             every call
    python3 tests/faults/sweep.py --program build/laurel --every 10  every tenth
    python3 tests/faults/sweep.py --program build/laurel --tmpfs     disks that are too small instead; needs root

After EIO and ENOSPC the program must end in 8 with the reason, every checkpoint that was whole must be whole, and a
run without faults must go on from the newest to the bits of an unbroken run. After a signal (EINTR) or a short write
nothing may be noticed."""

import argparse
import collections
import concurrent.futures
import errno
import itertools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import project

# Times and places; a run without a checkpoint begins anew, and its metrics are copied before.
UNEQUAL = ("metrics.jsonl", "log.txt", "laurel.json", "run.json", "manifest.json", "run.lock",
           "metrics.jsonl.earlier-1", "inputs.json", "eval_rows.json", "report.html")
FAILURES = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC}
HARMLESS = {"EINTR": errno.EINTR, "short write": "short_write"}


class Sweep:
    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="laurel_sweep_", dir=options.folder))
        self.numbers = itertools.count()
        self.train = ["train", "config.json", "--set", "run.resume=auto"]
        whole = self.project("whole")
        trace = self.folder / "trace"
        self.must(whole, self.train, {"folder": whole / "run", "trace": trace})
        self.train += project.as_it_chose(whole / "run")
        self.expected = project.contents(whole / "run", UNEQUAL)
        self.calls = trace.read_text().splitlines()
        # Behind it only files are closed whose bytes are on the disk.
        self.end = len(self.calls) - self.calls[::-1].index("fsync metrics.jsonl 0")

    def project(self, name):
        folder = self.folder / name
        project.make(folder, layers=1, steps=4, save_every=2, eval_every=4)
        return folder

    def must(self, folder, arguments, faults=None):
        code, errors = project.run(self.options.program, folder, arguments, faults)
        if code != 0:
            raise RuntimeError(f"the run without failures ended in {code}: {errors[-500:]}")

    def one(self, kind, faults, reason):
        """One faulty run, and the run that follows it; returns what is wrong."""
        folder = self.project(f"{next(self.numbers)}")
        trace = folder / "trace"
        code, errors = project.run(self.options.program, folder, self.train,
                                   {"folder": folder / "run", "trace": trace, **faults})
        problems = []
        if reason is None:
            if code != 0 or project.contents(folder / "run", UNEQUAL) != self.expected:
                problems.append(f"ended in {code}, or in other bytes: {errors[-300:]}")
        else:
            problems += self.after_failure(folder, code, errors, reason, trace)
        if not problems:
            shutil.rmtree(folder)
        return kind, [f"{kind}, {faults}: {problem} ({folder})" for problem in problems]

    def after_failure(self, folder, code, errors, reason, trace):
        problems = []
        last = errors.strip().splitlines()[-1] if errors.strip() else ""
        if code != 8 or not last.startswith("error: ") or reason not in last:
            problems.append(f"ended in {code} and said {last!r}")
        named = set(re.findall(r"^fsync_folder checkpoints \d+$", trace.read_text(), re.M)) if trace.exists() else set()
        whole = project.checkpoints(folder / "run")
        if named and not whole:
            problems.append("a checkpoint that was written is gone")
        return problems + self.goes_on(folder)

    def goes_on(self, folder):
        """Whether the same command without faults ends in the bytes of an unbroken run."""
        try:
            self.must(folder, self.train)
        except RuntimeError as error:
            return [f"afterwards {error}"]
        same = project.contents(folder / "run", UNEQUAL) == self.expected
        return [] if same else ["the run that followed ended in other bytes"]

    def jobs(self):
        for call in range(1, len(self.calls) + 1, self.options.every):
            for name, code in FAILURES.items():
                yield name, {"call": call, "kind": code}, os.strerror(code) if call <= self.end else None
            for name, kind in HARMLESS.items():
                if name == "short write" and not self.calls[call - 1].startswith("write"):
                    continue
                yield name, {"call": call, "kind": kind}, None
        total = sum(int(line.rsplit(" ", 1)[1]) for line in self.calls[:self.end])
        for percent in range(0, 100, self.options.every):
            yield "full disk", {"disk_bytes": total * percent // 100}, os.strerror(errno.ENOSPC)

    def sweep(self):
        counts, problems = collections.Counter(), []
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            for kind, found in pool.map(lambda job: self.one(*job), self.jobs()):
                counts[kind] += 1
                problems += found
        return counts, problems

    def tmpfs(self):
        """The run on file systems of more and more pages until it fits; what it left on a full one goes on elsewhere."""
        counts, problems = collections.Counter(), []
        for kib in itertools.count(4, 4 * self.options.every):
            folder = self.project(f"tmpfs_{kib}")
            (folder / "disk").mkdir()
            (folder / "run").symlink_to("disk")
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "none", folder / "disk"], check=True)
            try:
                code, errors = project.run(self.options.program, folder, self.train)
                shutil.copytree(folder / "disk", folder / "copy")
            finally:
                subprocess.run(["umount", folder / "disk"], check=True)
            counts["full tmpfs" if code else "tmpfs with room"] += 1
            (folder / "run").unlink()
            (folder / "copy").rename(folder / "run")
            last = errors.strip().splitlines()[-1] if errors.strip() else ""
            if code not in (0, 8) or (code == 8 and "No space left" not in last and "free" not in last):
                problems.append(f"tmpfs of {kib} KiB: ended in {code} and said {last!r}")
            problems += [f"tmpfs of {kib} KiB: {problem}" for problem in self.goes_on(folder)]
            shutil.rmtree(folder)
            if code == 0:
                return counts, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=lambda path: pathlib.Path(path).resolve(), required=True)
    parser.add_argument("--every", type=int, default=1, help="only every nth call and percent")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--tmpfs", action="store_true")
    parser.add_argument("--folder", help="where to work; default: the system's place for temporary files")
    options = parser.parse_args()
    sweep = Sweep(options)
    counts, problems = sweep.tmpfs() if options.tmpfs else sweep.sweep()
    print(f"{len(sweep.calls)} calls of a run of 4 steps with 2 checkpoints, final/ and export/")
    for kind, count in counts.items():
        print(f"  {kind:20} {count:4} runs")
    for problem in problems[:20]:
        print(f"WRONG: {problem}")
    print(f"failed: {len(problems)}" if problems else "passed")
    if not problems:
        shutil.rmtree(sweep.folder)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
