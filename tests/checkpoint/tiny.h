// Small model folders made on the spot, and the messages of errors.
#pragma once

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "checkpoint/load.h"
#include "core/error.h"
#include "support/error_of.h"

namespace laurel::test {

// A folder that goes away with the test.
class Scratch {
 public:
  Scratch();
  Scratch(const Scratch&) = delete;
  ~Scratch();
  std::filesystem::path path;
};

// Bytes of a safetensors file with this header and this many bytes of zeros behind it.
std::string safetensors_bytes(const std::string& header, size_t data_bytes);

using Tensors = std::map<std::string, at::Tensor>;

// A Llama of one layer, width 8, two heads, vocabulary 16, as transformers 4 writes it.
Json tiny_config();

// Random values for it under "model.", and with a head of one row.
Tensors tiny_tensors();

// Tokens: <unk> 0, <s> 1, </s> 2, w3 .. w11, and the special <|extra|> 12, <|reserved_1|> 13,
// <|right_pad|> 14. The template spells <|extra|>.
Json tiny_tokenizer();
Json tiny_tokenizer_config();

void write_tensors(const std::filesystem::path& folder, const Tensors& tensors);
void write_json(const std::filesystem::path& file, const Json& json);

// All of the above; the tensors are "model.*" and score.weight.
void write_tiny_model(const std::filesystem::path& folder);

LoadOptions from(const std::filesystem::path& folder, std::optional<Head> head = std::nullopt);

// Every file below the folder, by its path inside.
std::map<std::string, std::string> contents_of(const std::filesystem::path& folder);

}  // namespace laurel::test
