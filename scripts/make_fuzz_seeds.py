#!/usr/bin/env python3
"""Writes FOLDER/TARGET/..., what each fuzz target starts from: whole files of this repository, and small ones.

usage: make_fuzz_seeds.py FOLDER
Parts of an input stand apart by a byte 0xFF (tests/fuzz/fuzz.h).
"""

import gzip
import json
import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"
CUT = b"\xff"


def files(pattern):
    return {path.parent.name + "_" + path.name: path.read_bytes() for path in sorted(ROOT.glob(pattern))}


def lines(pattern, most):
    out = {}
    for path in sorted(ROOT.glob(pattern)):
        for number, line in enumerate(path.read_bytes().splitlines()[:most]):
            out[f"{path.stem}_{number}"] = line
    return out


def safetensors(header, data):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def small_safetensors():
    two = {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
           "b": {"dtype": "BF16", "shape": [1, 2], "data_offsets": [8, 12]}}
    return {"none": safetensors({}, b""), "two": safetensors(two, b"\0" * 12),
            "metadata": safetensors({"__metadata__": {"format": "pt"}, **two}, b"\0" * 12),
            "f16": safetensors({"h": {"dtype": "F16", "shape": [], "data_offsets": [0, 2]}}, b"\0" * 2),
            "empty": safetensors({"e": {"dtype": "F64", "shape": [0, 3], "data_offsets": [0, 0]}}, b"")}


def chat_templates():
    out = files("tests/golden/text/templates/*.jinja")
    for number, source in enumerate([
            b"{% for m in messages %}{{ m.role ~ ': ' ~ m['content'] | trim }}\n{% endfor %}",
            b"{% set ns = namespace(x=[]) %}{% for i in range(9) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
            b"{% macro f(n) %}{% if n %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
            b"{{ messages | tojson(indent=2) }}{{ messages[0]['content'].split(' ')[-1].upper() }}",
            b"{% generation %}{{ raise_exception('no') }}{% endgeneration %}",
            b"{{ strftime_now('%d %b %Y') }}{{ 'a' * 20 }}{{ messages[::-1] | length }}"]):
        out[f"small_{number}"] = source
    messages = [{"role": "system", "content": "S"}, {"role": "user", "content": "Q", "name": "x"},
                {"role": "assistant", "content": "A", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]}]
    return {name: source + CUT + json.dumps(messages).encode() for name, source in out.items()} | out


def tokenizers():
    out = files("tests/golden/text/*/tokenizer.json")
    for kind, model in {
            "bpe": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]], "unk_token": "a"},
            "unigram": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.5], ["ab", -2.0]]},
            "wordpiece": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                          "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "a": 1, "##b": 2}},
            "wordlevel": {"type": "WordLevel", "vocab": {"<unk>": 0, "a": 1}, "unk_token": "<unk>"}}.items():
        for part, value in {
                "none": {}, "split": {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\\p{L}+| ?\\d"},
                                                        "behavior": "Isolated", "invert": False}},
                "nfc": {"normalizer": {"type": "Sequence", "normalizers": [
                    {"type": "NFC"}, {"type": "Replace", "pattern": {"String": " "}, "content": "_"}]}},
                "bytes": {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                                            "use_regex": True}},
                "post": {"post_processor": {"type": "TemplateProcessing", "single": [
                    {"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                    "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}}}}.items():
            whole = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [
                {"id": 1, "content": "<s>", "single_word": False, "lstrip": False, "rstrip": True,
                 "normalized": False, "special": True}], "normalizer": None, "pre_tokenizer": None,
                "post_processor": None, "decoder": None, "model": model, **value}
            out[f"{kind}_{part}"] = json.dumps(whole).encode() + CUT + b"a b <s> ab"
    return out


def without_templates(configs):
    """Templates have a target of their own; a sanitizer takes 50 ms for the stack that each is compiled on."""
    out = {}
    for name, text in configs.items():
        config = json.loads(text)
        config.pop("chat_template", None)
        out[name] = json.dumps(config).encode()
    return out


def configs():
    small = {"model": {"path": "m", "max_length": 64}, "run": {"folder": "r"}, "train": {"steps": 2},
             "sources": [{"name": "s", "format": "pairwise", "train": ["a.jsonl"], "loss": {"type": "bradley_terry"}}]}
    text = json.dumps(small).encode()
    sets = [b"train.lr=2e-5", b"sources.s.loss.type=\"hinge\"", b"model.template_kwargs.a.b={\"c\": [1]}", b"sources.0.share=1"]
    out = {f"set_{i}": text + CUT + one + CUT + sets[i - 1] for i, one in enumerate(sets)}
    out["small"] = text
    return out | files("configs/*.json")


