"""Makes tests/golden/adapters: LoRA adapters of PEFT on the tiny models of tests/golden/models.

    make_golden_adapters.py [FOLDER]     default tests/golden/adapters; runs in the peer environment

Each folder is what PEFT's save_pretrained writes, with a base_model_name_or_path relative to it. All
of A, B and what is trained whole are random.

    lora        on llama_causal, SEQ_CLS: a list of targets, rank_pattern and alpha_pattern; the head
                saved whole
    rslora      on llama_llama3, SEQ_CLS: a regular expression, use_rslora, bias "all", a norm saved whole
    all_linear  on llama_causal, CAUSAL_LM: "all-linear" and the embedding, saved whole; no head
    layers      on qwen2, SEQ_CLS: layers_to_transform, bias "lora_only", exclude_modules

Beside the adapter:

    golden.json          {"rows": [[ids], ...], "rewards": [...]}: of the model with its adapter, not
                         merged, each row alone, float64; all_linear has none
    merged.safetensors   every tensor of merge_and_unload in fp32 that differs from the base's
"""

import argparse
import json
import pathlib
import shutil

import torch
import transformers
from peft import LoraConfig, get_peft_model, PeftModel
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from make_golden import random_rows, reward, write_json

MODELS = pathlib.Path(__file__).parents[1] / "tests/golden/models"

ADAPTERS = {
    "lora": ("llama_causal", LoraConfig(
        task_type="SEQ_CLS", r=4, lora_alpha=6, target_modules=["q_proj", "v_proj", "down_proj"],
        rank_pattern={"v_proj": 2},
        alpha_pattern={r"layers\.1\.self_attn\.q_proj": 16, "down_proj": 3})),
    "rslora": ("llama_llama3", LoraConfig(
        task_type="SEQ_CLS", r=3, lora_alpha=4, use_rslora=True, bias="all",
        target_modules=r".*\.(self_attn\.[kq]|mlp\.(gate|up))_proj",
        modules_to_save=["post_attention_layernorm"])),
    "all_linear": ("llama_causal", LoraConfig(
        task_type="CAUSAL_LM", r=2, lora_alpha=8, target_modules="all-linear",
        modules_to_save=["embed_tokens"])),
    "layers": ("qwen2", LoraConfig(
        task_type="SEQ_CLS", r=5, lora_alpha=5, target_modules=["q_proj", "o_proj", "k_proj"],
        layers_to_transform=[1], exclude_modules=["k_proj"], bias="lora_only")),
}


def load(base, task, dtype):
    kind = AutoModelForCausalLM if task == "CAUSAL_LM" else AutoModelForSequenceClassification
    extra = {} if task == "CAUSAL_LM" else {"num_labels": 1}
    return kind.from_pretrained(MODELS / base, dtype=dtype, attn_implementation="eager", **extra)


def randomise(model, generator):
    """What is trained: A, B, biases, and the modules saved whole. Their sizes are chosen so that
    every one of them moves a reward."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if not parameter.requires_grad:
                continue
            noise = torch.randn(parameter.shape, generator=generator)
            scale = {"lora_A": 0.5, "lora_B": 0.2}.get(
                next((part for part in ("lora_A", "lora_B") if part in name), ""), 0.3)
            parameter.add_(scale * noise) if "norm" in name else parameter.copy_(scale * noise)


def write_adapter(folder, base, config, generator):
    shutil.rmtree(folder, ignore_errors=True)
    model = get_peft_model(load(base, config.task_type, torch.float32), config)
    randomise(model, generator)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    path = folder / "adapter_config.json"
    saved = json.loads(path.read_text())
    saved["base_model_name_or_path"] = f"../../models/{base}"
    if isinstance(saved["target_modules"], list):  # PEFT keeps a set, whose order is chance
        saved["target_modules"].sort()
    path.write_text(json.dumps(saved, indent=2, sort_keys=True) + "\n")

    def again(dtype):
        return PeftModel.from_pretrained(load(base, config.task_type, dtype), folder,
                                         autocast_adapter_dtype=False).to(dtype).eval()

    if config.task_type == "SEQ_CLS":
        rows = random_rows((1, 2, 5, 9, 16, 23), generator)
        with torch.no_grad():
            rewards = [reward(again(torch.float64), ids).item() for ids in rows]
            plain = [reward(load(base, "SEQ_CLS", torch.float64).eval(), ids).item() for ids in rows]
        write_json(folder / "golden.json", {"rows": rows, "rewards": rewards})
        print(folder.name, "rewards", [round(r, 4) for r in rewards],
              "without", [round(r, 4) for r in plain])
    before = load(base, config.task_type, torch.float32).state_dict()
    merged = again(torch.float32).merge_and_unload().state_dict()
    changed = {name: tensor.contiguous() for name, tensor in merged.items()
               if name in ("score.weight",) or not torch.equal(tensor, before[name])}
    changed.pop("lm_head.weight", None)
    save_file(changed, folder / "merged.safetensors", metadata={"format": "pt"})
    print(folder.name, len(changed), "tensors differ:", sorted(changed))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path,
                        default=MODELS.parent / "adapters")
    root = parser.parse_args().folder
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    generator = torch.Generator().manual_seed(21)
    for name, (base, config) in ADAPTERS.items():
        write_adapter(root / name, base, config, generator)
    for path in root.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


if __name__ == "__main__":
    main()
