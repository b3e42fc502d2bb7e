// From a source's files to tokenised groups, with every row accounted for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "data/pooling.h"
#include "data/sources/source.h"
#include "text/tokenize.h"

namespace laurel {

// Called a few times a second on the calling thread; `fraction` is of the source's bytes.
using LoadProgress = std::function<void(const SourceOptions&, int64_t rows, double fraction)>;

// A folder of tokenised rows, and the program that made them (its file's SHA-256).
struct TokenCache {
  std::filesystem::path folder;
  std::string program;
};

// What is done with rows: training and evaluation refuse lost questions, scoring warns of them.
enum class Guarding { training, evaluation, scoring };

struct LoadContext {
  const TextProcessor& folder;
  Pooling pooling;
  LengthOptions length;
  DataOptions data;
  // What auto means for strings: the model's stored rule, or encoder_rule. Where it is pair, lists of
  // messages are pairs too.
  TextRule strings = TextRule::plain;
  bool trained = false;  // the model has learned that rule: no other is suggested
  Guarding guarding = Guarding::training;
  LoadProgress progress = {};
  std::optional<TokenCache> cache = std::nullopt;  // none: every row is read and tokenised
  bool checks_cache = false;  // reads every byte of its files first, to make damaged ones again
};

// Throws Error (data) with file:line. Malformed rows within the budget are skipped, counted and the
// first five shown in `warnings`. A file that changes meanwhile is an Error.
SourceData load_source(const SourceOptions& options, SourceId id, const LoadContext& context);

FileStamps stamps_of(const SourceOptions& options);

// Throws Error (data) if one of the files is not what it was.
void check_unchanged(const FileStamps& stamps);

// Its message.
std::string file_changed(const std::string& file);

// What the texts of an encoder are where nothing says it: chat where it has a chat template, else
// pair. None for a causal backbone.
std::optional<TextRule> encoder_rule(const TextProcessor& folder, const Pooling& pooling);

// Throws Error (usage) that begins with `where` for a choice that the model cannot follow: pairs of
// a causal backbone, the chat template of an encoder without one.
void check_text_choice(TextChoice choice, const TextProcessor& folder, const Pooling& pooling,
                       const std::string& where);

// The one rule that the model's strings follow; none if no source has strings. A model that reads
// pairs reads all texts as pairs. Throws Error (usage) that names two sources that disagree.
std::optional<TextRule> rule_of_strings(std::span<const SourceData> sources);

}  // namespace laurel
