"""Makes tests/golden/models: tiny random models with rewards, gradients and an AdamW run.

    make_golden.py [FOLDER] [--only NAME...]

FOLDER is tests/golden/models by default; runs in the peer environment. --only: these of the folders
that have a generator of their own, those from gemma on.

Each folder is a Hugging Face sequence-classification folder with one label. All weights, biases
and norm weights included, are random and exact in bf16 and fp16, so that a copy in another type
has the same rewards.

    llama           fp32; default rope, embeddings not tied; `pad_token_id` 0 never occurs
    llama_bf16      the weights of llama, bf16              (no golden of its own: llama's)
    llama_sharded   the weights of llama, fp16, in shards   (likewise)
    llama_causal    the weights of llama as a causal model: lm_head.weight, no score.weight
    llama_llama3    llama3 rope scaling, attention_bias, mlp_bias
    llama_linear    linear rope scaling in the old spelling, tied, head_dim 12 = not hidden / heads
    mistral_window  sliding window 4 in all layers
    qwen2           q, k, v biases, tied, old spelling of rope_theta
    qwen2_window    use_sliding_window, window 4, max_window_layers 1: the second layer only
    qwen3           q and k norm, head_dim 12
    gemma           tied, head_dim 12
    gemma2          biases, layers 1 and 3 of 3 with window 4, soft cap 1.5, query scale 9^-1/2
    gemma3          layers 1 and 3 of 3 with window 4 and another theta, layer 2 with linear rope
                    scaling, query scale 7^-1/2
    gemma3_vision   the text weights of gemma3 in a model with a vision tower, without score.weight
                    (no golden of its own: gemma3's)
    gemma3_vision_old  the same with the tensor names of transformers 4

Beside the model:

    golden.json         {"rows": [[ids], ...], "rewards": [...], "c": [...]}
                        rewards: each row alone, read at its last token, float64;
                        "bf16_rewards", from gemma on: the same of the model in bf16
    golden.safetensors  fp32 gradients of L = sum_i c_i * reward_i under the weights' names
    adamw.json          llama_llama3 only: {"lr", "betas", "eps", "weight_decay", "max_grad_norm",
                        "steps": [{"better": [[ids], ...], "worse": [...], "loss", "grad_norm"}]}
                        mean of -log sigmoid(better - worse); torch.optim.AdamW in fp32; decay on
                        matrices (embeddings and score too), not on norms and biases; grad_norm
                        before clipping
    adamw.safetensors   the weights after the last step, fp32

Rows 3 and 4 begin with the same six tokens. transformers computes norms, rope and softmax in fp32
also in a float64 model, which limits the goldens to about 1e-6.
"""

import argparse
import json
import math
import pathlib
import shutil

import torch
from safetensors.torch import save_file
from transformers import (AutoModelForCausalLM, AutoModelForSequenceClassification, Gemma2Config,
                          Gemma3Config, Gemma3ForConditionalGeneration, Gemma3TextConfig,
                          GemmaConfig, LlamaConfig, MistralConfig, Qwen2Config,
                          Qwen3Config)

SHAPE = {"vocab_size": 48, "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 256,
         "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_labels": 1,
         "problem_type": "regression", "attn_implementation": "eager",
         "tie_word_embeddings": False}

# 128 / 4 < wavelength of the second frequency < 128 / 1: one kept, one blended, two divided.
LLAMA3 = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0,
          "high_freq_factor": 4.0, "original_max_position_embeddings": 128}
LINEAR = {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}

CONFIGS = {
    "llama": LlamaConfig(**SHAPE),
    "llama_llama3": LlamaConfig(**SHAPE, rope_parameters=LLAMA3, attention_bias=True,
                                mlp_bias=True),
    "llama_linear": LlamaConfig(**SHAPE | {"tie_word_embeddings": True, "head_dim": 12},
                                rope_parameters=LINEAR),
    "mistral_window": MistralConfig(**SHAPE, sliding_window=4),
    "qwen2": Qwen2Config(**SHAPE | {"tie_word_embeddings": True}),
    "qwen2_window": Qwen2Config(**SHAPE, use_sliding_window=True, sliding_window=4,
                                max_window_layers=1),
    "qwen3": Qwen3Config(**SHAPE | {"head_dim": 12}),
}
# Folders that came later draw from a generator of their own, so that those before stay as they are.
GEMMA_SHAPE = SHAPE | {"head_dim": 12, "num_hidden_layers": 3}
GEMMA3_ROPES = {"full_attention": LINEAR,
                "sliding_attention": {"rope_type": "default", "rope_theta": 1000.0}}
