// Hashes a base, and compares updates tensor by tensor.
#include "checkpoint/base_model.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace fs = std::filesystem;

BaseModel base_model_of(const ModelFolder& model) {
  BaseModel base{.folder = fs::absolute(model.folder).lexically_normal().string(), .sha256 = {}};
  for (const fs::path& file : model.tensors.files()) {
    base.sha256[file.filename().string()] = sha256_of_file(file, ErrorKind::model);
  }
  if (model.base) {  // whose own hashes it has
    base.sha256["base.json"] = sha256_of_file(model.folder / "base.json", ErrorKind::model);
  }
  return base;
}

OpenedBase open_base(const BaseModel& base) {
  std::error_code ignored;
  if (!fs::is_directory(base.folder, ignored)) return {{}, "the base is not there any more"};
  try {
    ModelFolder model = open_model({.path = {base.folder}, .head = Head::fresh});
    if (base_model_of(model).sha256 != base.sha256) return {{}, "the base has changed since"};
    return {std::move(model), ""};
  } catch (const Error& error) {
    return {{}, str("the base cannot be read: ", error.message)};
  }
}

namespace {

at::Tensor read_fp32(const ModelFolder& model, const ExpectedTensor& tensor) {
  at::Tensor values = at::empty(tensor.shape, at::kFloat);
  read_tensor(model, tensor, values);
  return values;
}

constexpr int64_t kSumChunk = int64_t{1} << 20;  // values of the narrow tensor in fp32 at a time

struct UpdateSums {
  double kept = 0, update = 0, error = 0;

  // W0 and W in fp32, W' in the narrow type.
  void add(const at::Tensor& before, const at::Tensor& after, const at::Tensor& narrow) {
    const at::Tensor flat = narrow.flatten();
    for (int64_t begin = 0; begin < flat.size(0); begin += kSumChunk) {
      const int64_t size = std::min(kSumChunk, flat.size(0) - begin);
      const at::Tensor chunk = flat.narrow(0, begin, size).to(at::kFloat);
      add(before.const_data_ptr<float>() + begin, after.const_data_ptr<float>() + begin,
          chunk.const_data_ptr<float>(), size);
    }
  }

 private:
  void add(const float* w0, const float* w, const float* rounded, int64_t size) {
    for (int64_t i = 0; i < size; ++i) {
      const double moved = double{w[i]} - w0[i];
      kept += (double{rounded[i]} - w0[i]) * moved;
      update += moved * moved;
      error += (double{rounded[i]} - w[i]) * (double{rounded[i]} - w[i]);
    }
  }
};

}  // namespace

std::optional<UpdateSurvival> update_survival(const ModelFolder& model, const ModelFolder& base,
                                              const WeightRounding& rounding) {
  std::map<std::string, ExpectedTensor> base_tensors;
  for (const ExpectedTensor& tensor : expected_tensors(base)) base_tensors[tensor.name] = tensor;
  UpdateSums sums;
  const HeadNames names = backbone_info(model.backbone).head;
  for (const ExpectedTensor& tensor : expected_tensors(model)) {
    const auto of_base = base_tensors.find(tensor.name);
    const bool head = tensor.name == names.weight || tensor.name == names.bias;
    if (head || of_base == base_tensors.end()) continue;  // a new head is no update of the base
    const at::Tensor before = read_fp32(base, of_base->second);
    const at::Tensor after = read_fp32(model, tensor);
    sums.add(before, after, rounded(after, tensor.name, rounding));
  }
  if (sums.update == 0) return std::nullopt;
  return UpdateSurvival{sums.kept / sums.update, std::sqrt(sums.error / sums.update)};
}

}  // namespace laurel
