"""Small random models of every family, in fp32, beside the tokenizers of tests/golden/text."""

import array
import json
import random
import shutil
import struct

WIDTH, INNER, LAYERS, HEADS, KV_HEADS, HEAD_DIM = 72, 104, 3, 4, 2, 20  # no powers of two: kernels have tails

FAMILIES = {
    "llama": {"architectures": ["LlamaForCausalLM"], "rope_theta": 10000.0},
    "llama3": {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "attention_bias": True, "mlp_bias": True,
               "rope_parameters": {"factor": 8.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
                                   "original_max_position_embeddings": 256, "rope_theta": 10000.0,
                                   "rope_type": "llama3"}},
    "mistral": {"architectures": ["MistralForCausalLM"], "rope_theta": 10000.0, "sliding_window": 24},
    "qwen2": {"architectures": ["Qwen2ForCausalLM"], "rope_theta": 10000.0, "tie_word_embeddings": True,
              "use_sliding_window": False},
    "qwen3": {"architectures": ["Qwen3ForCausalLM"], "rope_theta": 1000000.0, "attention_bias": False},
}


def linear(name, outputs, inputs, bias):
    shapes = {name + ".weight": (outputs, inputs)}
    return shapes | ({name + ".bias": (outputs,)} if bias else {})


def shapes_of(config):
    family = config["model_type"]
    bias = family == "qwen2" or config.get("attention_bias", False)
    shapes = {"model.embed_tokens.weight": (config["vocab_size"], WIDTH), "model.norm.weight": (WIDTH,)}
    for i in range(LAYERS):
        at = f"model.layers.{i}."
        shapes |= {at + "input_layernorm.weight": (WIDTH,), at + "post_attention_layernorm.weight": (WIDTH,)}
        for name, heads in (("q", HEADS), ("k", KV_HEADS), ("v", KV_HEADS)):
            shapes |= linear(f"{at}self_attn.{name}_proj", heads * HEAD_DIM, WIDTH, bias)
        shapes |= linear(at + "self_attn.o_proj", WIDTH, HEADS * HEAD_DIM, bias and family == "llama")
        if family == "qwen3":
            shapes |= {f"{at}self_attn.{name}_norm.weight": (HEAD_DIM,) for name in "qk"}
        for name, outputs, inputs in (("gate", INNER, WIDTH), ("up", INNER, WIDTH), ("down", WIDTH, INNER)):
            shapes |= linear(f"{at}mlp.{name}_proj", outputs, inputs, config.get("mlp_bias", False))
    if "SequenceClassification" in config["architectures"][0]:
        shapes["score.weight"] = (1, WIDTH)
    elif not config["tie_word_embeddings"]:
        shapes["lm_head.weight"] = (config["vocab_size"], WIDTH)
    return shapes


def drawn(shape, draw):
    """Matrices with deviation 1/sqrt(inputs), vectors around 1."""
    mean, deviation = (1.0, 0.1) if len(shape) == 1 else (0.0, shape[1] ** -0.5)
    count = shape[0] if len(shape) == 1 else shape[0] * shape[1]
    return array.array("f", [draw.gauss(mean, deviation) for _ in range(count)]).tobytes()


def write_safetensors(path, shapes, draw):
    header, data = {}, bytearray()
    for name, shape in shapes.items():
        begin = len(data)
        data += drawn(shape, draw)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_model(folder, texts, family, head, seed):
    """A folder as from the Hub: config, tokenizer, weights; with `head` a classifier with one output."""
    folder.mkdir(parents=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"):
        if (texts / name).exists():
            shutil.copy(texts / name, folder / name)
    tokenizer = json.loads((texts / "tokenizer.json").read_text())
    ids = list(tokenizer["model"]["vocab"].values()) + [token["id"] for token in tokenizer["added_tokens"]]
    config = {"model_type": family, "vocab_size": 8 + max(ids), "hidden_size": WIDTH, "intermediate_size": INNER,
              "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS,
              "head_dim": HEAD_DIM, "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "hidden_act": "silu",
              "tie_word_embeddings": False} | FAMILIES[family]
    if head:
        config["architectures"] = [config["architectures"][0].replace("CausalLM", "SequenceClassification")]
        config["id2label"] = {"0": "LABEL_0"}
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    write_safetensors(folder / "model.safetensors", shapes_of(config), random.Random(seed))
