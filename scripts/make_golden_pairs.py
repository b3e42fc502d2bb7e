"""Writes tests/golden/text/pairs: small tokenizers of encoders and what transformers makes of texts and pairs.

Run with an environment that has transformers 5.23: python scripts/make_golden_pairs.py
"""

import collections
import json
import pathlib
import shutil

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

from make_golden_text import SENTENCES

ROOT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "text" / "pairs"
SQUARE = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ANGLES = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]

PAIRS = [
    ["What is the capital of France?", "Paris."], ["", "an answer"], ["a question", ""], ["", ""],
    ["  spaces  \n", "\n\n answer\t"], ["Naïve café, größer", "Ελλάδα Москва 東京 한국어 😀"],
    ["[CLS] a [SEP] b", "c [MASK] [SEP]"], ["<s>a</s></s>b", " <mask> </s>"], ["\u200b", "\x00\x07"],
    ["12345 3.14", "I'd we've THEY'RE"], ["e\u0301 \u212b \ufb01 ①", "\u3000wide\u00a0"],
    ["x" * 120, "unbelievably " * 3], ["answer the question " * 20, "step by step " * 30],
]


def named(*texts):
    return [AddedToken(text, special=True, normalized=False) for text in texts]


def words(lowercase):
    """WordPiece over characters, their continuations, and words that occur twice (its trainer is not repeatable)."""
    normalizer, splitter = normalizers.BertNormalizer(lowercase=lowercase), pre_tokenizers.BertPreTokenizer()
    counts = collections.Counter(
        word for text in SENTENCES for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text)))
    characters = sorted({character for word in counts for character in word})
    often = sorted(word for word, count in counts.items() if count > 1 and len(word) > 1)
    vocabulary = SQUARE + characters + ["##" + character for character in characters] + often + ["##er", "##ing"]
    tokenizer = Tokenizer(models.WordPiece(
        vocab={token: i for i, token in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, splitter
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(named(*SQUARE))
    return tokenizer


def around(tokenizer, single, pair, *texts):
    return processors.TemplateProcessing(
        single=single, pair=pair, special_tokens=[(text, tokenizer.token_to_id(text)) for text in texts])


def square_config(**more):
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SQUARE))
    return {**names, **more}


def cls():
    """BERT's own: the template of its class in tokenizer.json, and blocks that a reader has to ignore."""
    tokenizer = words(True)
    tokenizer.post_processor = around(tokenizer, "[CLS]:0 $A:0 [SEP]:0",
                                      "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", "[CLS]", "[SEP]")
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=32)
    return tokenizer, "bert", square_config(tokenizer_class="BertTokenizer", do_lower_case=True)


def old():
    """BertProcessing, in a folder that the class does not rebuild."""
    tokenizer = words(False)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer, "bert", square_config(tokenizer_class="PreTrainedTokenizerFast")


def byte_level(first):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=380, show_progress=False, special_tokens=first,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return tokenizer


def angles():
    """RoBERTa: RobertaProcessing, and a <mask> that takes the space before it."""
    tokenizer = byte_level(ANGLES)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, False)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    names = dict(zip(("bos_token", "pad_token", "eos_token", "unk_token", "mask_token"), ANGLES))
    names["mask_token"] = {"__type": "AddedToken", "content": "<mask>", "lstrip": True,
                           "normalized": True, "rstrip": False, "single_word": False}
    return tokenizer, "roberta", {**names, "cls_token": "<s>", "sep_token": "</s>",
                                  "tokenizer_class": "RobertaTokenizer"}


def pieces():
    """XLM-R: Unigram; of the file's normalizer its class takes the table alone, and builds another pre-tokenizer."""
    often = sorted(word for word, count in collections.Counter(" ".join(SENTENCES).split()).items() if count > 1)
    texts = ["▁"] + sorted(set("".join(SENTENCES)) - set(" \r\n\t")) + ["er", "ing"] + ["▁" + word for word in often]
    scored = [(text, 0.0) for text in ANGLES]
    scored += [(text, -10.0 + len(text) / 2 - i / 1024) for i, text in enumerate(texts)]
    tokenizer = Tokenizer(models.Unigram(vocab=scored, unk_id=3))
    nothing = bytes(1024)  # a trie without words: the table changes no character
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(len(nothing).to_bytes(4, "little") + nothing),
        normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens(named(*ANGLES))
    tokenizer.post_processor = around(tokenizer, "<s> $A </s>", "<s> $A </s> </s> $B </s>", "<s>", "</s>")
    return tokenizer, "xlm-roberta", {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>",
                                      "sep_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>",
                                      "mask_token": "<mask>"}


def modern():
    """ModernBERT: the template has token types, and the model is not handed them."""
    tokenizer = byte_level(SQUARE)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.post_processor = around(tokenizer, "[CLS]:0 $A:0 [SEP]:0",
                                      "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", "[CLS]", "[SEP]")
    return tokenizer, "modernbert", square_config(tokenizer_class="PreTrainedTokenizerFast",
                                                  model_input_names=["input_ids", "attention_mask"])


def bare():
    """No post-processor: the texts one after the other."""
    return words(True), "modernbert", square_config(tokenizer_class="PreTrainedTokenizerFast")


def encoded(tokenizer, prompt, answer):
    """As in a batch: a single call takes an empty second text for none. `types` only where the model is handed them."""
    pair = tokenizer([prompt], [answer], truncation=False, padding=False)
    made = {"prompt": prompt, "answer": answer, "ids": pair["input_ids"][0],
            "single": tokenizer([answer], truncation=False, padding=False)["input_ids"][0]}
    if "token_type_ids" in pair:
        made["types"] = pair["token_type_ids"][0]
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    backend.encode_special_tokens = True
    plain = list(backend.encode(prompt, answer).ids)
    backend.encode_special_tokens = False
    if plain != made["ids"]:
        made["plain"] = plain
    return made


def write_folder(make):
    tokenizer, model_type, config = make()
    folder = ROOT / make.__name__
    folder.mkdir(parents=True)
    (folder / "tokenizer.json").write_text(
        json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")))
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1, ensure_ascii=False))
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    loaded = AutoTokenizer.from_pretrained(folder)
    golden = {"class": type(loaded).__name__, "size": len(loaded),
              "pairs": [encoded(loaded, *pair) for pair in PAIRS]}
    lines = json.dumps(golden, ensure_ascii=False, separators=(",", ":")).replace("},{", "},\n{")
    (folder / "golden.json").write_text(lines + "\n")
    print(f"{folder.name}: {golden['class']}, {sum(file.stat().st_size for file in folder.iterdir())} bytes")


def main():
    shutil.rmtree(ROOT, ignore_errors=True)
    for make in (cls, old, angles, pieces, modern, bare):
        write_folder(make)


if __name__ == "__main__":
    main()
