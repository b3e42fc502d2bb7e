"""Rows that need no memory: the token cache's speed, and what a run of many rows costs at its start.

    python3 bench/larger_than_memory.py [--rows 10000000] [--files 4] [--long 250000] [--work FOLDER]

Needs -DLAUREL_BENCH=ON. Makes ratings of made-up words and a small random model. `check` builds
the cache: timed, compared with encoding alone (rust/examples/encode_rows.rs), and killed once
halfway. Then `train` makes three steps of 10,000 rows, of all of them, and of the long ones. RssAnon
of the process is sampled every 20 ms.
"""

import argparse
import json
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import tempfile
import time

from measure import ROOT, machine, read_metrics, table, write_json

TOKENIZER = ROOT / "tests/golden/text/turns"
WORDS = ("the a of time river tree good long house water light stone very much small day night road "
         "green open paper under hill summer window garden letter").split()


def write_model(folder):
    """A random llama of two small layers with a byte-level tokenizer."""
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(TOKENIZER / name, folder)
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    size = 1 + max(list(tokenizer["model"]["vocab"].values())
                   + [token["id"] for token in tokenizer["added_tokens"]])
    hidden, wide, layers = 32, 64, 2
    (folder / "config.json").write_text(json.dumps({
        "architectures": ["LlamaModel"], "model_type": "llama", "vocab_size": size,
        "hidden_size": hidden, "intermediate_size": wide, "num_hidden_layers": layers,
        "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 32768,
        "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "hidden_act": "silu"}))
    shapes = {"embed_tokens.weight": (size, hidden), "norm.weight": (hidden,)}
    for i in range(layers):
        at = f"layers.{i}."
        for name in "qkvo":
            shapes[f"{at}self_attn.{name}_proj.weight"] = (hidden, hidden)
        for name in ("gate", "up"):
            shapes[f"{at}mlp.{name}_proj.weight"] = (wide, hidden)
        shapes[f"{at}mlp.down_proj.weight"] = (hidden, wide)
        for name in ("input", "post_attention"):
            shapes[f"{at}{name}_layernorm.weight"] = (hidden,)
    header, data, generator = {}, b"", random.Random(1)
    for name, shape in shapes.items():
        count = 1
        for n in shape:
            count *= n
        values = [1.0] * count if len(shape) == 1 else [generator.gauss(0, 0.05)
                                                        for _ in range(count)]
        header[name] = {"dtype": "F32", "shape": shape,
                        "data_offsets": [len(data), len(data) + 4 * count]}
        data += struct.pack(f"<{count}f", *values)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_rows(path, rows, words, first):
    """Ratings, a number in each, so that none is another's copy."""
    generator = random.Random(first)
    ends = []
    for _ in range(min(rows, 5000)):
        text = " ".join(generator.choices(WORDS, k=words))
        half = len(text) // 2
        ends.append(f' {text[:half]}", "response": " {text[half:]}", '
                    f'"score": {generator.randrange(5)}}}\n')
    with open(path, "w") as file:
        for begin in range(0, rows, len(ends)):
            some = ends[:rows - begin]
            file.write("".join(f'{{"prompt": "{first + begin + i}{end}'
                               for i, end in enumerate(some)))
    return str(path)


def config_of(work, name, files):
    path = work / f"{name}.json"
    path.write_text(json.dumps({
        "model": {"path": str(work / "model"), "max_length": 8192},
        "data": {"cache_folder": str(work / "cache")},
        "sources": [{"name": "rows", "format": "pointwise", "text": "plain", "train": files,
                     "loss": {"type": "squared_error"}}],
        "train": {"steps": 3, "batch_size": 64, "lr": 1e-5, "eval_every": 0, "save_every": 0},
        "run": {"device": "cpu", "folder": str(work / f"run_{name}")}}))
    return path


def anonymous_bytes(process):
    try:
        for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def watch(command, stop=lambda: False):
    """(seconds, most RssAnon, start, output) of a process; killed once stop() says so."""
    with tempfile.TemporaryFile("w+") as out:
        start, clock, most = time.time(), time.perf_counter(), 0
        process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=out)
        killed = False
        while process.poll() is None:
            most = max(most, anonymous_bytes(process))
            if not killed and stop():
                process.send_signal(signal.SIGKILL)
                killed = True
            time.sleep(0.02)
        seconds = time.perf_counter() - clock
        out.seek(0)
        text = out.read()
        if process.returncode != 0 and not killed:
            raise SystemExit(f"{command}\nended with {process.returncode}:\n{text[-3000:]}")
        return seconds, most, start, text


def finished_files(work):
    return sorted((work / "cache").glob("*.tokens"))


def first_step(laurel, work, name, files):
    """(seconds to the end of the first step, most RssAnon)"""
    config = config_of(work, name, files)
    seconds, most, start, _ = watch([laurel, "train", config, "--overwrite"])
    lines, _ = read_metrics(work / f"run_{name}")
    return lines[0]["time"] - start, most


def compare_with_encode(arguments, work, files, building, what=""):
    """Seconds of encoding alone, by tokenizers and by laurel, and the former by those of building."""
    told = [json.loads(watch([arguments.encode, work / "model", path])[3]) for path in files]
    tokenizers, laurel = (sum(each[key] for each in told) for key in ("seconds", "laurel"))
    return {f"{what}tokenizers' encode_fast alone": tokenizers,
            f"{what}laurel's encode alone": laurel,
            f"{what}encode_fast / building": tokenizers / building}


def measure(arguments, work):
    laurel = arguments.laurel
    write_model(work / "model")
    each = arguments.rows // arguments.files
    files = [write_rows(work / f"rows{i}.jsonl", each, 4, i * each)
             for i in range(arguments.files)]
    few = [write_rows(work / "few.jsonl", 10_000, 4, 0)]
    found = {"rows": each * arguments.files, "files": arguments.files}
    config = config_of(work, "all", files)

    half = arguments.files // 2
    watch([laurel, "check", config], stop=lambda: len(finished_files(work)) >= half)
    found["finished when killed"] = len(finished_files(work))
    shutil.rmtree(work / "cache")
    seconds, most, _, text = watch([laurel, "check", config])
    found["check, first"], found["its RssAnon MiB"] = seconds, most / 2**20
    found["check, again"] = watch([laurel, "check", config])[0]
    found["cache GB"] = sum(path.stat().st_size for path in finished_files(work)) / 1e9
    found |= compare_with_encode(arguments, work, files, seconds - found["check, again"])

    watch([laurel, "check", config_of(work, "few", few)])
    for name, of in (("few", few), ("all", files)):
        runs = [first_step(laurel, work, name, of) for _ in range(arguments.repeats)]
        found[f"{name}: first step after"] = min(seconds for seconds, _ in runs)
        found[f"{name}: RssAnon MiB"] = max(most for _, most in runs) / 2**20
    more = found["all: RssAnon MiB"] - found["few: RssAnon MiB"]
    found["bytes a group"] = more * 2**20 / (found["rows"] - 10_000)
    if arguments.long:
        long = [write_rows(work / "long.jsonl", arguments.long, 600, 0)]
        config = config_of(work, "long", long)
        first, again = (watch([laurel, "check", config])[0] for _ in range(2))
        found |= compare_with_encode(arguments, work, long, first - again, "long: ")
        seconds, most = first_step(laurel, work, "long", long)
        found["long: cache GB"] = max(p.stat().st_size for p in finished_files(work)) / 1e9
        found["long: first step after"], found["long: RssAnon MiB"] = seconds, most / 2**20
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--laurel", type=pathlib.Path, default=ROOT / "build/laurel")
    parser.add_argument("--encode", type=pathlib.Path,
                        default=ROOT / "build/rust/release/examples/encode_rows")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--files", type=int, default=4)
    parser.add_argument("--long", type=int, default=400_000, help="rows of 600 words; 0: none")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--work", type=pathlib.Path, default=None)
    parser.add_argument("--out", type=pathlib.Path, default=None)
    arguments = parser.parse_args()
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(dir=arguments.work) as scratch:
        found = measure(arguments, pathlib.Path(scratch))
    table(("what", "measured"),
          [(name, f"{value:.2f}" if isinstance(value, float) else value)
           for name, value in found.items()])
    if arguments.out:
        write_json(arguments.out, {"machine": machine(), "found": found})


if __name__ == "__main__":
    main()
