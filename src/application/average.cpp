// Compares runs before any weight is read, and writes the mean tensor by tensor.
#include "application/average.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "checkpoint/export.h"
#include "checkpoint/hub_cache.h"
#include "checkpoint/manifest.h"
#include "checkpoint/run_folder.h"
#include "config/difference.h"
#include "core/files.h"
#include "core/json.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

// A model that is averaged, with what it began with.
struct Part {
  std::string name;  // as the user named it
  ModelFolder model;
  BaseModel base;
  Json head;            // model.head and model.head_seed of its config
  std::string weights;  // their hash

  std::map<std::string, ExpectedTensor> tensors = {};
};

[[noreturn]] void refuse_part(const std::string& name, const std::string& what) {
  throw Error{ErrorKind::usage, str(name, ": ", what)};
}

[[noreturn]] void refuse_pair(const Part& a, const Part& b, const std::string& what) {
  throw Error{ErrorKind::usage,
              str(a.name, " and ", b.name, ": ", what,
                  "; weights can be averaged where both began with the same model and learned the "
                  "same")};
}

Json start_of_head(const RunFolder& run) {
  const std::string file = run.config().string();
  const Json config =
      parse_json(read_file(file, ErrorKind::checkpoint), file, ErrorKind::checkpoint);
  const Json model = config.is_object() ? config.value("model", Json::object()) : Json::object();
  const Json kept = model.value("head", Json());
  if (kept == "keep") return {{"head", kept}};  // that of the backbone, whatever the seed
  return {{"head", kept}, {"head_seed", model.value("head_seed", Json())}};
}

Part open_part(const std::string& name) {
  const fs::path folder = resolve_model(name);
  const std::optional<RunFolder> run = run_of(folder);
  if (!run) {
    refuse_part(name,
                "found a folder that is not in a run's, expected a run or a checkpoint of one: its "
                "run.json says what it began with");
  }
  const std::optional<BaseModel> base = base_model(*run);
  if (!base) {
    refuse_part(name, str("found no base in ", run->id_file(),
                          ", expected the hashes of the model that the run began with"));
  }
  Part part{
      .name = name,
      .model = open_model({.path = {folder.string()}, .head = Head::keep, .for_training = false}),
      .base = *base,
      .head = start_of_head(*run)};
  part.weights = weights_sha256(part.model.folder);
  for (const ExpectedTensor& tensor : expected_tensors(part.model)) {
    part.tensors.emplace(tensor.name, tensor);
  }
  if (!part.model.reward_config) refuse_part(name, "found no reward_config.json, expected one");
  return part;
}

// What must be equal: reward_config.json without what was measured and without hashes of data.
Json lasting_meaning(const RewardConfig& config) {
  Json json = json_of(config);
  json.erase("calibration");
  json.erase("normalization");
  for (Json& source : json.at("sources")) source.erase("train_sha256");
  return json;
}

void check_equal(const Part& a, const Part& b, const std::string& file, const Json& of_a,
                 const Json& of_b) {
  const std::vector<Difference> found = differences(of_a, of_b);
  if (found.empty()) return;
  const Difference& first = found.front();
  refuse_pair(a, b,
              str(file, ": ", first.path, ": found ", first.before, " and ", first.now,
                  found.size() > 1 ? str(" (and ", found.size() - 1, " more differ)") : "",
                  ", expected the same"));
}

void check_start(const Part& a, const Part& b) {
  for (const auto& [file, hash] : a.base.sha256) {
    const auto other = b.base.sha256.find(file);
    if (other != b.base.sha256.end() && other->second == hash) continue;
    refuse_pair(a, b,
                str("found other backbones, ", a.base.folder, " and ", b.base.folder, ", whose ",
                    file, " differs, expected the same"));
  }
  if (a.base.sha256.size() != b.base.sha256.size()) {
    refuse_pair(a, b,
                str("found other backbones, ", a.base.folder, " and ", b.base.folder,
                    ", of other files, expected the same"));
  }
  check_equal(a, b, "model of laurel.json", a.head, b.head);
}