LATER_CONFIGS = {
    "gemma": (30, GemmaConfig(**SHAPE | {"tie_word_embeddings": True, "head_dim": 12})),
    "gemma2": (31, Gemma2Config(**GEMMA_SHAPE, sliding_window=4, query_pre_attn_scalar=9,
                                attn_logit_softcapping=1.5, attention_bias=True)),
    "gemma3": (32, Gemma3TextConfig(**GEMMA_SHAPE, sliding_window=4, query_pre_attn_scalar=7,
                                    sliding_window_pattern=2, rope_parameters=GEMMA3_ROPES)),
}
OLD_SPELLING = {
    "llama_linear": {"rope_theta": 10000.0, "rope_scaling": {"type": "linear", "factor": 4.0}},
    "qwen2": {"rope_theta": 10000.0, "rope_scaling": None},
}


def randomise(model, generator):
    """Random weights of every tensor, rounded to values that bf16 and fp16 hold exactly."""
    unit = 0 if model.config.model_type.startswith("gemma") else 1  # a norm weight that scales by 1
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if name.endswith("norm.weight"):
            noise = unit + 0.3 * noise
        elif parameter.dim() == 1 or name == "score.weight":
            noise = 0.3 * noise
        else:
            noise = noise / math.sqrt(parameter.shape[-1])
        parameter.data.copy_(noise.bfloat16().half().float())


def random_rows(lengths, generator):
    return [torch.randint(1, SHAPE["vocab_size"], (n,), generator=generator).tolist()
            for n in lengths]


def reward(model, ids):
    return model(input_ids=torch.tensor([ids])).logits[0, 0]


def write_json(path, value):
    path.write_text(json.dumps(value) + "\n")


def use_old_spelling(folder, rope):
    path = folder / "config.json"
    config = json.loads(path.read_text())
    del config["rope_parameters"]
    path.write_text(json.dumps(config | rope, indent=2) + "\n")


def bf16_rewards(folder, rows):
    model = AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=torch.bfloat16, attn_implementation="eager").eval()
    with torch.no_grad():
        return [reward(model, ids).item() for ids in rows]


def write_golden(folder, generator):
    """Loads the folder again, as a reader will, and writes its rewards and gradients."""
    model = AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=torch.float64, attn_implementation="eager").eval()
    rows = random_rows((1, 2, 5, 9, 16, 23), generator)
    rows[4][:6] = rows[3][:6]
    c = torch.randn(len(rows), generator=generator).tolist()
    rewards = torch.stack([reward(model, ids) for ids in rows])
    (rewards * torch.tensor(c, dtype=torch.float64)).sum().backward()
    golden = {"rows": rows, "rewards": rewards.tolist(), "c": c}
    if folder.name in LATER_CONFIGS:
        golden["bf16_rewards"] = bf16_rewards(folder, rows)
    write_json(folder / "golden.json", golden)
    gradients = {name: p.grad.float().contiguous() for name, p in model.named_parameters()}
    save_file(gradients, folder / "golden.safetensors", metadata={"format": "pt"})
    return rewards