def reward_configs():
    source = {"name": "s", "format": "pairwise", "loss": {"type": "bradley_terry"}, "loss_weight": 1.0,
              "attributes": ["x"], "reward_weights": {"x": 0.5, "y": 1}, "scaling": [{"mean": 0.0, "deviation": 1.0}],
              "loss_parameters": [0.5], "reduction": "mean", "separator": "\n", "train_sha256": ["0" * 64]}
    whole = {"version": 1, "text": "chat", "special_text": "transformers", "template_kwargs": {"a": 1},
             "template_date": None, "pooling": "last", "pad_token_id": 3, "max_length": 64,
             "attributes": ["x", "y"], "log_variances": True, "combined": {}, "sources": [source]}
    least = whole | {"attributes": [], "sources": [], "pad_token_id": None, "log_variances": False}
    return {"whole": json.dumps(whole).encode(), "least": json.dumps(least).encode()}


def expressions():
    """Each mapping of the layouts of published data over its first row."""
    folder = ROOT / "tests" / "data" / "records" / "shapes"
    out = {}
    for name, mapping in json.loads((folder / "mappings.json").read_text()).items():
        row = (folder / f"{name}.jsonl").read_bytes().splitlines()[0]
        for field, text in mapping["fields"].items():
            out[f"{name}_{field}"] = text.encode() + CUT + row
    for number, text in enumerate([b"'a' * n", b"[1, [2]] * 3 + [none]", b"row | tojson | parse_json",
                                   b"'%5d' | format(n) ~ '{:>4}'.format(n)", b"x is defined and 'a' in row",
                                   b"[x, 'b'] | lines | upper | replace('B', 'cc')", b"n // 0 + 2 ** 100",
                                   b"row.get('n', 1) if n > 1 else {'a': [1, 2][:-1]}"]):
        out[f"small_{number}"] = text + CUT + b'{"n": 12345678901234567890123, "x": ["a", {"b": 1.5}]}'
    return out


def streams():
    rows = b'{"prompt": "q", "response": "a", "score": 1}\r\n\n{"a": "\\u00e9"}\n'
    listed = b' [ {"a": [1, "]"]},\n {"b": "\\""} ] '
    packed = files("tests/data/files/samples/rows.jsonl.*")
    return {"lines": rows, "list": listed, "gzip": gzip.compress(rows), "members": gzip.compress(rows) * 2,
            "packed_list": gzip.compress(listed)} | packed


def tables():
    quoted = b'\xef\xbb\xbfa,"b"\r\n"x, ""y""","1\n2"\r\n\r\n,z\n'
    return {"quoted": quoted, "tabs": quoted.replace(b",", b"\t"), "ragged": b"a,b\n1\n1,2,3\n", "open": b'a\n"1\n'}


def seeds():
    edits = {"spread": b'{\n  "a": 1e-5,\n  "b": {"a": [1, {}]},\n  "c": "\\"}"\n}', "empty": b"{}", "mark": b"\xef\xbb\xbf{\"a\":1}"}
    index = {"metadata": {"total_size": 4}, "weight_map": {"a": "model-00001-of-00002.safetensors"}}
    listed = {"format": 1, "files": {name: {"size": 3, "sha256": "0" * 64} for name in ("a.json", "b/c.jinja")}}
    cursor = {"total_taken": 3, "taken": 3, "parts": [{"epoch": 0, "position": 3}]}
    state = {"run": "r", "step": 3, "evaluated": True, "updates": 3, "skipped": 0, "metrics_bytes": 40,
             "sampler": {"step": 3, "groups": 12, "sampled": 4, "sources": [cursor]}, "best": {"value": 0.5, "step": 2},
             "data_sha256": "d", "model_sha256": {"config.json": "m"}, "environment": {"workers": 2}, "config": {"a": [1]}}
    return {
        "json": lines("data/*.jsonl", 1) | {"comments": b'{"a": [1, 2,], // x\n /* y */ "b": {},}'},
        "json_edit": edits | files("tests/golden/models/llama/config.json"),
        "safetensors": small_safetensors(),
        "manifest": {"two": json.dumps(listed).encode()},
        "weight_map": files("tests/golden/models/*/model.safetensors.index.json") | {"small": json.dumps(index).encode()},
        "model_config": files("tests/golden/models/*/config.json"),
        "peft_config": files("tests/golden/adapters/*/adapter_config.json"),
        "tokenizer": tokenizers(),
        "text_processor": without_templates(files("tests/golden/text/*/tokenizer_config.json")),
        "chat_template": chat_templates(),
        "row": lines("data/*.jsonl", 3),
        "expression": expressions(),
        "stream": streams(),
        "parquet": files("tests/data/files/samples/*.parquet") | files("tests/data/files/samples/tables/*.parquet"),
        "csv": tables(),
        "arrow": files("tests/data/files/samples/*.arrow") | files("tests/data/files/samples/tables/*/*.arrow"),
        "reward_config": reward_configs(),
        "run_state": {"whole": json.dumps(state).encode()},
        "config": configs(),
    }


def main():
    folder = pathlib.Path(sys.argv[1])
    for target, inputs in seeds().items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, content in inputs.items():
            (folder / target / name).write_bytes(content)


if __name__ == "__main__":
    main()
