"""A tiny model, tiny files and runs of the program on them, with faults preloaded; Python 3 alone.

What is read of a run folder is read here independently of the program: manifests by hashlib, metrics by json."""

import hashlib
import json
import os
import pathlib
import random
import re
import struct
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
TOPICS = ["rain", "bread", "trains", "the sea", "maps", "snow", "a garden", "clocks"]
WORDS = ["bad", "poor", "fair", "good", "great"]
STARTS_AT = r"start\w* (?:at|from) step (\d+)"  # what every process says on standard error


def write_safetensors(path, shapes):
    """Random fp32 tensors: norms about 1, matrices scaled by their width."""
    generator, header, data, at = random.Random(1), {}, [], 0
    for name, shape in shapes.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        mean, scale = (1, 0.1) if len(shape) == 1 else (0, shape[1] ** -0.5)
        data.append(struct.pack(f"<{count}f", *(generator.gauss(mean, scale) for _ in range(count))))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + 4 * count]}
        at += 4 * count
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def make_model(folder, width=16, inner=24, layers=2):
    folder.mkdir(parents=True)
    golden = SOURCE / "tests/golden/text/blocks"
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_bytes((golden / name).read_bytes())
    tokenizer = json.loads((golden / "tokenizer.json").read_text())
    ids = list(tokenizer["model"]["vocab"].values()) + [token["id"] for token in tokenizer["added_tokens"]]
    vocabulary = max(ids) + 9  # with room for what tokenizer_config.json adds
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": vocabulary,
              "hidden_size": width, "intermediate_size": inner, "num_hidden_layers": layers,
              "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 2048,
              "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": True}
    (folder / "config.json").write_text(json.dumps(config))
    shapes = {"model.embed_tokens.weight": [vocabulary, width], "model.norm.weight": [width]}
    for layer in range(layers):
        for name, shape in {"input_layernorm": [width], "post_attention_layernorm": [width],
                            "self_attn.q_proj": [width, width], "self_attn.k_proj": [width // 2, width],
                            "self_attn.v_proj": [width // 2, width], "self_attn.o_proj": [width, width],
                            "mlp.gate_proj": [inner, width], "mlp.up_proj": [inner, width],
                            "mlp.down_proj": [width, inner]}.items():
            shapes[f"model.layers.{layer}.{name}.weight"] = shape
    write_safetensors(folder / "model.safetensors", shapes)


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def make(folder, layers=2, parts="all", **train):
    """model/, two sources and config.json: shuffled, packed, bf16 where there is bf16, evaluated.

    `parts`: model.train."""
    make_model(folder / "model", layers=layers)
    pairs = [{"prompt": f"Say something about {TOPICS[i % 8]} number {i}. ",
              "chosen": f"A good and clear answer about {TOPICS[i % 8]}{', with care.' if i % 3 == 0 else '.'}",
              "rejected": f"No {TOPICS[i % 8]}."} for i in range(60)]
    ratings = [{"prompt": f"Rate {TOPICS[i % 8]}. ", "response": f"It is a {WORDS[i % 5]} one.", "score": i % 5 + 1}
               for i in range(40)]
    write_lines(folder / "held_out.jsonl", pairs[48:])
    write_lines(folder / "pairs.jsonl", pairs[:48])
    write_lines(folder / "ratings.jsonl", ratings)
    sources = [{"name": "pairs", "format": "pairwise", "text": "plain", "train": ["pairs.jsonl"],
                "eval": ["held_out.jsonl"], "loss": {"type": "bradley_terry"}},
               {"name": "ratings", "format": "pointwise", "text": "plain", "train": ["ratings.jsonl"],
                "loss": {"type": "squared_error"}}]
    options = {"batch_size": 4, "tokens_per_micro_batch": 128, "lr": 1e-3, "precision": "auto", **train}
    config = {"model": {"path": "model", "max_length": 128, "train": parts}, "sources": sources, "train": options,
              "run": {"folder": "run", "threads": 1}}
    (folder / "config.json").write_text(json.dumps(config))


def start(program, folder, arguments, faults=None, **streams):
    """Starts the program in the folder; `faults` are the FAULTS_* variables of failing_calls.cpp."""
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "XDG_CACHE_HOME": str(folder / "cache")}
    if faults:
        environment["LD_PRELOAD"] = str(program.parent / "tests/faults/libfailing_calls.so")
        environment.update({f"FAULTS_{name.upper()}": str(value) for name, value in faults.items()})
    return subprocess.Popen([program, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **streams)


def run(program, folder, arguments, faults=None):
    """Returns exit code (negative: the signal) and standard error."""
    process = start(program, folder, arguments, faults)
    errors = process.communicate()[1]
    return process.returncode, errors


def as_it_chose(run_folder):
    """Arguments with what this run made of the precision auto, which is measured, and may come out otherwise
    another time."""
    precision = json.loads((run_folder / "laurel.json").read_text())["train"]["precision"]
    return ["--set", f"train.precision={precision}"]


def is_whole(folder):
    """Whether the folder has a manifest and every file that it lists, byte for byte."""
    try:
        files = json.loads((folder / "manifest.json").read_bytes())["files"]
        for name, listed in files.items():
            data = (folder / name).read_bytes()
            if len(data) != listed["size"] or hashlib.sha256(data).hexdigest() != listed["sha256"]:
                return False
        return bool(files)
    except (OSError, ValueError, KeyError):
        return False


def checkpoints(run_folder):
    """Steps of the whole checkpoints, ascending."""
    found = [path for path in (run_folder / "checkpoints").glob("step-*") if re.fullmatch(r"step-\d+", path.name)]
    return sorted(int(path.name[5:]) for path in found if is_whole(path))


def contents(folder, without=()):
    """Bytes of every file below the folder, by path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name not in without}


def steps_in_metrics(run_folder):
    """Number of the last step line of metrics.jsonl, 0 without one; a torn last line does not count."""
    try:
        with open(run_folder / "metrics.jsonl", "rb") as file:
            file.seek(max(os.fstat(file.fileno()).st_size - 65536, 0))
            lines = file.read().split(b"\n")[:-1]
    except OSError:
        return 0
    for line in reversed(lines):
        if line.startswith(b'{"kind":"step"'):
            return json.loads(line)["step"]
    return 0
