"""laurel and transformers' Trainer on ratings with an encoder: what they learn, and how fast.

    python3 bench/race_encoder.py --train RATINGS.jsonl --dev RATINGS.jsonl [--repeats 3] [--out RACE.json]

Both begin with the same head on the backbone (scripts/get_backbone.py minilm), without dropout, and read
prompt and response as the tokenizer's pair of texts. First R2 of --dev after --steps steps of shuffled rows.
Then the speed on the same rows, sorted by length into steps, which spares the Trainer its padding: wall
time of --timed steps less that of --short, the Trainer at each of --micro-batches.
"""

import argparse
import json
import pathlib
import random
import shutil
import statistics
import tempfile

from measure import (PEER_PYTHON, ROOT, add_options, first_rows, machine, read_lines, read_metrics,
                     run, table, train_config, write_json, write_lines)

PEER = ROOT / "bench/peer_encoder.py"


def start_folder(arguments):
    if not (arguments.model / "model.safetensors").exists():
        run([PEER_PYTHON, PEER, "start", arguments.backbone, arguments.model], arguments.threads)
    return arguments.model


def laurel_train(arguments, steps, rows, folder, work):
    config = train_config(
        work / "laurel.json",
        {"path": str(arguments.model.resolve()), "max_length": arguments.max_length},
        [{"name": "ratings", "format": "pointwise", "text": "pair", "train": [str(rows)],
          "loss": {"type": "squared_error"}}],
        {"steps": steps, "batch_size": arguments.batch, "lr": arguments.lr,
         "precision": arguments.precision},
        {"folder": str(folder), "threads": arguments.threads})
    done = run([arguments.laurel, "train", config, "--overwrite"], arguments.threads)
    return done, read_metrics(folder)[0]


def laurel_rewards(arguments, steps, rows, work):
    folder, out = work / "learned", work / "scored.jsonl"
    _, lines = laurel_train(arguments, steps, rows, folder, work)
    run([arguments.laurel, "score", folder, arguments.dev, out, "--threads", arguments.threads],
        arguments.threads)
    shutil.rmtree(folder)
    return [row["reward"] for row in read_lines(out)], [line["loss"] for line in lines]


def peer_command(arguments, steps, rows, micro_batch):
    return [PEER_PYTHON, PEER, "train", arguments.model, rows, "--steps", steps, "--batch",
            arguments.batch, "--micro-batch", micro_batch, "--lr", arguments.lr, "--max-length",
            arguments.max_length, "--threads", arguments.threads]


def said(done):
    return json.loads(done.out.strip().splitlines()[-1])


def r_squared(rewards, rows):
    scores = [row["score"] for row in rows]
    mean = statistics.fmean(scores)
    errors = sum((reward - score) ** 2 for reward, score in zip(rewards, scores))
    return 1 - errors / sum((score - mean) ** 2 for score in scores)


def learn(arguments, rows, work):
    """R2 and losses of both."""
    file = write_lines(work / "shuffled.jsonl", rows)
    dev = read_lines(arguments.dev)
    ours, our_losses = laurel_rewards(arguments, arguments.steps, file, work)
    theirs = said(run(peer_command(arguments, arguments.steps, file, arguments.batch)
                      + ["--dev", arguments.dev], arguments.threads))
    return {"laurel": {"r2": r_squared(ours, dev), "losses": our_losses},
            "Trainer": {"r2": r_squared(theirs["rewards"], dev), "losses": theirs["losses"]},
            "largest_difference_of_rewards": max(abs(a - b) for a, b in zip(ours, theirs["rewards"]))}


def sorted_steps(rows, batch):
    """Rows by length, cut into steps; the steps in a random order."""
    rows = sorted(rows, key=lambda row: len(row["prompt"]) + len(row["response"]))
    steps = [rows[i:i + batch] for i in range(0, len(rows), batch)]
    random.Random(1).shuffle(steps)
    return [row for step in steps for row in step]