def write_adamw_run(folder, generator, steps=10, pairs=4):
    model = AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager").eval()
    options = {"lr": 1e-3, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.1}
    groups = [{"params": [p for p in model.parameters() if p.dim() > 1]},
              {"params": [p for p in model.parameters() if p.dim() == 1], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, **options)
    log = []
    for _ in range(steps):
        lengths = torch.randint(3, 20, (2 * pairs,), generator=generator).tolist()
        better = random_rows(lengths[:pairs], generator)
        worse = random_rows(lengths[pairs:], generator)
        margins = torch.stack([reward(model, b) - reward(model, w)
                               for b, w in zip(better, worse)])
        loss = -torch.nn.functional.logsigmoid(margins).mean()
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        log.append({"better": better, "worse": worse, "loss": loss.item(),
                    "grad_norm": norm.item()})
    write_json(folder / "adamw.json", options | {"max_grad_norm": 1.0, "steps": log})
    weights = {name: p.detach().contiguous() for name, p in model.named_parameters()}
    save_file(weights, folder / "adamw.safetensors", metadata={"format": "pt"})
    print(folder.name, "losses", [round(step["loss"], 4) for step in log])


def write_copies(root, generator):
    """The weights of llama in other types and layouts."""
    source = root / "llama"

    def load(dtype):
        return AutoModelForSequenceClassification.from_pretrained(source, dtype=dtype)

    load(torch.bfloat16).save_pretrained(root / "llama_bf16")
    load(torch.float16).save_pretrained(root / "llama_sharded", max_shard_size="12KB")
    causal = AutoModelForCausalLM.from_pretrained(source, dtype=torch.bfloat16)
    head = causal.lm_head.weight
    head.data.copy_(torch.randn(head.shape, generator=generator))
    causal.save_pretrained(root / "llama_causal")
    (root / "llama_causal" / "generation_config.json").unlink(missing_ok=True)


def write_vision(root):
    """The weights of gemma3 as the text part of a model that also reads images."""
    text = AutoModelForSequenceClassification.from_pretrained(root / "gemma3", dtype=torch.bfloat16)
    vision = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1,
              "num_attention_heads": 2, "image_size": 8, "patch_size": 4}
    text_config = text.config.to_dict() | {"_name_or_path": ""}
    config = Gemma3Config(text_config=text_config, vision_config=vision,
                          mm_tokens_per_image=1, pad_token_id=0)
    torch.manual_seed(33)
    model = Gemma3ForConditionalGeneration(config).to(torch.bfloat16)
    model.model.language_model.load_state_dict(text.model.state_dict())
    for name, prefix in (("gemma3_vision", "model.language_model."),
                         ("gemma3_vision_old", "language_model.model.")):
        shutil.rmtree(root / name, ignore_errors=True)
        model.save_pretrained(root / name)
        (root / name / "generation_config.json").unlink(missing_ok=True)
        tensors = {with_prefix(key, prefix): value.contiguous()
                   for key, value in model.state_dict().items() if key != "lm_head.weight"}
        save_file(tensors, root / name / "model.safetensors", metadata={"format": "pt"})


def with_prefix(name, prefix):
    own = "model.language_model."
    if name.startswith(own):
        return prefix + name[len(own):]
    return name if prefix == own else name.removeprefix("model.")


def write_model(folder, config, generator):
    shutil.rmtree(folder, ignore_errors=True)
    model = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
    randomise(model, generator)
    model.to(torch.float32 if folder.name == "llama" else torch.bfloat16).save_pretrained(folder)
    if folder.name in OLD_SPELLING:
        use_old_spelling(folder, OLD_SPELLING[folder.name])
    rewards = write_golden(folder, generator)
    count = sum(p.numel() for p in model.parameters())
    print(folder.name, count, "parameters, rewards", [round(r, 4) for r in rewards.tolist()])


def write_first(root):
    generator = torch.Generator().manual_seed(20)
    for name, config in CONFIGS.items():
        write_model(root / name, config, generator)
    write_adamw_run(root / "llama_llama3", generator)
    for name in ("llama_bf16", "llama_sharded", "llama_causal"):
        shutil.rmtree(root / name, ignore_errors=True)
    write_copies(root, generator)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).parents[1] / "tests/golden/models")
    parser.add_argument("--only", nargs="+", choices=LATER_CONFIGS)
    arguments = parser.parse_args()
    root = arguments.folder
    if not arguments.only:
        write_first(root)
    for name in arguments.only or LATER_CONFIGS:
        seed, config = LATER_CONFIGS[name]
        write_model(root / name, config, torch.Generator().manual_seed(seed))
        if name == "gemma3":
            write_vision(root)
    for path in root.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


if __name__ == "__main__":
    main()