void check_files(const Part& a, const Part& b) {
  check_equal(a, b, "config.json", a.model.config, b.model.config);
  std::set<std::string> names;
  for (const Part* part : {&a, &b}) {
    for (const auto& [name, bytes] : part->model.files) names.insert(name);
  }
  names.erase("config.json");
  for (const std::string& name : names) {
    const auto of_a = a.model.files.find(name), of_b = b.model.files.find(name);
    const bool both = of_a != a.model.files.end() && of_b != b.model.files.end();
    if (both && of_a->second == of_b->second) continue;
    refuse_pair(a, b,
                str("found other bytes in ", name,
                    ", expected the same tokenizer and "
                    "templates"));
  }
}

void check_same(const Part& a, const Part& b) {
  check_start(a, b);
  check_files(a, b);
  check_equal(a, b, "reward_config.json", lasting_meaning(*a.model.reward_config),
              lasting_meaning(*b.model.reward_config));
  if (a.model.head.bias == b.model.head.bias) return;
  refuse_pair(a, b, "found a bias in the head of one of them, expected the same");
}

// As the last checkpoint of a run beside its end.
void refuse_copies(std::span<const Part> before, const Part& part) {
  for (const Part& other : before) {
    if (other.weights == part.weights) {
      refuse_part(part.name, str("found the weights of ", other.name,
                                 ", which would count twice, expected different models"));
    }
  }
}

std::vector<Part> open_parts(const std::vector<std::string>& models) {
  std::vector<Part> parts;
  for (const std::string& model : models) {
    parts.push_back(open_part(model));
    const Part& part = parts.back();
    const auto before = std::span(parts).first(parts.size() - 1);
    for (const Part& other : before) {
      if (other.model.folder == part.model.folder)
        refuse_part(model, "found it twice, expected once");
    }
    check_same(parts.front(), part);
    refuse_copies(before, part);
  }
  if (parts.size() > 1) return parts;
  refuse_part(models.front(), "found one model, expected two or more to be averaged");
}

void read_mean(const std::vector<Part>& parts, const ExpectedTensor& tensor,
               const at::Tensor& destination) {
  at::Tensor sum = at::zeros(tensor.shape, at::kDouble);
  const at::Tensor values = at::empty(tensor.shape, at::kFloat);
  for (const Part& part : parts) {
    read_tensor(part.model, part.tensors.at(tensor.name), values);
    sum += values;
  }
  destination.copy_(sum / static_cast<double>(parts.size()));
}

// All rows of the head, and the hashes of all training files.
Outputs outputs_of(const std::vector<Part>& parts) {
  const bool several = parts.front().model.head.columns > 1;
  Outputs outputs = choose_outputs(parts.front().model, {.all = several});
  RewardConfig& config = *outputs.config;
  config.calibration.reset();
  config.normalization.reset();
  for (size_t s = 0; s < config.sources.size(); ++s) {
    std::vector<std::string>& hashes = config.sources[s].train_sha256;
    for (const Part& part : parts) {
      for (const std::string& hash : part.model.reward_config->sources[s].train_sha256) {
        if (std::ranges::count(hashes, hash) == 0) hashes.push_back(hash);
      }
    }
  }
  return outputs;
}

}  // namespace

std::vector<std::string> average_models(const std::vector<std::string>& models,
                                        const fs::path& output) {
  const std::vector<Part> parts = open_parts(models);
  const auto read = [&](const ExpectedTensor& tensor, const at::Tensor& destination) {
    read_mean(parts, tensor, destination);
  };
  const auto verify = [&](const fs::path& written) {
    open_model({.path = {written.string()}, .head = Head::keep, .for_training = false});
    return str("The weights are fp32, the means of those of ", parts.size(),
               " models that began alike.");
  };
  export_model(parts.front().model, outputs_of(parts), output,
               {.rounding = {}, .read = read, .verify = verify});
  std::vector<std::string> notes{
      str("the mean of ", parts.size(), " models of ", parts.front().base.folder)};
  const auto measured = [](const Part& part) {
    const RewardConfig& config = *part.model.reward_config;
    return config.calibration || config.normalization;
  };
  if (std::ranges::any_of(parts, measured)) {
    notes.push_back(
        "calibration and normalization of the parts are left out: they are of other rewards; "
        "laurel calibrate and laurel normalize measure those of the mean");
  }
  return notes;
}

}  // namespace laurel
