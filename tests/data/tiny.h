// A tokenizer that can be worked by hand, files in a folder of their own, and messages of errors.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/batches/batch_sampler.h"
#include "data/sources/load.h"
#include "support/error_of.h"
#include "text/text_processor.h"

namespace laurel::test {

// Words stand between white space: w0 .. w49 are 10 .. 59, any other is 0. Special tokens: <eos> 1,
// <pad> 2, <user> 3, <assistant> 4, <end> 5. The template writes <role>content<end>.
const TextProcessor& tiny_folder();

// The same without a chat template and without an end of sequence.
const TextProcessor& tiny_folder_without_template();

// The same with a template that trims contents: <role>content<end>.
const TextProcessor& tiny_folder_that_trims();

// Writes a file into a folder of this process.
std::string write_data(const std::string& name, const std::string& bytes);

// Sources named "ukp" of these files, and what they are loaded with.
SourceOptions pairs_from(const std::vector<std::string>& train,
                         const std::vector<std::string>& eval = {});
SourceOptions ratings_from(const std::string& path);
LoadContext context_of(DataOptions data = {}, LengthOptions length = {.max_length = 100});

// Lines: a pair of strings " wN" behind the prompt "wN"; a rated dialogue of two messages.
std::string pair_row(int prompt, int better, int worse);
std::string list_row(const std::string& question, const std::string& answer, int score);

// A pair and a rating with given tokens, all read at their last one.
Group pair_of(std::vector<int32_t> better, std::vector<int32_t> worse, SourceId source = 0);
Group rating_of(std::vector<int32_t> ids, float score, SourceId source = 0);

// Everything of a group, its floats in hexadecimal digits.
std::string text_of(const Group& group);

// Gives rating i of a split this weight.
void set_weight(Split& split, size_t i, float weight);

// A source of `groups` ratings of one token; group i has id i and weight 1.
SourceData source_of(const std::string& name, int64_t groups, SourceId id = 0);

template <class T>
std::vector<T> values_of(const at::Tensor& tensor) {
  const T* data = tensor.const_data_ptr<T>();
  return {data, data + tensor.numel()};
}

}  // namespace laurel::test
