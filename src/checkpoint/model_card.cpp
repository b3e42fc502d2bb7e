// README.md of an export: what the numbers are and how to get them in Python.
#include <algorithm>
#include <string_view>

#include "checkpoint/export_files.h"
#include "checkpoint/scale_section.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr const char* kModelHead = R"(---
library_name: transformers
pipeline_tag: text-classification
tags:
- reward-model
---

# Reward model

)";

constexpr const char* kMeaning =
    "Written by laurel. The reward is the raw output of the head, read ";

constexpr const char* kHowToUse = R"(;
larger is better. Use it as it is, without a sigmoid (`problem_type` is `regression`).
)";

const char* where_read(PoolingRule pooling) {
  switch (pooling) {
    case PoolingRule::first: return "at the first token of the text";
    case PoolingRule::mean: return "as the mean of all tokens of the text";
    default: return "at the last token of the text";
  }
}

constexpr const char* kScoreAll = R"(with torch.no_grad():
    rewards = model(**batch).logits[0]
print({model.config.id2label[i]: reward.item() for i, reward in enumerate(rewards)})
```
)";

const char* tokenizer_class_of(bool auto_tokenizer) {
  return auto_tokenizer ? "AutoTokenizer" : "PreTrainedTokenizerFast";
}

// What a card says of the folder: before the meaning of the rewards, and how it is loaded.
struct CardFolder {
  std::string head, load;
};

constexpr const char* kFolderLine = "FOLDER = \".\"  # that of this file, or its name on the Hub\n";

CardFolder of_model(bool auto_tokenizer) {
  const char* name = tokenizer_class_of(auto_tokenizer);
  return {kModelHead, str("\n```python\nimport torch\nfrom transformers import "
                          "AutoModelForSequenceClassification, ",
                          name, "\n\n", kFolderLine, "tokenizer = ", name,
                          ".from_pretrained(FOLDER)\n"
                          "model = AutoModelForSequenceClassification.from_pretrained(FOLDER, "
                          "dtype=torch.float32).eval()\n")};
}

// Without num_labels the base would get a head of two rows; its own config.json need not name a
// pad.
CardFolder of_adapter(const std::string& base, const Outputs& outputs, const CardOptions& options) {
  const char* name = tokenizer_class_of(options.auto_tokenizer);
  const size_t rows = std::max<size_t>(outputs.weights.size(), 1);
  std::string labels = rows == 1 ? "" : Json(outputs.names).dump(-1, ' ', true);
  std::ranges::replace(labels, '`', '\'');  // it must not end the code
  if (rows > 1) labels = str("model.config.id2label = dict(enumerate(", labels, "))\n");
  return {str("---\nlibrary_name: peft\nbase_model: ", Json(base).dump(-1, ' ', true),
              "\npipeline_tag: text-classification\ntags:\n- lora\n- reward-model\n---\n\n"
              "# Reward model: a LoRA adapter with its head\n\n"),
          str("\n```python\nimport torch\nfrom peft import AutoPeftModelForSequenceClassification\n"
              "from transformers import ",
              name, "\n\n", kFolderLine, "tokenizer = ", name,
              ".from_pretrained(FOLDER)\n"
              "model = AutoPeftModelForSequenceClassification.from_pretrained(\n"
              "    FOLDER, num_labels=",
              rows, options.other_head ? ", ignore_mismatched_sizes=True" : "",
              ", dtype=torch.float32).eval()\n"
              "model.config.pad_token_id = tokenizer.pad_token_id\n",
              labels)};
}

constexpr const char* kChat =
    R"(messages = [{"role": "user", "content": "How long does an egg boil?"},
            {"role": "assistant", "content": "Seven minutes."}]
text = tokenizer.apply_chat_template(messages, tokenize=False)
batch = tokenizer(text, add_special_tokens=False, return_tensors="pt")
)";

// The rule of text/tokenize.h. docs/export.md has the same lines.
constexpr const char* kTexts =
    R"(prompt, response = "How long does an egg boil? ", "Seven minutes."
)";
constexpr const char* kPlain = R"(text = prompt + response
if not text.endswith(tokenizer.eos_token):
    text += tokenizer.eos_token
ids = tokenizer(text, add_special_tokens=False)["input_ids"]
# What the tokenizer puts around a text by itself, unless it is there.
bare, whole = (tokenizer("a", add_special_tokens=own)["input_ids"] for own in (False, True))
at = next(i for i in range(len(whole)) if whole[i:i + len(bare)] == bare)
begin, end = whole[:at], whole[at + len(bare):]
if ids[:len(begin)] != begin:
    ids = begin + ids
if ids[len(ids) - len(end):] != end:
    ids += end
batch = {"input_ids": torch.tensor([ids])}
)";

