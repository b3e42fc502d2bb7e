// laurel run on a tiny model and tiny files, in a scratch folder of the test.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/json.h"

namespace laurel {

struct Outcome {
  int code;
  std::string out, err;
};

// Runs laurel (forked.h) with these arguments in `folder`, whose cache/ is the user's cache folder, and
// without CUDA devices; `stdin_text` is its standard input, `limits` what the shell sets before.
Outcome run_laurel(const std::string& arguments, const std::filesystem::path& folder,
                   const std::string& stdin_text = "", const std::string& limits = "");

// The same where it must succeed; what it says on standard error where it must end with `code`.
void run_ok(const std::string& arguments, const std::filesystem::path& folder);
std::string errors_of(const std::string& arguments, const std::filesystem::path& folder, int code);

// Of the folder's config.json.
Outcome train(const std::filesystem::path& folder, const std::string& arguments = "");

// The same; sends `signal` once `ready`, a test of the shell in that folder that may name $pid,
// succeeds, and waits for the end.
Outcome train_until(const std::string& ready, const std::string& signal,
                    const std::filesystem::path& folder, const std::string& arguments = "");

// The bytes of a model's weights.
std::string weights(const std::filesystem::path& model);

// A new, empty folder.
std::filesystem::path scratch_folder(const std::string& name);

// A Llama folder with the tokenizer of tests/golden/text/NAME and random weights, two layers,
// width 16. With `head`, a classifier; without, a CausalLM. Equal calls give equal bytes.
std::filesystem::path make_tiny_model(const std::filesystem::path& folder,
                                      const std::string& tokenizer, bool head = false);

// config.json of a bare BERT of two layers, without what the tokenizer decides.
Json tiny_bert();

// A bare backbone of this config with random weights in place of the folder's model; its tokenizer
// stays.
void write_backbone(const std::filesystem::path& folder, Json config);

// A bare BERT with a tokenizer that makes pairs of texts.
void make_tiny_encoder(const std::filesystem::path& folder);

// Lines of a JSONL file, or those of metrics.jsonl of one kind.
std::vector<Json> lines_of(const std::filesystem::path& file, const std::string& kind = "");

// Names in RUN/checkpoints, sorted.
std::vector<std::string> checkpoints_in(const std::filesystem::path& run);

// Leaves of a run that ended what it would have if it had been killed after step `last`.
void keep_steps(const std::filesystem::path& run, int last);

// PROJECT/run becomes PROJECT/whole as it would be if it had been killed after step `last`.
void make_killed_run(const std::filesystem::path& project, int last);

void write_lines(const std::filesystem::path& file, const std::vector<Json>& lines);

// Learnable pairs (the better answer says "good") and ratings (1 to 5, by a word), n rows each.
std::vector<Json> tiny_pairs(int n, bool messages = false);
std::vector<Json> tiny_ratings(int n);

// A config on the folder's model/: `steps` steps of 4 groups, no shuffling, a constant rate.
Json tiny_config(const std::vector<Json>& sources, int steps);
Json pair_source();    // "pairs": pairs.jsonl, bradley_terry, plain text
Json rating_source();  // "ratings": ratings.jsonl, squared_error, plain text

// scratch_folder with model/, pairs.jsonl (24), held_out.jsonl (12), ratings.jsonl (16).
std::filesystem::path tiny_project(const std::string& name);

// The same with this config.json, trained.
std::filesystem::path trained_project(const std::string& name, const Json& config);

// A scratch_folder with all that `project` has: what takes long to make is made once.
std::filesystem::path copy_of(const std::filesystem::path& project, const std::string& name);

}  // namespace laurel
