"""Trains and scores a small random model with the real program on two devices and compares losses and rewards.

    python3 scripts/compare_devices.py --laurel build/laurel            cpu against cuda
    python3 scripts/compare_devices.py --laurel build/laurel --second cpu   tries the script itself

Needs nothing but Python's standard library; scripts/gpu_check.sh runs it.
"""

import argparse
import json
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOKENIZER = ROOT / "tests/golden/text/first"
WIDTH, INNER, LAYERS, HEADS, KV_HEADS, HEAD_DIM = 64, 96, 3, 4, 2, 16
STEPS = 8
# Relative, of losses and rewards: fp32 differs by the order of its sums, bf16 by roundings too.
BOUNDS = {"fp32": 2e-3, "bf16": 8e-2}


def write_model(folder):
    """A random Llama in fp32 beside a real tokenizer."""
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"):
        if (TOKENIZER / name).exists():
            shutil.copy(TOKENIZER / name, folder / name)
    tokenizer = json.loads((TOKENIZER / "tokenizer.json").read_text())
    vocab = tokenizer["model"]["vocab"]
    ids = list(vocab.values()) if isinstance(vocab, dict) else list(range(len(vocab)))
    size = 1 + max(ids + [token["id"] for token in tokenizer["added_tokens"]])
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": size, "hidden_size": WIDTH,
              "intermediate_size": INNER, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
              "num_key_value_heads": KV_HEADS, "head_dim": HEAD_DIM, "max_position_embeddings": 2048,
              "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": False}
    (folder / "config.json").write_text(json.dumps(config))
    shapes = {"model.embed_tokens.weight": (size, WIDTH), "model.norm.weight": (WIDTH,)}
    for i in range(LAYERS):
        layer = f"model.layers.{i}."
        shapes |= {layer + "input_layernorm.weight": (WIDTH,), layer + "post_attention_layernorm.weight": (WIDTH,),
                   layer + "self_attn.q_proj.weight": (HEADS * HEAD_DIM, WIDTH),
                   layer + "self_attn.k_proj.weight": (KV_HEADS * HEAD_DIM, WIDTH),
                   layer + "self_attn.v_proj.weight": (KV_HEADS * HEAD_DIM, WIDTH),
                   layer + "self_attn.o_proj.weight": (WIDTH, HEADS * HEAD_DIM),
                   layer + "mlp.gate_proj.weight": (INNER, WIDTH), layer + "mlp.up_proj.weight": (INNER, WIDTH),
                   layer + "mlp.down_proj.weight": (WIDTH, INNER)}
    draw = random.Random(1)
    header, data = {}, bytearray()
    for name, shape in shapes.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        deviation = 0.1 if len(shape) == 1 else shape[1] ** -0.5
        mean = 1.0 if len(shape) == 1 else 0.0
        begin = len(data)
        data += struct.pack(f"<{count}f", *(draw.gauss(mean, deviation) for _ in range(count)))
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


def run(laurel, *arguments):
    done = subprocess.run([str(laurel), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"compare_devices: laurel {' '.join(map(str, arguments))} ended with {done.returncode}\n{done.stderr}")


def numbers(laurel, folder, device, precision, run_name):
    """Losses of the steps, then rewards of the held-out rows."""
    source = {"name": "pairs", "format": "pairwise", "text": "plain", "train": [str(ROOT / "data/pairs_train.jsonl")],
              "eval": [str(ROOT / "data/pairs_eval.jsonl")], "loss": {"type": "bradley_terry"}}
    config = {"model": {"path": str(folder / "model"), "max_length": 512}, "sources": [source],
              "data": {"cache": False},
              "train": {"steps": STEPS, "batch_size": 8, "seed": 1, "lr": 1e-3, "schedule": {"type": "constant"},
                        "precision": precision, "stochastic_rounding": False, "tokens_per_micro_batch": 256},
              "run": {"folder": str(folder / run_name), "device": device}}
    path = folder / f"{run_name}.json"
    path.write_text(json.dumps(config))
    run(laurel, "train", path)
    lines = [json.loads(line) for line in (folder / run_name / "metrics.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in lines if line["kind"] == "step"]
    out = folder / f"{run_name}.jsonl"
    run(laurel, "score", folder / run_name, ROOT / "data/pairs_eval.jsonl", out, "--device", device,
        "--precision", precision)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    return losses, [row[key] for row in rows for key in ("chosen_reward", "rejected_reward")]


def difference(a, b):
    """The largest difference, relative to the largest number."""
    return max(abs(x - y) for x, y in zip(a, b, strict=True)) / max(map(abs, a))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--laurel", type=pathlib.Path, required=True)
    parser.add_argument("--second", default="cuda")
    arguments = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        write_model(folder / "model")
        exact = numbers(arguments.laurel, folder, "cpu", "fp32", "cpu")
        for precision, bound in BOUNDS.items():
            found = numbers(arguments.laurel, folder, arguments.second, precision, f"second_{precision}")
            for name, a, b in zip(("losses", "rewards"), exact, found):
                off = difference(a, b)
                failed |= not off <= bound
                print(f"{arguments.second} {precision} against cpu fp32: {name} differ by {off:.2e}, "
                      f"expected at most {bound:.0e}; last {a[-1]:.6f} and {b[-1]:.6f}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
