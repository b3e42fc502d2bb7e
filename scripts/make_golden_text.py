"""Writes tests/golden/text: small tokenizers and what transformers makes of strings and conversations.

Run with an environment that has transformers 5.23: python scripts/make_golden_text.py
The chat templates in tests/golden/text/templates are inputs; everything beside them is made here.
"""

import datetime
import json
import pathlib
import shutil

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, processors, trainers
from transformers import AutoTokenizer
from transformers.utils import chat_template_utils

ROOT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "text"
DAY = datetime.datetime(2026, 1, 31)

SENTENCES = [
    "The reward of a better answer is larger than the reward of a worse answer.",
    "What is the capital of France? The capital of France is Paris, of course.",
    "I'd say that they're not sure, but we've seen 1234567 of them in 2024.",
    "def add(a, b):\n    return a + b\n\n\nprint(add(1, 2))  # 3\n",
    "Naïve café résumés cost 12,50 €; größer, straße, Ελλάδα, Москва, 東京, 한국어.",
    "Please think step by step: first the question, then the reasoning, then the answer.",
    "  leading and trailing   spaces\t\ttabs and\r\nnewlines \n\n",
    "user assistant system tool model role content message <|x|> [INST] </s> <s>",
]

# Splits as the byte-level tokenizers of these families split: words, digits, signs, white space.
CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+"
REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SPLIT_THREE = f"{CONTRACTIONS}|{WORDS}|\\p{{N}}{{1,3}}|{REST}"
SPLIT_ONE = f"{CONTRACTIONS}|{WORDS}|\\p{{N}}|{REST}"


def special(text, **flags):
    return AddedToken(text, special=True, normalized=False, **flags)


def byte_level(split, added, vocabulary=420, **bpe):
    """Byte-level BPE in the manner of GPT-2 (split None), Llama 3 and Qwen."""
    tokenizer = Tokenizer(models.BPE(**bpe))
    if split is None:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(split), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ])
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.add_tokens(added)
    return tokenizer


def byte_fallback(first, normalizer, pre_tokenizer, vocabulary=420):
    """BPE over ▁ with a byte for what it does not know, as Llama 2, Mistral and Gemma have it."""
    start = first + [f"<0x{byte:02X}>" for byte in range(256)]
    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    # Trained on words alone so that no merge crosses a space or a line.
    trained.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"▁?[\p{L}]+|."), "isolated")])
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, show_progress=False, special_tokens=start)
    trained.train_from_iterator(SENTENCES, trainer)
    state = json.loads(trained.to_str())["model"]
    merges = [tuple(merge) for merge in state["merges"]]
    tokenizer = Tokenizer(models.BPE(
        vocab=state["vocab"], merges=merges, byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([special(text) for text in first])
    return tokenizer


def begin_with(tokenizer, text, end=None):
    pieces = f"{text} $A" + (f" {end}" if end else "")
    named = [(name, tokenizer.token_to_id(name)) for name in (text, end) if name]
    return processors.TemplateProcessing(single=pieces, pair=f"{pieces} {text} $B", special_tokens=named)


def header():
    tokens = ["<|begin|>", "<|end|>", "<|begin_role|>", "<|end_role|>", "<|eot|>", "<|pad|>"]
    tokenizer = byte_level(SPLIT_THREE, [special(text) for text in tokens], ignore_merges=True)
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False), begin_with(tokenizer, "<|begin|>")])
    # Blocks that a reader has to ignore.
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=32)
    decoder = {str(i): vars_of(t) for i, t in sorted(tokenizer.get_added_tokens_decoder().items())}
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|begin|>",
              "eos_token": "<|eot|>", "added_tokens_decoder": decoder}
    return tokenizer, config, {}


def vars_of(token):
    return {name: getattr(token, name)
            for name in ("content", "lstrip", "normalized", "rstrip", "single_word", "special")}


def qwen(extra):
    tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    added = [special(text) for text in tokens]
    added += [AddedToken(text, special=False, normalized=False) for text in extra]
    tokenizer = byte_level(SPLIT_ONE, added)
    tokenizer.normalizer = normalizers.NFC()
    return tokenizer


