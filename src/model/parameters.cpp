// Layouts and the flat buffers made from them.
#include "model/parameters.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "core/str.h"
#include "ops/types.h"

namespace laurel {

namespace {

constexpr int64_t kBlockMultiple = 512;
constexpr int64_t kTensorMultiple = 64;

int64_t round_up(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Zeros on the CPU that take memory only where they are written: rows of an embedding whose token
// no row has need no gradient and no moments. at::zeros would write them all.
at::Tensor lazy_zeros(int64_t size, at::ScalarType type) {
  const size_t bytes = static_cast<size_t>(size) * c10::elementSize(type);
  if (bytes == 0) return at::zeros({size}, type);
  void* const memory =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return at::from_blob(
      memory, {size}, [bytes](void* mapped) { ::munmap(mapped, bytes); }, type);
}

}  // namespace

const TensorSpec* Layout::find(std::string_view name) const {
  const auto found = std::ranges::find(tensors, name, &TensorSpec::name);
  return found == tensors.end() ? nullptr : &*found;
}

const TensorSpec& Layout::at(std::string_view name) const {
  const TensorSpec* const spec = find(name);
  TORCH_INTERNAL_ASSERT(spec != nullptr, "no tensor ", name);
  return *spec;
}

bool Layout::has_trainable() const { return std::ranges::any_of(tensors, &TensorSpec::trainable); }

void LayoutBuilder::begin_block() {
  layout_.size = round_up(layout_.size, kBlockMultiple);
  if (!layout_.blocks.empty()) layout_.blocks.back().end = layout_.size;
  layout_.blocks.push_back({layout_.size, layout_.size});
}

void LayoutBuilder::matrix(std::string name, int64_t rows, int64_t columns, Placement placement) {
  add({.name = std::move(name),
       .shape = {rows, columns},
       .block = 0,
       .decay = true,
       .trainable = true,
       .is_embedding = false,
       .offset = 0,
       .size = rows * columns},
      placement);
}

void LayoutBuilder::embedding(std::string name, int64_t rows, int64_t columns) {
  matrix(std::move(name), rows, columns);
  layout_.tensors.back().is_embedding = true;
}

void LayoutBuilder::vector(std::string name, int64_t size, Placement placement) {
  add({.name = std::move(name),
       .shape = {size},
       .block = 0,
       .decay = false,
       .trainable = true,
       .is_embedding = false,
       .offset = 0,
       .size = size},
      placement);
}

void LayoutBuilder::add(TensorSpec spec, Placement placement) {
  TORCH_INTERNAL_ASSERT(!layout_.blocks.empty());
  if (placement == Placement::aligned) layout_.size = round_up(layout_.size, kTensorMultiple);
  spec.block = static_cast<int32_t>(layout_.blocks.size()) - 1;
  spec.offset = layout_.size;
  layout_.size += spec.size;
  layout_.tensors.push_back(std::move(spec));
}

Layout LayoutBuilder::finish() {
  layout_.size = round_up(layout_.size, kBlockMultiple);
  if (!layout_.blocks.empty()) layout_.blocks.back().end = layout_.size;
  return std::move(layout_);
}

ParameterBuffer make_parameter_buffer(Layout layout, at::ScalarType type) {
  ParameterBuffer buffer;
  buffer.weights = at::zeros({layout.size}, type);
  buffer.layout = std::move(layout);
  return buffer;
}

void make_trainable(ParameterBuffer& buffer, const TrainingState& state) {
  if (!buffer.layout.has_trainable()) return;
  const auto type = buffer.weights.scalar_type();
  const auto moments = state.moments.value_or(compute_type(type));
  const auto zeros = [&](at::ScalarType of) {
    if (buffer.weights.is_cpu()) return lazy_zeros(buffer.layout.size, of);
    return at::zeros({buffer.layout.size}, buffer.weights.options().dtype(of));
  };
  buffer.gradient = zeros(compute_type(type));
  buffer.moment1 = zeros(moments);
  buffer.moment2 = zeros(moments);
  if (!buffer.low.defined()) add_low_halves(buffer, state.rounding);
}

void add_low_halves(ParameterBuffer& buffer, Rounding rounding) {
  if (buffer.weights.scalar_type() != at::kBFloat16 || !buffer.layout.has_trainable()) return;
  buffer.low = at::zeros({buffer.layout.size}, buffer.weights.options().dtype(at::kShort));
  buffer.rounding = rounding;
}

void move_to(ParameterBuffer& buffer, at::Device device) {
  for (at::Tensor* tensor :
       {&buffer.weights, &buffer.low, &buffer.gradient, &buffer.moment1, &buffer.moment2}) {
    if (tensor->defined()) *tensor = tensor->to(device);
  }
}

void set_values(ParameterBuffer& buffer, const TensorSpec& spec, const at::Tensor& values) {
  TORCH_INTERNAL_ASSERT(values.sizes() == spec.shape);
  const at::Tensor weights = buffer.weights.narrow(0, spec.offset, spec.size);
  if (!buffer.low.defined()) {
    weights.view(spec.shape).copy_(values);
    return;
  }
  split_master(values.to(at::kFloat).contiguous().view({-1}), weights,
               buffer.low.narrow(0, spec.offset, spec.size), buffer.rounding);
}

at::Tensor values(const ParameterBuffer& buffer, const TensorSpec& spec) {
  if (!buffer.low.defined()) return view(buffer.weights, spec).cpu();
  const at::Tensor master = at::empty({spec.size}, at::kFloat);
  join_master(buffer.weights.narrow(0, spec.offset, spec.size).cpu(),
              buffer.low.narrow(0, spec.offset, spec.size).cpu(), master, buffer.rounding);
  return master.view(spec.shape);
}

at::Tensor view(const at::Tensor& flat, const TensorSpec& spec) {
  return flat.narrow(0, spec.offset, spec.size).view(spec.shape);
}

bool has_gradient(const ParameterBuffer& buffer, const TensorSpec& spec) {
  return buffer.gradient.defined() && spec.trainable;
}

std::vector<UpdateRange> update_ranges(const Layout& layout, const std::vector<bool>* seen_rows) {
  std::vector<UpdateRange> ranges;
  bool extends_last =
      false;  // the last range is the last tensor's, so the gap after it may be bridged
  const auto add = [&](int64_t begin, int64_t end, bool decay) {
    if (extends_last && ranges.back().decay == decay) {
      ranges.back().end = end;
    } else {
      ranges.push_back({begin, end, decay});
    }
    extends_last = true;
  };
  for (const TensorSpec& spec : layout.tensors) {
    const bool by_rows = spec.trainable && spec.is_embedding && seen_rows != nullptr;
    if (!spec.trainable || by_rows) extends_last = false;
    if (spec.trainable && !by_rows) add(spec.offset, spec.offset + spec.size, spec.decay);
    for (int64_t row = 0; by_rows && row < spec.shape[0]; ++row) {
      const int64_t begin = spec.offset + row * spec.shape[1];
      if ((*seen_rows)[row]) add(begin, begin + spec.shape[1], spec.decay);
      extends_last = (*seen_rows)[row];
    }
  }
  return ranges;
}

static std::string adapter_name(std::string_view weight, const char* part) {
  constexpr std::string_view kWeight = ".weight";
  TORCH_INTERNAL_ASSERT(weight.ends_with(kWeight), weight);
  return str(weight.substr(0, weight.size() - kWeight.size()), part, kWeight);
}

std::string adapter_a_name(std::string_view weight) { return adapter_name(weight, ".lora_A"); }
std::string adapter_b_name(std::string_view weight) { return adapter_name(weight, ".lora_B"); }

static at::Tensor loss_parameters_of(const ParameterBuffer& head, const at::Tensor& flat) {
  const TensorSpec* const spec = head.layout.find(kLossParameters);
  return spec ? view(flat, *spec) : flat.narrow(0, 0, 0);
}

at::Tensor Parameters::loss_parameters() const { return loss_parameters_of(head, head.weights); }

at::Tensor Parameters::grad_loss_parameters() const {
  return loss_parameters_of(head, head.gradient);
}

}  // namespace laurel
