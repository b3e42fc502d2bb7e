"""laurel and TRL's RewardTrainer on the same rows, steps and threads, one after the other in turn.

    python3 bench/race_trl.py [--precision bf16] [--rows ROWS.jsonl] [--repeats 3] [--out RACE.json]

Both programs are timed from outside: wall time of `--steps` steps less that of `--short` steps, so
that data, optimizer and metrics count and starting and saving do not. ROWS are pairs as message
lists or strings; without them, the examples in data/. Of shared sets: scripts/peer_run.py rows IN
ROWS.jsonl --shuffle 1.

LoRA: --adapter makes laurel write the adapter that it begins with, and TRL + PEFT begin with the
same A, B and head. --micro-batches 1 2 4: TRL's pairs at a time, the rows of a step sorted by
length; the fastest counts.
"""

import argparse
import json
import math
import pathlib
import shutil
import statistics
import tempfile
from dataclasses import asdict, dataclass, field

from measure import (EXAMPLES, PEER, PEER_PYTHON, ROOT, add_options, first_rows, machine,
                     message_rows, read_metrics, run, table, train_config, write_json, write_lines)


@dataclass
class Trained:
    """One run of one program."""

    seconds: float
    peak_gib: float
    start_seconds: float  # of the process until its first step
    losses: list
    steps: list = field(default_factory=list)  # laurel's own lines


@dataclass
class Racer:
    name: str
    train: object  # (steps, rows file) -> Trained
    short: list = field(default_factory=list)
    long: list = field(default_factory=list)

    def step_seconds(self):
        """One value per repeat."""
        count = len(self.long[0].losses) - len(self.short[0].losses)
        return [(b.seconds - a.seconds) / count for a, b in zip(self.short, self.long)]

    def best(self):
        return statistics.median(self.step_seconds())

    def peak(self):
        return max(trained.peak_gib for trained in self.long)

    def start(self):
        return statistics.median(t.start_seconds for t in self.short + self.long)


def laurel_train(arguments, work, steps, rows, overrides=()):
    """Runs laurel; returns the process and the run's folder."""
    folder = work / "run"
    model = {"path": str(arguments.model.resolve()), "max_length": arguments.max_length}
    if arguments.adapter:
        model["train"] = {"lora": {}}
    config = train_config(
        work / "laurel.json", model,
        [{"name": "pairs", "format": "pairwise", "train": [str(rows)],
          "loss": {"type": "bradley_terry"}}],
        {"steps": steps, "batch_size": arguments.batch, "lr": arguments.lr,
         "precision": arguments.precision,
         "tokens_per_micro_batch": arguments.tokens_per_micro_batch},
        {"folder": str(folder), "threads": arguments.threads})
    words = [word for value in [*arguments.set, *overrides] for word in ("--set", value)]
    done = run([arguments.laurel, "train", config, "--overwrite", *words], arguments.threads)
    return done, folder


def first_adapter(arguments, work, rows):
    """The adapter that laurel begins with: one step at rate 0."""
    _, folder = laurel_train(arguments, work, 1, rows, ["train.lr=0"])
    shutil.move(folder / "adapter", work / "adapter")
    shutil.rmtree(folder)
    return work / "adapter"


def laurel_racer(arguments, work):
    def train(steps, rows):
        done, folder = laurel_train(arguments, work, steps, rows)
        lines, begin = read_metrics(folder)
        shutil.rmtree(folder)
        check_rows(lines, steps, arguments.batch)
        return Trained(done.seconds, done.peak_gib, begin - done.start,
                       [line["loss"] for line in lines], lines)

    return Racer(f"laurel {arguments.precision}", train)


def check_rows(lines, steps, batch):
    if [line["scored_positions"] for line in lines] != [2 * batch] * steps:
        raise SystemExit(f"laurel made {len(lines)} steps, expected {steps} of {batch} pairs each")


def trl_racer(arguments, mode, pairs, adapter):
    def train(steps, rows):
        done = run([PEER_PYTHON, PEER, "train", arguments.model, rows, mode, "--steps", steps,
                    "--batch", arguments.batch, "--accumulate", arguments.batch // pairs, "--lr",
                    arguments.lr, "--threads", arguments.threads, "--max-length",
                    arguments.max_length, *(["--adapter", adapter] if adapter else [])],
                   arguments.threads)
        said = json.loads(done.out.strip().splitlines()[-1])
        return Trained(done.seconds, done.peak_gib, said["first_step"] - done.start,
                       said["losses"])

    micro_batches = "" if pairs == arguments.batch else f", {pairs} pairs at a time"
    return Racer(f"TRL {mode}{micro_batches}", train)


def sorted_steps(rows, batch):
    """The rows of each step by length, which changes no step's loss and spares TRL padding."""
    steps = [rows[start:start + batch] for start in range(0, len(rows), batch)]
    return [row for step in steps for row in sorted(step, key=lambda row: len(json.dumps(row)))]


def limit_seconds(arguments, lines):
    """What bench/limit says of the mean step: its JSON and the bare products' seconds a step."""
    if not arguments.limit.exists():
        return None
    unique = statistics.mean(line["computed_tokens"] for line in lines)
    micro_batches = math.ceil(unique / arguments.tokens_per_micro_batch)
    parts = micro_batches * arguments.threads
    done = run([arguments.limit, arguments.model, "--json", "--tokens", round(unique / parts),
                "--pooled", math.ceil(lines[0]["scored_positions"] / parts), "--workers", arguments.threads,
                "--precision", arguments.precision], arguments.threads)
    found = json.loads(done.out)
    return found | {"step_seconds": found["seconds"] * micro_batches}


