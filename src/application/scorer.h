// Scorer: the rewards of records, from a model's folder. The commands `score` and `eval` use it,
// and so may any program: it prints nothing, changes nothing of the process, and takes calls from
// several threads at once.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "application/compute.h"
#include "application/model_thread.h"
#include "application/row_options.h"
#include "checkpoint/load.h"
#include "core/json.h"
#include "core/log.h"
#include "data/sources/guards.h"
#include "data/sources/load.h"
#include "text/text_processor.h"

namespace laurel {

// A row that is to be scored.
struct Record {
  Json row = Json::object();
  std::string where;       // "file:line", for messages
  std::string error = {};  // why it could not be read, if so
  std::string text = {};   // of the row, as its file has it; may be empty
};

// A response's rewards, or why it has none.
struct ScoredResponse {
  std::string name;                  // "chosen", "rejected"; a list's are all "responses"
  std::vector<double> rewards = {};  // by position and column; empty: `error` says why
  std::string error = {};            // begins with its row and, of several, its place among them
  bool unedited = false;             // the error is that an edit leaves its text as it is
  uint64_t hash = 0;                 // of its text and its prompt's
};

// What training warns of in a row.
struct RowRemarks {
  bool special_text = false;     // contents spell a special token
  bool other_role = false;       // a response ends in another role's message than the assistant's
  bool repeated_prompt = false;  // answers begin with the prompt
};

// A record's rewards. A response without one leaves the others alone.
struct RowRewards {
  std::optional<Format> format;           // none: it has the fields of none, or of several
  FieldMap fields = {};                   // that it was read with
  std::optional<std::string> id = {};     // of the row, where the fields name one
  uint64_t prompt = 0;                    // its hash; of rows that have some rewards
  std::vector<ScoredResponse> responses;  // none: `error` says why the row could not be read
  std::string error;
  RowRemarks remarks = {};
  GuardTally guards = {};  // of this row

  bool scored() const;      // every response has its rewards
  std::string why() const;  // it is not: the row's error, or its responses'
};

// Another text in the place of an answer's; nullopt: it stays as it is.
using AnswerEdit = std::function<std::optional<std::string>(const std::string& text)>;

class Scorer {
 public:
  // `model` is a run folder, a Hugging Face reward model of a supported family, or a Hub name. Logs
  // how strings are read. Throws Error (model).
  Scorer(const std::string& model, const Compute& compute, RowOptions options, Log& log);

  // In the order of the records. An empty answer has the reward of what the template makes of it.
  // Texts are rendered and tokenised on the caller's thread. Throws
  // Error (usage) if the fields do not fit a record's format; what is wrong with a record is in
  // its RowRewards.
  // With `edit` the answers are edited first, of messages the content of the last; those that stay as
  // they are have no rewards but an error.
  std::vector<RowRewards> score(std::span<const Record> records, const AnswerEdit& edit = {});

  // Rewards (P, C) of a packed batch.
  at::Tensor score(const TokenBatch& batch) { return model_.rewards_of(batch); }

  // What loading a source for this model needs.
  LoadContext load_context(const DataOptions& data) const;

  const RowOptions& options() const { return options_; }  // complete
  const RewardConfig& reward_config() const { return loaded_.reward_config; }
  const Pooling& pooling() const { return loaded_.folder.pooling; }
  const Tokenizer& tokenizer() const { return loaded_.text.tokenizer; }
  // Whether its exports leave out a bias of the head.
  bool drops_bias() const { return has_foreign_bias(loaded_.folder); }
  bool trained_here() const { return loaded_.folder.reward_config.has_value(); }

 private:
  struct Loaded {
    ModelFolder folder;
    TextProcessor text;
    RewardConfig reward_config;  // its own, or what holds for a folder without one
  };

  static Loaded open(const std::string& model, const RowOptions& options, Log& log);
  RewardModel load(const Compute& compute) const;
  std::optional<Group> read(const Record& record, const AnswerEdit& edit, RowRewards& row) const;
  std::optional<Group> encode(const Example& example, const RowSigns& signs,
                              const std::string& where, RowRewards& row) const;
  TextRules rules_of(const Example& example) const;

  Loaded loaded_;
  RowOptions options_;
  ModelThread model_;
};

}  // namespace laurel
