// Recognises out-of-memory errors; the requested size is only in the allocators' messages.
#include "train/out_of_memory.h"

#include <c10/util/Exception.h>

#include <charconv>
#include <new>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "core/memory.h"
#include "core/option_types.h"
#include "core/str.h"

namespace laurel {

namespace {

// Of LibTorch's CPU allocator, now and in earlier versions.
constexpr const char* kCpuMessages[] = {"can't allocate memory", "not enough memory"};

// Groups of the micro-batch, in the order of the step.
std::vector<const Group*> groups_of(const MicroBatch& at) {
  std::set<std::pair<SourceId, uint64_t>> here;
  for (const PositionOrigin& origin : at.batch.origins) here.insert({origin.source, origin.group});
  std::vector<const Group*> groups;
  for (const Group* group : at.groups) {
    if (here.erase({group->source, group->id}) > 0) groups.push_back(group);
  }
  return groups;
}

std::string advice(const MicroBatch& at, size_t groups) {
  std::vector<std::string> options;
  if (at.recompute != Recompute::inputs) {
    options.push_back(
        str("set train.recompute to \"inputs\" (it is \"", enum_name(at.recompute), "\")"));
  }
  if (groups > 1) {
    options.push_back(
        str("lower train.tokens_per_micro_batch (it is ", at.tokens_per_micro_batch, ")"));
  } else {
    options.push_back("lower model.max_length (a group is never split)");
  }
  if (at.moments_fp32) options.push_back("set train.moments to \"bf16\"");
  std::string text = join(options, ", or ");
  text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

}  // namespace

bool is_out_of_memory(const std::exception& caught) {
  if (dynamic_cast<const std::bad_alloc*>(&caught)) return true;
  if (dynamic_cast<const c10::OutOfMemoryError*>(&caught)) return true;
  if (!dynamic_cast<const c10::Error*>(&caught)) return false;
  const std::string_view what = caught.what();
  for (const char* const message : kCpuMessages) {
    if (what.find(message) != std::string_view::npos) return true;
  }
  return false;
}

std::string requested_memory(const std::exception& caught) {
  const std::string_view what = caught.what();
  constexpr std::string_view kTried = "ried to allocate ";  // "you tried", "Tried"
  const size_t found = what.find(kTried);
  if (found == std::string_view::npos) return "more memory than there is";
  const std::string_view rest = what.substr(found + kTried.size());
  int64_t bytes = 0;
  const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), bytes);
  const std::string_view unit(end, static_cast<size_t>(rest.data() + rest.size() - end));
  if (problem == std::errc() && unit.starts_with(" bytes")) return format_bytes(bytes);
  const size_t space = rest.find(' ');  // "2.00 GiB. GPU 0 has ..."
  const size_t stop =
      space == std::string_view::npos ? space : rest.find_first_of(". \n", space + 1);
  return std::string(rest.substr(0, stop));
}

Error out_of_memory(const std::exception& caught, const MicroBatch& at) {
  const std::vector<const Group*> groups = groups_of(at);
  const Group* longest = nullptr;
  for (const Group* group : groups) {
    if (!longest || input_tokens(*group) > input_tokens(*longest)) longest = group;
  }
  std::string text = str("step ", at.step, ": out of memory: asked for ", requested_memory(caught),
                         " while computing a micro-batch of ", at.batch.tokens.ids.numel(),
                         " tokens (", groups.size(), groups.size() == 1 ? " group" : " groups");
  if (longest) {
    text += str("; the longest is ", at.location(*longest), " with ", input_tokens(*longest),
                " tokens in ", longest->responses.size(),
                longest->responses.size() == 1 ? " response" : " responses");
  }
  return {ErrorKind::memory, str(text, "). ", advice(at, groups.size()))};
}

}  // namespace laurel