// Nothing is added to what a template has made.
constexpr const char* kRendered =
    R"(batch = tokenizer(prompt + response, add_special_tokens=False, return_tensors="pt")
)";

// The rule of text/pair.h.
constexpr const char* kPair = R"(batch = tokenizer([prompt], [response], return_tensors="pt")
)";

constexpr const char* kScore = R"(with torch.no_grad():
    reward = model(**batch).logits[0, 0].item()
```
)";

// A stranger's names as text of a Markdown table: nothing in them is a link, HTML or a new line.
std::string markdown(std::string_view text) {
  constexpr std::string_view kActive = "\\`*[]<>#|!~$&:@";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += ' ';
    } else {
      if (kActive.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

// Inside backquotes, where a backslash escapes nothing.
std::string markdown_code(std::string text) {
  std::ranges::replace(text, '`', '\'');
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return str("`", out, "`");
}

std::vector<std::string> markdown(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const std::string& name : names) out.push_back(markdown(name));
  return out;
}

std::string sources_of(const RewardConfig& config) {
  std::string out = "\n## Training data\n\n| source | format | loss |\n|---|---|---|\n";
  for (const SourceRecord& source : config.sources) {
    out += str("| ", markdown(source.name), " | ", markdown(source.format), " | ",
               markdown_code(source.loss.dump()), " |\n");
  }
  return out;
}

struct TextsOfRule {
  const char* sentence;
  std::string lines;
};

TextsOfRule rule_of_texts(TextRule rule) {
  switch (rule) {
    case TextRule::plain:
      return {
          "Strings are scored as prompt + response + end of sequence, without the chat "
          "template; lists of messages with it.\n",
          str(kTexts, kPlain)};
    case TextRule::rendered:
      return {
          "Strings are scored as a template has rendered them, with its special tokens and nothing "
          "added; lists of messages with the chat template.\n",
          str(kTexts, kRendered)};
    case TextRule::pair:
      return {
          "Prompt and response are scored as the tokenizer's pair of texts; of messages the last "
          "one is the response, and the contents before it are joined by line ends. A response "
          "without a prompt is one text: `tokenizer([response], ...)`; an empty prompt is a first text "
          "without tokens.\n",
          str(kTexts, kPair)};
    default: return {"Strings are scored as one user and one assistant message.\n", kChat};
  }
}

std::string outputs_of(const Outputs& outputs) {
  if (outputs.names.size() > 1) {
    return str("\n`logits` has ", outputs.names.size(),
               " columns, in this order: ", join(markdown(outputs.names), ", "),
               ". Programs that expect one reward need an export of one.\n");
  }
  if (!outputs.config || outputs.config->combined.empty()) return "";
  return str("\nThe reward is ", markdown(text_of(outputs.config->combined)),
             ", combined into one row of the head.\n");
}

std::string precision_of(const std::string& text) {
  return text.empty() ? "" : str("\n## Precision\n\n", text, "\n");
}

}  // namespace

static std::string card(const Outputs& outputs, const CardFolder& folder,
                        const CardOptions& options) {
  const std::optional<RewardConfig>& config = outputs.config;
  const char* score = outputs.names.size() > 1 ? kScoreAll : kScore;
  const std::string precision = precision_of(options.precision);
  const auto [strings, lines] = rule_of_texts(config ? config->text.rule : options.texts);
  const std::string head = str(folder.head, kMeaning, where_read(options.pooling), kHowToUse);
  if (!config) return str(head, "\n## Scoring\n", folder.load, lines, score, precision);
  std::string out =
      str(head, outputs_of(outputs), "\n## Scoring\n\n", strings, folder.load, lines, score);
  if (config->chat_template_sha256) {
    out +=
        "\nThe chat template was given in training (`model.chat_template`), not by the base model; "
        "`chat_template.jinja` is that one.\n";
  }
  if (const Json kwargs = config->template_options.template_kwargs; !kwargs.empty()) {
    out += str("\nPass ", markdown_code(kwargs.dump()), " to `apply_chat_template` as well.\n");
  }
  if (config->max_length) {
    out += str("\nTrained on texts of up to ", *config->max_length, " tokens.\n");
  }
  out += precision;
  out += "\n`reward_config.json` holds the same facts for programs.\n";
  if (!config->sources.empty()) out += sources_of(*config);
  return out + scale_section(*config);
}

std::string model_card(const Outputs& outputs, const CardOptions& options) {
  return card(outputs, of_model(options.auto_tokenizer), options);
}

std::string adapter_card(const Outputs& outputs, const std::string& base,
                         const CardOptions& options) {
  return card(outputs, of_adapter(base, outputs, options), options);
}

}  // namespace laurel