def race(arguments, work):
    rows = message_rows(arguments.rows, work)
    # Both runs read the same file: what laurel does after the last step depends on its rows.
    file = write_lines(work / "rows.jsonl", sorted_steps(
        first_rows(rows, arguments.steps * arguments.batch), arguments.batch))
    modes = arguments.modes if arguments.modes is not None else (
        ["fp32"] if arguments.precision == "fp32" else ["weights", "autocast"])
    adapter = first_adapter(arguments, work, file) if arguments.adapter else None
    racers = [laurel_racer(arguments, work)] + [
        trl_racer(arguments, mode, pairs, adapter)
        for mode in modes for pairs in arguments.micro_batches or [arguments.batch]]
    limits = []
    for repeat in range(arguments.repeats):
        for racer in racers if repeat % 2 == 0 else racers[::-1]:
            racer.short.append(racer.train(arguments.short, file))
            racer.long.append(racer.train(arguments.steps, file))
            print(f"repeat {repeat + 1}: {racer.name} {racer.step_seconds()[-1]:.3f} s a step",
                  flush=True)
        limits.append(limit_seconds(arguments, racers[0].long[-1].steps[arguments.short:]))
    return racers, [limit for limit in limits if limit]


def print_speed(racers, timed):
    tokens = statistics.mean(line["tokens"] for line in timed)
    unique = statistics.mean(line["computed_tokens"] for line in timed)
    laurel, peers = racers[0], racers[1:]
    rows = []
    for racer in racers:
        seconds = racer.step_seconds()
        rows.append((racer.name, f"{racer.best():.3f}", f"{min(seconds):.3f} – {max(seconds):.3f}",
                     f"{tokens / racer.best():.0f}", f"{unique / racer.best():.0f}",
                     f"{racer.peak():.2f}", f"{racer.start():.1f}",
                     f"{racer.best() / laurel.best():.2f}"))
    print(f"\n{tokens:.0f} dataset tokens a step, {unique:.0f} of them unique\n")
    table(("", "s a step", "of repeats", "dataset tokens/s", "unique tokens/s", "peak GiB",
           "start s", "laurel is faster by"), rows)
    if peers:
        fastest = min(peers, key=Racer.best)
        print(f"laurel against {fastest.name}: {fastest.best() / laurel.best():.2f} times the "
              f"tokens/s, {laurel.peak() / fastest.peak():.2f} times the peak memory")


def print_limit(laurel, limits, timed):
    if not limits:
        return print("bench/limit is not built: no comparison with the bare matrix products\n")
    seconds = statistics.median(limit["step_seconds"] for limit in limits)
    inside = statistics.median(line["seconds"] for line in timed)
    gflops = statistics.median(limit["gflops"] for limit in limits)
    best = max(limit["best_gflops"] for limit in limits)
    print(f"bare matrix products: {seconds:.3f} s a step at {gflops:.0f} GFLOP/s (square product "
          f"{best:.0f}); laurel's step is {laurel.best() / seconds:.2f} times that from outside, "
          f"{inside / seconds:.2f} times by its own clock (median {inside:.3f} s)\n")


def print_losses(racers):
    """Side by side, with the difference of each from laurel; returns the largest by racer."""
    ours = racers[0].long[0].losses
    theirs = [racer.long[0].losses for racer in racers[1:]]
    differences = [[abs(a - b) / abs(b) for a, b in zip(ours, losses)] for losses in theirs]
    head = ["step"] + [racer.name for racer in racers] + ["difference"] * len(theirs)
    table(head, [[i + 1, f"{loss:.6f}", *(f"{losses[i]:.6f}" for losses in theirs),
                  *(f"{d[i]:.1e}" for d in differences)] for i, loss in enumerate(ours)])
    largest = {racer.name: max(d) for racer, d in zip(racers[1:], differences)}
    for name, difference in largest.items():
        print(f"largest relative difference of the loss from {name}: {difference:.1e}")
    return largest


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, "models/smollm2-135m-rm")
    parser.add_argument("--rows", type=pathlib.Path, default=EXAMPLES)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--steps", type=int, default=23)
    parser.add_argument("--short", type=int, default=3)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--lr", type=float, default=1e-5)
    parser.add_argument("--modes", nargs="*", help="TRL's (bench/peer.py); none: laurel alone")
    parser.add_argument("--adapter", action="store_true", help="train LoRA at its defaults")
    parser.add_argument("--micro-batches", nargs="*", type=int,
                        help="pairs at a time, of TRL; each divides --batch (default: all)")
    parser.add_argument("--set", nargs="*", default=[], help="options of laurel: train.x=y")
    parser.add_argument("--tokens-per-micro-batch", type=int, default=4096)
    parser.add_argument("--limit", type=pathlib.Path, default=ROOT / "build/bench/limit")
    arguments = parser.parse_args()
    print(f"{machine()}; {arguments.threads} threads, {arguments.precision}, {arguments.steps} - "
          f"{arguments.short} steps of {arguments.batch} pairs, {arguments.repeats} repeats")
    with tempfile.TemporaryDirectory(dir=arguments.work) as scratch:
        racers, limits = race(arguments, pathlib.Path(scratch))
    timed = racers[0].long[0].steps[arguments.short:]
    print_speed(racers, timed)
    print_limit(racers[0], limits, timed)
    largest = print_losses(racers)
    write_json(arguments.out, {
        "machine": machine(), "arguments": {k: str(v) for k, v in vars(arguments).items()},
        "limits": limits, "largest_loss_difference": largest,
        "racers": {racer.name: {"step_seconds": racer.step_seconds(),
                                "short": [asdict(trained) for trained in racer.short],
                                "long": [asdict(trained) for trained in racer.long]}
                   for racer in racers}})


if __name__ == "__main__":
    main()
