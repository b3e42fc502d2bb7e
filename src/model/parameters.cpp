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

void train_from_block(Layout& layout, int64_t first_block) {
  const auto blocks = static_cast<int64_t>(layout.blocks.size());
  for (TensorSpec& spec : layout.tensors) spec.trainable &= spec.block >= first_block;
  layout.trained_begin = first_block < blocks ? layout.blocks[first_block].begin : layout.size;
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

static at::Tensor zeros_of_trained(const ParameterBuffer& buffer, at::ScalarType type) {
  const int64_t size = buffer.layout.size - buffer.layout.trained_begin;
  if (buffer.weights.is_cpu()) return lazy_zeros(size, type);
  return at::zeros({size}, buffer.weights.options().dtype(type));
}

// A copy of all that is trained, beside the weights.
static at::Tensor masters(const ParameterBuffer& buffer) {
  const at::Tensor weights = trained_weights(buffer);
  if (!buffer.low.defined()) return weights.clone();
  const at::Tensor joined = at::empty(weights.sizes(), at::kFloat);
  join_master(weights.cpu(), buffer.low.cpu(), joined, buffer.rounding);
  return joined.to(weights.device());
}

void make_trainable(ParameterBuffer& buffer, const TrainingState& state) {
  if (!buffer.layout.has_trainable()) return;
  const auto moments = state.moments.value_or(compute_type(buffer.weights.scalar_type()));
  add_gradient(buffer);
  buffer.moment1 = zeros_of_trained(buffer, moments);
  buffer.moment2 = zeros_of_trained(buffer, moments);
  if (!buffer.low.defined()) add_low_halves(buffer, state.rounding);
  if (state.average) buffer.average = masters(buffer);
}

void add_low_halves(ParameterBuffer& buffer, Rounding rounding) {
  if (buffer.weights.scalar_type() != at::kBFloat16 || !buffer.layout.has_trainable()) return;
  const int64_t size = buffer.layout.size - buffer.layout.trained_begin;
  buffer.low = at::zeros({size}, buffer.weights.options().dtype(at::kShort));
  buffer.rounding = rounding;
}

void add_gradient(ParameterBuffer& buffer) {
  if (!buffer.layout.has_trainable()) return;
  buffer.gradient = zeros_of_trained(buffer, compute_type(buffer.weights.scalar_type()));
}

void move_to(ParameterBuffer& buffer, at::Device device) {
  for (at::Tensor* tensor : {&buffer.weights, &buffer.low, &buffer.gradient, &buffer.moment1,
                             &buffer.moment2, &buffer.average}) {
    if (tensor->defined()) *tensor = tensor->to(device);
  }
}

// The low halves of a tensor whose fp32 masters are split; undefined: its weights are all there is.
static at::Tensor low_of(const ParameterBuffer& buffer, const TensorSpec& spec) {
  if (!buffer.low.defined() || spec.offset < buffer.layout.trained_begin) return {};
  return trained_view(buffer.layout, buffer.low, spec).view({-1});
}

void set_values(ParameterBuffer& buffer, const TensorSpec& spec, const at::Tensor& values) {
  TORCH_INTERNAL_ASSERT(values.sizes() == spec.shape);
  const at::Tensor weights = buffer.weights.narrow(0, spec.offset, spec.size);
  const at::Tensor low = low_of(buffer, spec);
  if (!low.defined()) {
    weights.view(spec.shape).copy_(values);
    return;
  }
  split_master(values.to(at::kFloat).contiguous().view({-1}), weights, low, buffer.rounding);
}

at::Tensor values(const ParameterBuffer& buffer, const TensorSpec& spec) {
  const at::Tensor low = low_of(buffer, spec);
  if (!low.defined()) return view(buffer.weights, spec).cpu();
  const at::Tensor master = at::empty({spec.size}, at::kFloat);
  join_master(buffer.weights.narrow(0, spec.offset, spec.size).cpu(), low.cpu(), master,
              buffer.rounding);
  return master.view(spec.shape);
}

at::Tensor kept_values(const ParameterBuffer& buffer, const TensorSpec& spec) {
  const bool averaged = buffer.average.defined() && spec.offset >= buffer.layout.trained_begin;
  return averaged ? trained_view(buffer.layout, buffer.average, spec).cpu() : values(buffer, spec);
}

at::Tensor view(const at::Tensor& flat, const TensorSpec& spec) {
  return flat.narrow(0, spec.offset, spec.size).view(spec.shape);
}

at::Tensor trained_view(const Layout& layout, const at::Tensor& flat, const TensorSpec& spec) {
  TORCH_INTERNAL_ASSERT(spec.offset >= layout.trained_begin, spec.name, " is not trained");
  return flat.narrow(0, spec.offset - layout.trained_begin, spec.size).view(spec.shape);
}

at::Tensor trained_weights(const ParameterBuffer& buffer) {
  const int64_t begin = buffer.layout.trained_begin;
  return buffer.weights.narrow(0, begin, buffer.layout.size - begin);
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
    const int64_t offset = spec.offset - layout.trained_begin;
    if (spec.trainable && !by_rows) add(offset, offset + spec.size, spec.decay);
    for (int64_t row = 0; by_rows && row < spec.shape[0]; ++row) {
      const int64_t begin = offset + row * spec.shape[1];
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
