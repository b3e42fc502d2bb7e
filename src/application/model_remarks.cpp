// The lines themselves.
#include "application/model_remarks.h"

#include <algorithm>
#include <variant>

#include "checkpoint/peft_folder.h"
#include "core/str.h"

namespace laurel {

static const char* how_strings_are_read(TextRule rule) {
  switch (rule) {
    case TextRule::chat: return "rows of strings are tokenised with the chat template (text: chat)";
    case TextRule::plain:
      return "rows of strings are tokenised without the chat template (text: plain)";
    case TextRule::rendered:
      return "rows of strings are tokenised as they are, as a template has made them (text: rendered)";
    case TextRule::pair: return "prompts and answers are tokenised as pairs of texts (text: pair)";
  }
  return "";
}

static void say_where_trl_differs(const TextProcessor& text, std::span<const SourceData> sources,
                                  Log& log) {
  const bool has_plain = std::ranges::any_of(
      sources, [](const SourceData& source) { return source.rule == TextRule::plain; });
  if (!has_plain || text.tokenizer.trailing_ids().empty()) return;
  log.info(
      "the tokenizer ends a text by itself: a row of strings has that end once, where TRL's "
      "RewardTrainer, which appends one too, would give it twice");
}

static void say_what_an_encoder_does(const BackboneInfo& backbone, Log& log) {
  if (!backbone.pooling.causal) {
    log.info(str("an encoder: a text is read ",
                 backbone.pooling.rule == PoolingRule::mean ? "as the mean of its tokens"
                                                            : "at its first token",
                 ", every token sees the whole of it, so prompts are not shared"));
  }
}

void say_model(const ModelFolder& model, const HeadPlan& head, const TextProcessor& text,
               const PadToken& pad, Log& log) {
  for (const std::string& note : model.notes) log.info(note);
  if (!head.attributes.empty()) {
    log.info(str("the head's attributes: ", join(head.attributes, ", ")));
  }
  for (const std::string& warning : text.warnings) log.warn(warning);
  if (!pad.note.empty()) log.info(pad.note);
  say_what_an_encoder_does(backbone_info(model.backbone), log);
  if (!lora_of(model.trained)) return;
  const std::string unfit = unfit_for_peft(model);
  if (!unfit.empty()) {
    log.info(
        str("the run will have no adapter/ beside export/: its base, ", model.folder, ", ", unfit));
  }
}

void check_positions(int64_t length, const BackboneInfo& backbone, Log& log) {
  const int64_t positions = backbone.max_positions;
  if (length <= positions) return;
  if (backbone.learned_positions) {
    throw Error{ErrorKind::usage,
                str("model.max_length: found ", length, ", expected at most ", positions,
                    ", the positions of the backbone, which are learned: it has no others")};
  }
  log.warn(str("model.max_length is ", length, ", but the backbone was made for ", positions,
               " positions (max_position_embeddings)"));
}

bool keeps_head_bias(const Config& config, const ModelFolder& model, Log& log) {
  if (!has_foreign_bias(model)) return model.head.bias;
  const auto rates = [](const SourceConfig& source) {
    return traits(source.loss).labels == LabelKind::pointwise;
  };
  if (std::ranges::any_of(config.sources, rates)) return true;
  log.info(str("reward head: ", backbone_info(model.backbone).head.bias,
               " is dropped: pairs and lists compare rewards, which it moves alike"));
  return false;
}

void say_how_strings_are_read(TextRule rule, const TextProcessor& text,
                              std::span<const SourceData> sources, Log& log) {
  log.info(how_strings_are_read(rule));
  say_where_trl_differs(text, sources, log);
}

}  // namespace laurel