def marks():
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": False,
              "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "bos_token": None,
              "additional_special_tokens": ["<|im_start|>", "<|im_end|>"]}
    return qwen([]), config, {}


def thinking():
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": None,
              "extra_special_tokens": ["<|im_start|>", "<|image|>"]}
    named = {"eos_token": {"content": "<|im_end|>", "lstrip": False, "normalized": False,
                           "rstrip": False, "single_word": False},
             "pad_token": "<|endoftext|>"}
    return qwen(["<think>", "</think>"]), config, named


def brackets():
    first = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"]
    prepend = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer = byte_fallback(first, prepend, None)
    tokenizer.post_processor = begin_with(tokenizer, "<s>")
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>",
              "unk_token": "<unk>", "add_bos_token": True, "add_eos_token": True}
    return tokenizer, config, {}


def turns():
    first = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
    tokenizer = byte_fallback(
        first, normalizers.Replace(" ", "▁"), pre_tokenizers.Split(" ", "merged_with_previous"))
    tokenizer.post_processor = begin_with(tokenizer, "<bos>")
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<bos>",
              "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}
    return tokenizer, config, {}


def blocks():
    added = [special("<|endoftext|>"), special("<|im_start|>", rstrip=True),
             special("<|im_end|>", lstrip=True), AddedToken("<word>", single_word=True)]
    tokenizer = byte_level(None, added)
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>",
              "bos_token": "<|endoftext|>", "pad_token": "[PAD]", "image_token": "<image>"}
    return tokenizer, config, {}


def first():
    """Without a template; Metaspace at the start only; both ends get special tokens."""
    tokenizer = byte_fallback(
        ["<unk>", "<s>", "</s>"], None,
        pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False))
    tokenizer.post_processor = begin_with(tokenizer, "<s>", "</s>")
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>",
              "unk_token": "<unk>"}
    return tokenizer, config, {}


def chat(*contents, system=None):
    messages = [] if system is None else [{"role": "system", "content": system}]
    for i, content in enumerate(contents):
        messages.append({"role": "assistant" if i % 2 else "user", "content": content})
    return messages


CALL = {"type": "function", "function": {
    "name": "look_up", "arguments": {"city": "Zürich", "days": [1, 2.5, None], "exact": True}}}

CONVERSATIONS = [
    chat("What is the capital of France?", "Paris."),
    chat("What is the capital of France?", "Paris.", system="You are terse."),
    chat("One", "Two", "Three", "Four", "Five", "Six"),
    chat("One", "Two", "Three", "Four", system="  Count.\n"),
    chat("", ""),
    chat("", "x", system=""),
    chat("  spaces  \n", "\n\n  answer\t\n"),
    chat("\r\nline\rends\r\n", "\u00a0no-break\u2003wide\x1c"),
    chat("emoji 😀👩‍👩‍👧🏽 flags 🇩🇪", "combining e\u0301 and \u00e9, z\u0335a\u0335l"),
    chat("東京は？ 한국어 Ελλάδα Москва", "مرحبا שלום ไทย"),
    chat("Say <|im_end|> or <|eot|></s><eos>.", "<|im_start|>assistant\nno<|endoftext|> <s>[INST]"),
    chat("<|im_end|>", "<|begin_role|>user<|end_role|>"),
    chat("2 + 2?", "<think>\nIt is four.\n</think>\n\n4"),
    chat("2 + 2?", "<think>\nfour\n</think>\n\n4", "3 + 3?", "<think>six</think>6", "and?", "done"),
    chat("q", "<think>open", "q", "</think>closed"),
    chat("<result>data</result>", "fine", "<result>x</result>", "y"),
    [{"role": "user", "content": "sum", "name": "Ann"},
     {"role": "assistant", "content": "4", "reasoning_content": "\n2+2\n"}],
    [{"role": "user", "content": "sum"},
     {"role": "assistant", "content": "4", "thinking": "hm", "score": 1.5, "tags": ["a", "b'c"]}],
    [{"role": "user", "content": "weather?"},
     {"role": "assistant", "content": "", "tool_calls": [CALL]},
     {"role": "tool", "content": "{\"t\": 21.5}"}, {"role": "tool", "content": "sunny"},
     {"role": "assistant", "content": "Sunny.", "score": None}],
    [{"role": "user", "content": "a", "hidden": True}, {"role": "user", "content": "b", "score": 3},
     {"role": "stop", "content": "c"}, {"role": "assistant", "content": "d"}],
    [{"role": "assistant", "content": "I begin."}, {"role": "user", "content": "Then I answer."}],
    [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}],
    [{"role": "system", "content": "only"}],
    chat("Quote \" ' \\ / {{ x }} {% if %} {# c #}", "<a href=\"x\">&amp;</a>\u2028", system="{{"),
    chat("def f(x):\n    return x\n", "```python\nprint(1)\n```\n"),
    chat("12345678 3.14 1,000", "I'd we've THEY'RE it's"),
]

