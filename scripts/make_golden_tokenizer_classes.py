"""Writes tests/golden/text/tokenizer_classes.json: what transformers makes of a tokenizer.json by model type and class.

Run in the peer environment: python scripts/make_golden_tokenizer_classes.py
For every model type that laurel knows and every tokenizer class that its folders name, the folders of
tests/golden/text are loaded by AutoTokenizer: the class that it chose, the pipeline that this class built,
and ids of texts with indentation, blank lines, digits and characters that a normaliser changes.
"""

import inspect
import json
import pathlib
import shutil
import tempfile

import transformers
from transformers import AutoTokenizer, PreTrainedTokenizerBase, TokenizersBackend

ROOT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "text"
FOLDERS = ["header", "marks", "brackets", "turns", "blocks", "first"]
MODEL_TYPES = ["llama", "mistral", "qwen2", "qwen3", "gemma", "gemma3_text"]
NAMES = [None, "PreTrainedTokenizerFast", "TokenizersBackend", "LlamaTokenizer", "LlamaTokenizerFast",
         "Qwen2Tokenizer", "GPT2Tokenizer", "GemmaTokenizerFast", "GPTNeoXTokenizerFast",
         "CohereTokenizerFast", "BloomTokenizerFast", "YiTokenizer"]
PREFIXED = ["PreTrainedTokenizerFast", "LlamaTokenizer", "Qwen2Tokenizer", "GPT2Tokenizer",
            "GPTNeoXTokenizerFast", "CohereTokenizerFast"]
# Options that change what a class builds, with the classes that read them.
OPTIONS = [({"add_prefix_space": False}, ["LlamaTokenizer"]), ({"add_prefix_space": True}, PREFIXED),
           ({"legacy": True}, ["LlamaTokenizer"]),
           ({"legacy": True, "add_prefix_space": False}, ["LlamaTokenizer"]),
           ({"legacy": None, "add_prefix_space": None}, ["LlamaTokenizer", "Qwen2Tokenizer"])]

# Encoders: folders with the model that a class builds, and the options that it reads.
ENCODERS = [
    (["pairs/cls", "pairs/old"], ["bert", "modernbert"],
     [None, "BertTokenizer", "BertTokenizerFast", "PreTrainedTokenizerFast"],
     [{}, {"do_lower_case": False}, {"strip_accents": True}, {"strip_accents": False},
      {"tokenize_chinese_chars": False, "do_lower_case": True, "strip_accents": None}]),
    (["pairs/angles", "pairs/modern"], ["roberta", "modernbert", "bert"],
     [None, "RobertaTokenizer", "RobertaTokenizerFast", "PreTrainedTokenizerFast"],
     [{}, {"add_prefix_space": True}, {"trim_offsets": False}]),
    (["pairs/pieces"], ["xlm-roberta", "modernbert", "roberta"],
     [None, "XLMRobertaTokenizer", "XLMRobertaTokenizerFast", "PreTrainedTokenizerFast"],
     [{}, {"add_prefix_space": False}]),
]
# A class of one kind of model on a file of another is refused.
MISMATCHED = {("bert", "pairs/angles"), ("bert", "pairs/modern"), ("roberta", "pairs/pieces")}

TEXTS = [
    "def f(x):\n    if x:\n\t\treturn  x + 1234567\n\n\nprint(f(12))  # 3\n",
    " Hello  world ", "In 1234, 12,50 € and 3.14.", "e\u0301 \u212b \ufb01 Naïve café 東京 한국어 😀",
    "I'd we've THEY'RE", "", "\n\n", "▁literal ▁▁", "<word> a<word>b <|im_start|> x <|im_end|>[INST]",
    "\u0627\u0644 \u0e44\u0e17\u0e22 \u2028\u00a0\u3000x", "<start_of_turn>\x00\x7f",
]


def write_folder(folder, name, model_type, config):
    shutil.copy(ROOT / name / "tokenizer.json", folder)
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))


def base_config(name):
    config = json.loads((ROOT / name / "tokenizer_config.json").read_text())
    config.pop("chat_template", None)
    return config


def loaded(name, model_type, changes):
    config = {**base_config(name), **changes}
    if config["tokenizer_class"] is None:
        del config["tokenizer_class"]
    with tempfile.TemporaryDirectory() as path:
        write_folder(pathlib.Path(path), name, model_type, config)
        return AutoTokenizer.from_pretrained(path)


def pipeline_of(tokenizer):
    parts = json.loads(tokenizer.backend_tokenizer.to_str())
    model = {key: value for key, value in parts["model"].items() if key not in ("vocab", "merges")}
    return {"normalizer": parts["normalizer"], "pre_tokenizer": parts["pre_tokenizer"],
            "post_processor": parts["post_processor"], "decoder": parts["decoder"], "model": model}


class Numbered:
    """A list without repetitions."""

    def __init__(self):
        self.items = []

    def number(self, item):
        if item not in self.items:
            self.items.append(item)
        return self.items.index(item)


def case(name, model_type, changes, pipelines, encodings):
    made = {"folder": name, "model_type": model_type, "config": changes}
    try:
        tokenizer = loaded(name, model_type, changes)
        made["class"] = type(tokenizer).__name__
        made["pipeline"] = pipelines.number(pipeline_of(tokenizer))
        ids = [[tokenizer(text)["input_ids"], tokenizer(text, add_special_tokens=False)["input_ids"]]
               for text in TEXTS]
    except Exception as error:  # a class that cannot be made of this file
        return {**made, "error": str(error)}
    return {**made, "ids": encodings.number(ids)}


def own_classes():
    """Names of classes that are not TokenizersBackend itself: what they build is their own matter."""
    mapping = transformers.models.auto.tokenization_auto
    names = {name for name in mapping.TOKENIZER_MAPPING_NAMES.values() if name}
    names |= {name for name in dir(transformers) if name.endswith(("Tokenizer", "TokenizerFast"))}
    found = {name: mapping.tokenizer_class_from_name(name) for name in names}
    generic = (TokenizersBackend, transformers.PythonBackend, PreTrainedTokenizerBase, AutoTokenizer)
    return sorted({name.removesuffix("Fast") for name, made in found.items()
                   if inspect.isclass(made) and made not in generic})


def main():
    transformers.logging.set_verbosity_error()
    pipelines, encodings, cases = Numbered(), Numbered(), []
    for name in FOLDERS:
        for model_type in MODEL_TYPES:
            for class_name in NAMES:
                changes = {"tokenizer_class": class_name}
                cases.append(case(name, model_type, changes, pipelines, encodings))
                for options, readers in OPTIONS:
                    if class_name in readers:
                        cases.append(case(name, model_type, {**changes, **options}, pipelines, encodings))
    for folders, types, names, options in ENCODERS:
        cases += [case(name, model_type, {"tokenizer_class": class_name, **more}, pipelines, encodings)
                  for name in folders for model_type in types for class_name in names for more in options
                  if class_name is not None or (model_type, name) not in MISMATCHED]
    golden = {"transformers": transformers.__version__, "classes": own_classes(), "texts": TEXTS,
              "pipelines": pipelines.items, "encodings": encodings.items, "cases": cases}
    text = json.dumps(golden, ensure_ascii=False, separators=(",", ":")).replace("},{", "},\n{")
    (ROOT / "tokenizer_classes.json").write_text(text + "\n")
    print(f"{len(cases)} cases, {len(pipelines.items)} pipelines, {len(encodings.items)} encodings, "
          f"{len(text)} bytes")


if __name__ == "__main__":
    main()