def time_all(arguments, rows, work):
    """Seconds a step of each racer, one for each repeat; laurel's lines of the timed steps."""
    rows = sorted_steps(rows, arguments.batch)
    files = {steps: write_lines(work / f"sorted_{steps}.jsonl",
                                first_rows(rows, steps * arguments.batch))
             for steps in (arguments.short, arguments.timed)}
    seconds = {name: [] for name in ["laurel", *arguments.micro_batches]}
    for repeat in range(arguments.repeats):
        for name in list(seconds)[::1 if repeat % 2 == 0 else -1]:
            wall = {}
            for steps, file in files.items():
                if name == "laurel":
                    done, lines = laurel_train(arguments, steps, file, work / "timed", work)
                else:
                    done = run(peer_command(arguments, steps, file, name), arguments.threads)
                wall[steps] = done.seconds
            spent = wall[arguments.timed] - wall[arguments.short]
            seconds[name].append(spent / (arguments.timed - arguments.short))
            print(f"repeat {repeat + 1}: {name} {seconds[name][-1]:.3f} s a step", flush=True)
    return seconds, read_metrics(work / "timed")[0][arguments.short:]


def print_learned(found):
    print(f"R2 on dev: laurel {found['laurel']['r2']:.4f}, Trainer {found['Trainer']['r2']:.4f}; rewards differ "
          f"by at most {found['largest_difference_of_rewards']:.1e}")
    pairs = list(zip(found["laurel"]["losses"], found["Trainer"]["losses"]))
    table(("step", "laurel", "Trainer", "difference"),
          [(i + 1, f"{a:.6f}", f"{b:.6f}", f"{abs(a - b) / abs(b):.1e}")
           for i, (a, b) in enumerate(pairs) if i < 6 or i + 1 == len(pairs)])


def print_speed(seconds, lines):
    tokens = statistics.fmean(line["tokens"] for line in lines)
    best = {name: statistics.median(values) for name, values in seconds.items()}
    table(("", "s a step", "of repeats", "tokens/s", "laurel is faster by"),
          [(name if name == "laurel" else f"Trainer, micro-batches of {name}", f"{best[name]:.3f}",
            f"{min(values):.3f} – {max(values):.3f}", f"{tokens / best[name]:.0f}",
            f"{best[name] / best['laurel']:.2f}") for name, values in seconds.items()])
    if len(best) > 1:
        fastest = min((name for name in best if name != "laurel"), key=best.get)
        print(f"laurel against the fastest, micro-batches of {fastest}: {best[fastest] / best['laurel']:.2f} "
              f"times the tokens/s")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, "models/minilm-rm")
    parser.set_defaults(max_length=128)
    parser.add_argument("--backbone", type=pathlib.Path, default=ROOT / "models/minilm")
    parser.add_argument("--train", type=pathlib.Path, required=True)
    parser.add_argument("--dev", type=pathlib.Path, required=True)
    parser.add_argument("--repeats", type=int, default=3, help="of the timing; 0: none")
    parser.add_argument("--steps", type=int, default=150, help="of learning; 0: none")
    parser.add_argument("--timed", type=int, default=53)
    parser.add_argument("--short", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--micro-batches", type=int, nargs="*", default=[4, 8, 16, 32])
    parser.add_argument("--lr", type=float, default=5e-5)
    arguments = parser.parse_args()
    print(f"{machine()}; {arguments.threads} threads, {arguments.precision}, steps of {arguments.batch} rows")
    start_folder(arguments)
    rows = read_lines(arguments.train)
    random.Random(1).shuffle(rows)
    rows = rows[:max(arguments.steps, arguments.timed) * arguments.batch]
    result = {"machine": machine(), "arguments": {k: str(v) for k, v in vars(arguments).items()}}
    with tempfile.TemporaryDirectory(dir=arguments.work) as scratch:
        if arguments.steps > 0:
            result["learned"] = learn(arguments, rows, pathlib.Path(scratch))
            print_learned(result["learned"])
        if arguments.repeats > 0:
            result["seconds"], lines = time_all(arguments, rows, pathlib.Path(scratch))
            print_speed(result["seconds"], lines)
    write_json(arguments.out, result)


if __name__ == "__main__":
    main()