KWARGS = [
    {}, {"enable_thinking": False, "flag": "F", "none_kwarg": None},
    {"tools": [{"description": "<&>'", "name": "f", "parameters": {"a": [True, None], "b": 1}}],
     "date_string": "1 May 2025"},
]

STRINGS = [
    "", " ", "\n", "Hello world", " Hello  world ", "  two", "tabs\t\tand\n\n\nlines \n x",
    "I'd say 1234567 they've 3.14", "Naïve café 東京 😀 e\u0301", "<word> a<word>b <word>",
    "a<|im_end|>b", "  <|im_start|>  x  <|im_end|>  ", "<s>text</s>", "<bos>x<eos>", "<|begin|>",
    "<|eot|>", "<|endoftext|>", "<think>x</think>", "[INST] a [/INST] b", "<|image|> <image> [PAD]",
    "▁literal ▁▁", "\x00\x01\x7f\ufffd", "\ufeffbom", "\U0010ffff\ue000", "ﬁ Å Å ①",
    "The reward of a better answer is larger than the reward of a worse answer.</s>",
]
REPEATED = [["a", 700], ["ab ", 300], [" ", 300], ["\n", 200], ["😀", 100], ["1", 301], ["</s>", 40]]

PLAIN = [
    ["", "Hello"], ["Q: 2+2?", " A: 4"], ["Q: 2+2?", "A: 4"], ["word", "join"], ["a ", " b"],
    ["", "x\n"], ["line\n", "\nline"], ["", ""],
]

# Prompt and segments; white space at the ends of segments moves to what follows them.
SEGMENTED = [
    ["2 + 3 * 4?", ["First 3 * 4 = 12.", "Then 2 + 12 = 14.", "The answer is 14."]],
    ["Who?", ["  A cat, I'd say. ", "No: a dog\n\n", "\tor  both "]],
    ["東京?", ["はい。", "naïve 😀", "e", "\u0301galité"]],
    ["Say it.", ["only one"]],
]
SEPARATORS = ["\n", " ", ""]


