"""Ten thousand steps of a tiny run with saves asked for at drawn times (SIGUSR1), stopped (SIGTERM) and resumed:
memory and open files stay flat, and the result is that of a run that nothing disturbed.

    python3 tests/faults/soak.py --program build/laurel --steps 10000"""

import argparse
import os
import pathlib
import random
import re
import shutil
import signal
import sys
import tempfile
import time

import project

WARM = 700  # steps until a process has saved and evaluated, and has what it needs for it
RESUMABLE = 75


def usage(process):
    """Resident MiB of its own (without pages of libraries) and open files; none once the process is ending."""
    try:
        status = pathlib.Path(f"/proc/{process}/status").read_text()
        memory = re.search(r"RssAnon:\s*(\d+) kB", status)
        files = len(os.listdir(f"/proc/{process}/fd"))
        return (int(memory.group(1)) / 1024, files) if memory else None
    except OSError:
        return None


class Watched:
    """One process, sampled until it ends; stopped behind a drawn number of steps, saves asked for on the way."""

    def __init__(self, test, stop_behind):
        self.test, self.samples, self.saves = test, [], 0
        self.first = max(project.checkpoints(test.run), default=0)
        self.process = project.start(test.options.program, test.folder / "broken", test.arguments)
        self.stop_at = self.first + stop_behind
        while self.process.poll() is None:
            self.look()
            time.sleep(0.02)
        self.code, self.errors = self.process.returncode, self.process.communicate()[1]

    def look(self):
        step, found = project.steps_in_metrics(self.test.run), usage(self.process.pid)
        if not found:
            return
        if step >= self.first + WARM:
            self.samples.append((step, *found))
        if step >= self.stop_at:
            self.process.send_signal(signal.SIGTERM)
            self.stop_at = 1 << 60  # a second signal would end it at once
        elif step > self.first and self.test.random.random() < 0.05:
            self.process.send_signal(signal.SIGUSR1)
            self.saves += 1

    def growth(self):
        """MiB by which the last quarter of the samples lies above the second one, and the most files open."""
        quarter = max(len(self.samples) // 4, 1)
        def middle(part):
            values = sorted(sample[1] for sample in part)
            return values[len(values) // 2]
        return middle(self.samples[-quarter:]) - middle(self.samples[quarter:2 * quarter] or self.samples)


class Soak:
    def __init__(self, options):
        self.options, self.random = options, random.Random(options.seed)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="laurel_soak_", dir=options.folder))
        for name in ("unbroken", "broken"):
            project.make(self.folder / name, steps=options.steps, save_every=500, eval_every=500)
        self.run = self.folder / "broken/run"
        self.arguments = ["train", "config.json", "--set", "run.resume=auto"]
        self.problems = []

    def look_at(self, watched):
        if len(watched.samples) < 8:
            return
        memory, files = [s[1] for s in watched.samples], [s[2] for s in watched.samples]
        growth = watched.growth()
        print(f"steps {watched.first:6} to {watched.samples[-1][0]:6}: {watched.saves:3} saves asked for, "
              f"{min(memory):6.1f} to {max(memory):6.1f} MiB (growth {growth:+.1f}), {min(files)} to {max(files)} files")
        if growth > 0.02 * max(memory) + 2:
            self.problems.append(f"memory grew by {growth:.1f} MiB behind step {watched.first}")
        usual = sorted(files)[len(files) // 2]
        if max(files) > usual + 4:  # the file, and the folder, of a save that is being written
            self.problems.append(f"{max(files)} files were open, {usual} at other times")

    def go(self):
        code, errors = project.run(self.options.program, self.folder / "unbroken", self.arguments[:2])
        if code != 0:
            sys.exit(f"the unbroken run ended in {code}:\n{errors}")
        self.arguments += project.as_it_chose(self.folder / "unbroken/run")
        stops = 0
        while True:
            watched = Watched(self, self.random.randint(WARM + 300, 3000))
            self.look_at(watched)
            if watched.code == 0:
                break
            stops += 1
            if watched.code != RESUMABLE:
                self.problems.append(f"a process ended in {watched.code}: {watched.errors[-500:]}")
                break
        without = ("run.json", "manifest.json")
        expected = project.contents(self.folder / "unbroken/run/final", without)
        if not self.problems and project.contents(self.run / "final", without) != expected:
            self.problems.append("the final model differs from the unbroken run's")
        return stops


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=lambda path: pathlib.Path(path).resolve(), required=True)
    parser.add_argument("--steps", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where to work; default: the system's place for temporary files")
    options = parser.parse_args()
    soak, began = Soak(options), time.time()
    stops = soak.go()
    print(f"{options.steps} steps, {stops} stops and resumes, {time.time() - began:.0f} s")
    for problem in soak.problems:
        print(f"WRONG: {problem}")
    print("failed" if soak.problems else "passed: the same final model, bit for bit")
    if not soak.problems:
        shutil.rmtree(soak.folder)
    sys.exit(1 if soak.problems else 0)


if __name__ == "__main__":
    main()
