"""How the cost of a token grows: with the micro-batch, with the length, with K responses a prompt.

    python3 bench/growth.py [micro_batch] [length] [responses] [--precision bf16] [--layers 6]

Trains on rows of made-up words with a backbone cut to its first layers; costs are seconds per
unique token by laurel's own clock, the median of `--steps` steps behind the first.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import tempfile

from measure import (add_options, machine, read_metrics, run, table, train_config, write_json,
                     write_lines)

WORDS = "the a of time river tree good long house water light stone very much small day".split()


def words(count, seed):
    """So many words, most of them one token; another text for every seed."""
    return " ".join(WORDS[(i * i + seed * (i + 3)) % len(WORDS)] for i in range(count))


def cut_backbone(source, folder, layers):
    """Copies a model folder with its first layers only."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    config = json.loads((source / "config.json").read_text())
    config["num_hidden_layers"] = min(layers, config["num_hidden_layers"])
    (folder / "config.json").write_text(json.dumps(config))
    with open(source / "model.safetensors", "rb") as read:
        size = int.from_bytes(read.read(8), "little")
        header = json.loads(read.read(size))
        kept, end = {}, 0
        for name, entry in header.items():
            parts = name.split(".layers.")
            if name != "__metadata__" and (len(parts) == 1 or int(parts[1].split(".")[0]) < layers):
                begin, last = entry["data_offsets"]
                length = last - begin
                kept[name] = (begin, length, entry | {"data_offsets": [end, end + length]})
                end += length
        text = json.dumps({name: entry for name, (_, _, entry) in kept.items()}).encode()
        text += b" " * (-len(text) % 8)
        with open(folder / "model.safetensors", "wb") as write:
            write.write(len(text).to_bytes(8, "little") + text)
            for begin, length, _ in kept.values():
                read.seek(8 + size + begin)
                write.write(read.read(length))


def rating(length, seed):
    return {"prompt": words(length // 2, seed), "response": " " + words(length - length // 2, seed),
            "score": seed % 5}


def pair(prompt, length, prompt_seed, seed):
    return {"prompt": words(prompt, prompt_seed), "chosen": " " + words(length, 2 * seed + 1),
            "rejected": " good " + words(length - 1, 2 * seed + 2)}


def pairs_of_prompts(responses, tokens, prompt, length):
    """Rows of about so many unique tokens: K / 2 pairs behind each other for every prompt."""
    prompts = max(1, tokens // (prompt + responses * length))
    return [pair(prompt, length, p, p * responses + k)
            for p in range(prompts) for k in range(responses // 2)]


def cost(arguments, work, rows, tokens_per_micro_batch):
    """(seconds per unique token, unique tokens, dataset tokens) of a step of all rows."""
    pairwise = "chosen" in rows[0]
    source = {"name": "rows", "format": "pairwise" if pairwise else "pointwise", "text": "plain",
              "train": [str(write_lines(work / "rows.jsonl", rows))],
              "loss": {"type": "bradley_terry" if pairwise else "squared_error"}}
    model = {"path": str(work / "backbone"), "max_length": 8192, "head": "new"}
    config = train_config(
        work / "config.json", model, [source],
        {"steps": arguments.steps + 1, "batch_size": len(rows), "lr": 1e-6,
         "precision": arguments.precision, "tokens_per_micro_batch": tokens_per_micro_batch},
        {"folder": str(work / "run"), "threads": arguments.threads})
    overrides = [word for value in arguments.set for word in ("--set", value)]
    run([arguments.laurel, "train", config, "--overwrite", *overrides], arguments.threads)
    lines, _ = read_metrics(work / "run")
    seconds = statistics.median(line["seconds"] for line in lines[1:])
    return seconds / lines[-1]["computed_tokens"], lines[-1]["computed_tokens"], lines[-1]["tokens"]


def measure_micro_batches(arguments, work):
    """The same rows in micro-batches of other sizes: groups of about 500 tokens."""
    rows = pairs_of_prompts(2, arguments.tokens, 160, 160)
    sizes = [size for size in (1024, 2048, 4096, 8192, 16384) if size <= arguments.tokens]
    costs = {size: cost(arguments, work, rows, size) for size in sizes}
    reference = costs[2048 if 2048 in costs else sizes[0]][0]
    table(("tokens per micro-batch", "µs per unique token", "against 2,048"),
          [(size, f"{c[0] * 1e6:.1f}", f"{c[0] / reference:.3f}") for size, c in costs.items()])
    return costs


def measure_lengths(arguments, work):
    """Ratings of one length, 4,096 tokens a micro-batch; the longest is one group alone."""
    costs = {}
    for length in (64, 128, 256, 512, 1024, 2048, 4096):
        rows = [rating(length, seed) for seed in range(4096 // length)]
        costs[length] = cost(arguments, work, rows, 4608)
    table(("words of a row", "rows", "unique tokens", "µs per unique token", "against 64"),
          [(length, 4096 // length, c[1], f"{c[0] * 1e6:.1f}", f"{c[0] / costs[64][0]:.3f}")
           for length, c in costs.items()])
    return costs


def measure_responses(arguments, work):
    """A prompt of 256 words, K responses of 64; K = 1 is a rating, more are pairs of one prompt."""
    costs = {1: cost(arguments, work, [rating(320, seed) for seed in range(12)], 4096)}
    for responses in (2, 4, 8):
        rows = pairs_of_prompts(responses, 4096, 256, 64)
        costs[responses] = cost(arguments, work, rows, 4096)
    table(("K", "dataset tokens", "unique tokens", "µs per unique token", "µs per dataset token"),
          [(k, c[2], c[1], f"{c[0] * 1e6:.1f}", f"{c[0] * c[1] / c[2] * 1e6:.1f}")
           for k, c in costs.items()])
    return costs


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    sweeps = {"micro_batch": measure_micro_batches, "length": measure_lengths,
              "responses": measure_responses}
    parser.add_argument("sweeps", nargs="*", metavar="SWEEP", help=f"of {', '.join(sweeps)}")
    add_options(parser, "models/smollm2-135m")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--steps", type=int, default=2, help="behind the first, which is not timed")
    parser.add_argument("--tokens", type=int, default=16384, help="of a step, for micro_batch")
    parser.add_argument("--set", nargs="*", default=[], help="options of laurel: train.x=y")
    arguments = parser.parse_args()
    print(f"{machine()}; {arguments.threads} threads, {arguments.precision}, {arguments.layers} "
          f"layers of {arguments.model.name}, median of {arguments.steps} steps\n")
    found = {}
    with tempfile.TemporaryDirectory(dir=arguments.work) as scratch:
        work = pathlib.Path(scratch)
        cut_backbone(arguments.model.resolve(), work / "backbone", arguments.layers)
        for name in arguments.sweeps or sweeps:
            found[name] = sweeps[name](arguments, work)
    write_json(arguments.out, {"machine": machine(), "costs": found})


if __name__ == "__main__":
    main()