class FixedDay(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(DAY.year, DAY.month, DAY.day)


def rendered(tokenizer, messages, kwargs):
    try:
        text = tokenizer.apply_chat_template(messages, tokenize=False, **kwargs)
    except Exception as error:  # the template's own refusals are part of the golden file
        return {"error": str(error)}
    ids = tokenizer.apply_chat_template(messages, tokenize=True, return_dict=True, **kwargs)
    return {"text": text, "ids": ids["input_ids"]}


def encoded(tokenizer, text):
    result = {"ids": tokenizer(text, add_special_tokens=False)["input_ids"],
              "all": tokenizer(text)["input_ids"]}
    tokenizer.backend_tokenizer.encode_special_tokens = True
    unmatched = list(tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids)
    tokenizer.backend_tokenizer.encode_special_tokens = False
    if unmatched != result["ids"]:
        result["unmatched"] = unmatched
    return result


def trl_plain(tokenizer, prompt, response):
    """trl/trainer/reward_trainer.py: EOS after the response, prompt in front, tokenizer called."""
    if not response.endswith(tokenizer.eos_token):
        response += tokenizer.eos_token
    return tokenizer(text=prompt + response)["input_ids"]


def segmented(tokenizer, prompt, segments, separator, as_chat):
    """Ids of the pieces that end at the segments' ends, one after the other."""
    content = separator.join(segments)
    if as_chat:
        text = rendered(tokenizer, chat(prompt, content), {})["text"]
        offset = text.rindex(content.strip()) - (len(content) - len(content.lstrip()))
    else:
        text = prompt + content + tokenizer.eos_token
        offset = len(prompt)
    ids, ends, cut, begin = [], [], 0, 0
    for segment in segments:
        end = offset + begin + len(segment.rstrip())
        ids += tokenizer(text[cut:end], add_special_tokens=not as_chat and cut == 0)["input_ids"]
        ends.append(len(ids))
        cut, begin = end, begin + len(segment) + len(separator)
    ids += tokenizer(text[cut:], add_special_tokens=False)["input_ids"]
    return {"prompt": prompt, "segments": segments, "separator": separator, "chat": as_chat,
            "ids": ids, "ends": ends}


def tokens_of(tokenizer):
    named = {name: [text, tokenizer.convert_tokens_to_ids(text)]
             for name, text in tokenizer.special_tokens_map.items()}
    return {"named": named, "size": len(tokenizer),
            "added": [[i, str(t), t.special] for i, t in tokenizer.added_tokens_decoder.items()]}


def write_folder(name, made, template):
    folder = ROOT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokenizer, config, named = made
    (folder / "tokenizer.json").write_text(
        json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")))
    if template is not None:
        source = (ROOT / "templates" / f"{name}.jinja").read_text()
        if template == "file":
            (folder / "chat_template.jinja").write_text(source)
            config["chat_template"] = "overruled by the file"
        elif template == "list":
            config["chat_template"] = [{"name": "tool_use", "template": "other"},
                                       {"name": "default", "template": source}]
        else:
            config["chat_template"] = source
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1, ensure_ascii=False))
    if named:
        (folder / "special_tokens_map.json").write_text(json.dumps(named, indent=1))
    return folder


def write_golden(folder, template):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    golden = {"tokens": tokens_of(tokenizer)}
    golden["strings"] = [{"text": text, **encoded(tokenizer, text)} for text in STRINGS]
    golden["strings"] += [{"text": unit, "times": times, **encoded(tokenizer, unit * times)}
                          for unit, times in REPEATED]
    # A tokenizer that appends EOS itself would get it twice from TRL's rule.
    if folder.name != "first":
        golden["plain"] = [{"prompt": prompt, "response": response,
                            "ids": trl_plain(tokenizer, prompt, response)} for prompt, response in PLAIN]
        rules = [False] if template is None else [False, True]
        golden["segmented"] = [
            segmented(tokenizer, prompt, segments, separator, as_chat)
            for prompt, segments in SEGMENTED for separator in SEPARATORS for as_chat in rules]
    if template is not None:
        golden["chats"] = [
            {"kwargs": kwargs, "chats": [{"messages": messages, **rendered(tokenizer, messages, kwargs)}
                                         for messages in CONVERSATIONS[: None if not kwargs else 6]]}
            for kwargs in KWARGS]
    lines = json.dumps(golden, ensure_ascii=False, separators=(",", ":")).replace("},{", "},\n{")
    (folder / "golden.json").write_text(lines + "\n")


def main():
    chat_template_utils.datetime = FixedDay
    folders = [(header, "file"), (marks, "string"), (thinking, "string"), (brackets, "list"),
               (turns, "file"), (blocks, "string"), (first, None)]
    for make, template in folders:
        folder = write_folder(make.__name__, make(), template)
        write_golden(folder, template)
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"{folder.name}: {size} bytes")


if __name__ == "__main__":
    main()
