// Layouts and the flat buffers made from them.
#include "model/parameters.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "ops/types.h"

namespace laurel {

namespace {

constexpr int64_t kBlockMultiple = 512;
constexpr int64_t kTensorMultiple = 64;

int64_t round_up(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Zeros on the CPU that take memory only where they are touched: rows of an embedding whose token
// no row has need no gradient and no moments. at::zeros would write them all.
at::Tensor untouched_zeros(int64_t size, at::ScalarType type) {
  const size_t bytes = static_cast<size_t>(size) * c10::elementSize(type);
  if (bytes == 0) return at::zeros({size}, type);
  void* const memory =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return at::from_blob(
      memory, {size}, [bytes](void* mapped) { ::munmap(mapped, bytes); }, type);
}

}  // namespace

const Entry* Layout::find(std::string_view name) const {
  const auto found = std::ranges::find(entries, name, &Entry::name);
  return found == entries.end() ? nullptr : &*found;
}

const Entry& Layout::at(std::string_view name) const {
  const Entry* const entry = find(name);
  TORCH_INTERNAL_ASSERT(entry != nullptr, "no entry ", name);
  return *entry;
}

void LayoutBuilder::begin_block() {
  layout_.size = round_up(layout_.size, kBlockMultiple);
  if (!layout_.blocks.empty()) layout_.blocks.back().end = layout_.size;
  layout_.blocks.push_back({layout_.size, layout_.size});
}

void LayoutBuilder::matrix(std::string name, int64_t rows, int64_t columns, Place place) {
  add({.name = std::move(name),
       .shape = {rows, columns},
       .block = 0,
       .decay = true,
       .trainable = true,
       .lookup = false,
       .offset = 0,
       .size = rows * columns},
      place);
}

void LayoutBuilder::embedding(std::string name, int64_t rows, int64_t columns) {
  matrix(std::move(name), rows, columns);
  layout_.entries.back().lookup = true;
}

void LayoutBuilder::vector(std::string name, int64_t size, Place place) {
  add({.name = std::move(name),
       .shape = {size},
       .block = 0,
       .decay = false,
       .trainable = true,
       .lookup = false,
       .offset = 0,
       .size = size},
      place);
}

void LayoutBuilder::add(Entry entry, Place place) {
  TORCH_INTERNAL_ASSERT(!layout_.blocks.empty());
  if (place == Place::aligned) layout_.size = round_up(layout_.size, kTensorMultiple);
  entry.block = static_cast<int32_t>(layout_.blocks.size()) - 1;
  entry.offset = layout_.size;
  layout_.size += entry.size;
  layout_.entries.push_back(std::move(entry));
}

Layout LayoutBuilder::finish() {
  layout_.size = round_up(layout_.size, kBlockMultiple);
  if (!layout_.blocks.empty()) layout_.blocks.back().end = layout_.size;
  return std::move(layout_);
}

Store make_store(Layout layout, at::ScalarType type) {
  Store store;
  store.weights = at::zeros({layout.size}, type);
  store.layout = std::move(layout);
  return store;
}

void make_trainable(Store& store, const TrainingState& state) {
  const auto type = store.weights.scalar_type();
  const auto moments = state.moments.value_or(compute_type(type));
  const auto zeros = [&](at::ScalarType of) {
    if (store.weights.is_cpu()) return untouched_zeros(store.layout.size, of);
    return at::zeros({store.layout.size}, store.weights.options().dtype(of));
  };
  store.gradient = zeros(compute_type(type));
  store.moment1 = zeros(moments);
  store.moment2 = zeros(moments);
  if (!store.low.defined()) keep_masters(store, state.rounding);
}

void keep_masters(Store& store, Rounding rounding) {
  if (store.weights.scalar_type() != at::kBFloat16) return;
  store.low = at::zeros({store.layout.size}, store.weights.options().dtype(at::kShort));
  store.rounding = rounding;
}

void move_to(Store& store, at::Device device) {
  for (at::Tensor* buffer :
       {&store.weights, &store.low, &store.gradient, &store.moment1, &store.moment2}) {
    if (buffer->defined()) *buffer = buffer->to(device);
  }
}

void set_values(Store& store, const Entry& entry, const at::Tensor& values) {
  TORCH_INTERNAL_ASSERT(values.sizes() == entry.shape);
  const at::Tensor weights = store.weights.narrow(0, entry.offset, entry.size);
  if (!store.low.defined()) {
    weights.view(entry.shape).copy_(values);
    return;
  }
  split_master(values.to(at::kFloat).contiguous().view({-1}), weights,
               store.low.narrow(0, entry.offset, entry.size), store.rounding);
}

at::Tensor values(const Store& store, const Entry& entry) {
  if (!store.low.defined()) return view(store.weights, entry).cpu();
  const at::Tensor master = at::empty({entry.size}, at::kFloat);
  join_master(store.weights.narrow(0, entry.offset, entry.size).cpu(),
              store.low.narrow(0, entry.offset, entry.size).cpu(), master, store.rounding);
  return master.view(entry.shape);
}

at::Tensor view(const at::Tensor& flat, const Entry& entry) {
  return flat.narrow(0, entry.offset, entry.size).view(entry.shape);
}

std::vector<UpdateRange> update_ranges(const Layout& layout, const std::vector<bool>* touched) {
  std::vector<UpdateRange> ranges;
  bool joined = false;  // the last range is the last entry's, so the gap behind it may be bridged
  const auto add = [&](int64_t begin, int64_t end, bool decay) {
    if (joined && ranges.back().decay == decay) {
      ranges.back().end = end;
    } else {
      ranges.push_back({begin, end, decay});
    }
    joined = true;
  };
  for (const Entry& entry : layout.entries) {
    const bool by_row = entry.trainable && entry.lookup && touched != nullptr;
    if (!entry.trainable || by_row) joined = false;
    if (entry.trainable && !by_row) add(entry.offset, entry.offset + entry.size, entry.decay);
    for (int64_t row = 0; by_row && row < entry.shape[0]; ++row) {
      const int64_t begin = entry.offset + row * entry.shape[1];
      if ((*touched)[row]) add(begin, begin + entry.shape[1], entry.decay);
      joined = (*touched)[row];
    }
  }
  return ranges;
}

}  // namespace laurel
