// What the tests of silent bugs do again and again with the real binary.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "end_to_end/program.h"

namespace laurel {

// Trains the folder's run/ with `config`, which must succeed; lines of kind "step".
std::vector<Json> steps_of_run(const std::filesystem::path& folder, const Json& config,
                               const std::string& arguments = "");

// The numbers under `key` of these lines.
std::vector<double> column(const std::vector<Json>& lines, const std::string& key);

// The rows of `file` with their rewards by `model`; both lie in the folder.
std::vector<Json> scored(const std::filesystem::path& folder, const std::string& model,
                         const std::string& file, const std::string& arguments = "");

// What `laurel eval` says of the file, as JSON.
Json evaluated(const std::filesystem::path& folder, const std::string& model,
               const std::string& file);

double metric(const Json& evaluation, const std::string& name);

// Every tensor of a model folder, in fp64.
std::map<std::string, at::Tensor> tensors_of(const std::filesystem::path& model);

// As `lines`, each with the next of these weights.
std::vector<Json> weighted(std::vector<Json> lines, const std::vector<double>& weights);

// log(1 + exp(x))
double softplus(double x);

// Replaces one member of a JSON file of a model folder.
void set_member(const std::filesystem::path& file, const std::string& key, const Json& value);

}  // namespace laurel
