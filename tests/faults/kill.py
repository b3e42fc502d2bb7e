"""Kills a training run with SIGKILL again and again, half of the times inside a save, resumes it each time, and
compares what comes out with a run that nothing disturbed.

    python3 tests/faults/kill.py --program build/laurel --kills 200
    python3 tests/faults/kill.py --program build/laurel --kills 200 --without-resume     (must fail)

Calls of the run are counted by failing_calls.cpp, which kills at a drawn one: before it, behind it, or in the
middle of a write. One kill in ten comes from outside, at a drawn time."""

import argparse
import collections
import pathlib
import random
import re
import shutil
import sys
import tempfile
import time

import project

INSIDE, BETWEEN, STARTING = "inside a save", "between saves", "while starting"


def place_of(trace):
    """Where a process was when it ended, by the calls it had made."""
    saving = False
    for line in trace:
        kind, path, _ = line.rsplit(" ", 2) if line.startswith("write") else line.split(" ", 2)
        if kind.startswith("mkdir") and re.search(r"checkpoints/step-\d+\.tmp-", path):
            saving = True
        if line.startswith("fsync_folder checkpoints "):
            saving = False
    if saving:
        return INSIDE
    return BETWEEN if any(line.startswith("write metrics.jsonl") for line in trace) else STARTING


def first_step(errors):
    """The step that a process says it starts from; none if it was killed before it could."""
    found = re.search(project.STARTS_AT, errors)
    return int(found.group(1)) if found else None


class Test:
    def __init__(self, options):
        self.options, self.random = options, random.Random(options.seed)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="laurel_kill_", dir=options.folder))
        train = {"steps": options.steps, "save_every": options.save_every, "eval_every": options.save_every,
                 "keep_last": 2, "average": options.average}
        for name in ("unbroken", "broken"):
            project.make(self.folder / name, parts=options.train, **train)
        self.run = self.folder / "broken/run"
        self.problems, self.places, self.executed = [], collections.Counter(), 0
        self.arguments = ["train", "config.json", "--set", "run.resume=auto"]
        if options.without_resume:
            self.arguments = ["train", "config.json", "--set", "run.resume=never", "--overwrite"]

    def expect(self, right, problem):
        if not right:
            self.problems.append(problem)

    def calls_of_a_period(self):
        """Counted calls from one save to the next, in the unbroken run."""
        trace = self.folder / "unbroken.trace"
        faults = {"folder": self.folder / "unbroken/run", "trace": trace}
        code, errors = project.run(self.options.program, self.folder / "unbroken", self.arguments[:2], faults)
        if code != 0:
            sys.exit(f"the unbroken run ended in {code}:\n{errors}")
        self.arguments += project.as_it_chose(self.folder / "unbroken/run")
        lines = trace.read_text().splitlines()
        saves = [at for at, line in enumerate(lines) if re.match(r"mkdir checkpoints/step-\d+\.tmp-", line)]
        return (saves[-1] - saves[0]) // max(len(saves) - 1, 1)

    def start(self, faults, seconds):
        """Runs one process to its end or its kill; notes what it began with and what it made."""
        trace = self.folder / "trace"
        trace.unlink(missing_ok=True)
        newest = max(project.checkpoints(self.run), default=0)
        process = project.start(self.options.program, self.folder / "broken", self.arguments,
                                {"folder": self.run, "trace": trace, **faults})
        if seconds is not None:
            time.sleep(seconds)
            process.kill()
        errors = process.communicate()[1]
        lines = trace.read_text().splitlines() if trace.exists() else []
        begun = first_step(errors)
        if begun is not None:
            self.expect(begun == newest, f"a process began at step {begun}, the newest whole checkpoint was {newest}")
        if any(line.startswith("write metrics.jsonl") for line in lines):
            self.executed += max(project.steps_in_metrics(self.run) - newest, 0)
        return process.returncode, errors, lines

    def kill(self, period):
        outside = self.random.random() < 0.1
        kind = self.random.choice(["kill_before", "kill_half", "kill_after"])
        faults = {} if outside else {"kind": kind, "call": self.random.randint(1, 7 * period // 5)}
        seconds = self.random.uniform(0, 3) if outside else None
        code, errors, trace = self.start(faults, seconds)
        if code == 0:
            return False
        self.expect(code == -9, f"a process ended in {code}: {errors[-500:]}")
        self.places[place_of(trace)] += 1
        return True

    def finish(self):
        code, errors, _ = self.start({}, None)
        self.expect(code == 0, f"the last process ended in {code}: {errors[-500:]}")
        kills, options = sum(self.places.values()), self.options
        self.expect(kills >= options.kills, f"only {kills} kills before the run was done: give it more --steps")
        most = options.steps + kills * options.save_every
        self.expect(self.executed <= most, f"{self.executed} updates were made, expected at most {most}")
        for place in (INSIDE, BETWEEN):
            self.expect(self.places[place] >= 0.3 * kills, f"{self.places[place]} of {kills} kills {place}, expected 30 %")
        without = ("run.json", "manifest.json", "base.json")  # which names the folder
        found = project.contents(self.run / "final", without=without)
        expected = project.contents(self.folder / "unbroken/run/final", without=without)
        self.expect(found == expected, "the final model differs from the unbroken run's")

    def report(self, seconds):
        kills = sum(self.places.values())
        print(f"{kills} kills of a run of {self.options.steps} steps, a save every {self.options.save_every}; "
              f"{self.executed} updates in all; {seconds:.0f} s")
        for place in (INSIDE, BETWEEN, STARTING):
            share = self.places[place] / max(kills, 1)
            print(f"  {place:15} {self.places[place]:4} {share:5.0%} {'#' * round(50 * share)}")
        for problem in self.problems[:10]:
            print(f"WRONG: {problem}")
        print("failed" if self.problems else "passed: the same final model, bit for bit")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=lambda path: pathlib.Path(path).resolve(), required=True)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--steps", type=int, default=12000)
    parser.add_argument("--save-every", type=int, default=90)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--train", default="all", help="model.train: all, head or lora")
    parser.add_argument("--average", default="last", help="train.average: last or ema")
    parser.add_argument("--folder", help="where to work; default: the system's place for temporary files")
    parser.add_argument("--without-resume", action="store_true", help="begin anew after each kill: this must fail")
    options = parser.parse_args()
    began, test = time.time(), Test(options)
    period = test.calls_of_a_period()
    while sum(test.places.values()) < options.kills and not test.problems:
        if not test.kill(period):
            break
    if not test.problems:
        test.finish()
    test.report(time.time() - began)
    if not test.problems:
        shutil.rmtree(test.folder)
    sys.exit(1 if test.problems else 0)


if __name__ == "__main__":
    main()
