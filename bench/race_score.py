"""laurel score and transformers with batches of 32 sorted by length, on the same rows and threads.

    python3 bench/race_score.py [--precision bf16] [--rows ROWS.jsonl] [--repeats 3] [--pairs 160]

Both programs are timed from outside: wall time of `--pairs` pairs less that of `--short` pairs.
In bf16 both models hold bf16 weights.
"""

import argparse
import json
import pathlib
import statistics
import tempfile

from measure import (EXAMPLES, PEER, PEER_PYTHON, add_options, first_rows, machine, message_rows,
                     read_lines, run, table, write_json, write_lines)


def laurel_command(arguments, rows, out):
    return [arguments.laurel, "score", arguments.model, rows, out, "--threads", arguments.threads,
            *arguments.laurel_options]


def transformers_command(arguments, rows, out):
    mode = "fp32" if arguments.precision == "fp32" else "weights"
    return [PEER_PYTHON, PEER, "score", arguments.model, rows, out, "--mode", mode,
            "--threads", arguments.threads]


def rewards_of(path):
    return [row[side] for row in read_lines(path) for side in ("chosen_reward", "rejected_reward")]


def race(arguments, work):
    """seconds[name] holds one difference per repeat; the rewards are those of the last."""
    rows = message_rows(arguments.rows, work)
    files = {count: write_lines(work / f"rows_{count}.jsonl", first_rows(rows, count))
             for count in (arguments.short, arguments.pairs)}
    racers = {"laurel": laurel_command, "transformers": transformers_command}
    seconds, peaks, rewards = {name: [] for name in racers}, {}, {}
    tokens = {}
    for repeat in range(arguments.repeats):
        for name in list(racers)[::1 if repeat % 2 == 0 else -1]:
            wall = {}
            for count, file in files.items():
                done = run(racers[name](arguments, file, work / "out.jsonl"), arguments.threads)
                wall[count] = done.seconds
                if name == "transformers":
                    tokens[count] = json.loads(done.out.strip().splitlines()[-1])["tokens"]
            seconds[name].append(wall[arguments.pairs] - wall[arguments.short])
            peaks[name] = max(peaks.get(name, 0), done.peak_gib)
            rewards[name] = rewards_of(work / "out.jsonl")
    return seconds, peaks, rewards, tokens[arguments.pairs] - tokens[arguments.short]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, "models/smollm2-135m-rm")
    parser.add_argument("--rows", type=pathlib.Path, default=EXAMPLES)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--pairs", type=int, default=176)
    parser.add_argument("--short", type=int, default=16)
    parser.add_argument("--laurel-options", nargs="*", default=None,
                        help="default: --precision as above, where it is not fp32")
    arguments = parser.parse_args()
    if arguments.laurel_options is None:
        bf16 = arguments.precision == "bf16"
        arguments.laurel_options = ["--precision", "bf16"] if bf16 else []
    print(f"{machine()}; {arguments.threads} threads, {arguments.precision}, {arguments.pairs} - "
          f"{arguments.short} pairs, {arguments.repeats} repeats\n")
    with tempfile.TemporaryDirectory(dir=arguments.work) as scratch:
        seconds, peaks, rewards, tokens = race(arguments, pathlib.Path(scratch))
    median = {name: statistics.median(values) for name, values in seconds.items()}
    table(("", "s", "of repeats", "dataset tokens/s", "peak GiB"),
          [(name, f"{median[name]:.2f}", f"{min(values):.2f} – {max(values):.2f}",
            f"{tokens / median[name]:.0f}", f"{peaks[name]:.2f}")
           for name, values in seconds.items()])
    largest = max(abs(a - b) for a, b in zip(rewards["laurel"], rewards["transformers"]))
    print(f"laurel against transformers: {median['transformers'] / median['laurel']:.2f} times the "
          f"tokens/s; largest difference of a reward {largest:.1e}")
    write_json(arguments.out, {
        "machine": machine(), "arguments": {k: str(v) for k, v in vars(arguments).items()},
        "tokens": tokens, "seconds": seconds, "peak_gib": peaks, "largest_difference": largest})


if __name__ == "__main__":
    main()
