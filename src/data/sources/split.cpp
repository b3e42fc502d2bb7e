// Splits. All rows of a prompt go to the same split, or evaluation would contain training prompts.
#include "data/sources/split.h"

#include <algorithm>
#include <cmath>
#include <queue>

#include "core/error.h"
#include "core/random.h"
#include "core/str.h"
#include "data/sources/label_changes.h"

namespace laurel {

namespace {

constexpr size_t kFewestPrompts = 20;

// visit(prompt) for each prompt of the rows used, once, in the order of their hashes, mixed.
template <class Visit>
void for_each_prompt(const TokenizedFiles& rows, const Visit& visit) {
  using Rest = std::span<const uint64_t>;
  const auto later = [](const Rest& a, const Rest& b) { return a.front() > b.front(); };
  std::priority_queue<Rest, std::vector<Rest>, decltype(later)> files(later);
  for (const auto& [file, number] : rows.files) {
    if (!file->prompts().empty()) files.push(file->prompts());
  }
  std::optional<uint64_t> last;
  while (!files.empty()) {
    Rest rest = files.top();
    files.pop();
    // Up to where another file goes on.
    while (!rest.empty() && (files.empty() || rest.front() <= files.top().front())) {
      if (rest.front() != last) visit(rest.front());
      last = rest.front();
      rest = rest.subspan(1);
    }
    if (!rest.empty()) files.push(rest);
  }
}

int64_t count_prompts(const TokenizedFiles& rows) {
  if (rows.files.size() == 1) return std::ssize(rows.files[0].rows->prompts());
  int64_t prompts = 0;
  for_each_prompt(rows, [&](uint64_t) { ++prompts; });
  return prompts;
}

// Numbers of the values of a file's slices, among those of the split.
std::vector<std::vector<uint32_t>> number_slices(
    const std::vector<std::vector<std::string>>& values, SliceValues& slices) {
  std::vector<std::vector<uint32_t>> numbers(values.size());
  for (size_t field = 0; field < values.size(); ++field) {
    for (const std::string& value : values[field]) {
      numbers[field].push_back(slices.number(field, value));
    }
  }
  return numbers;
}

[[noreturn]] void refuse_index(const RowFile& file) {
  throw Error{ErrorKind::data, str(file.path(),
                                   ": found an index that this program does not "
                                   "write, expected a file of its cache; delete it")};
}

}  // namespace

const char* reason_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::over_length: return "over_length";
    case Outcome::identical: return "identical";
    case Outcome::filtered: return "filter";
    case Outcome::no_pair: return "no_pair";
    case Outcome::weight_0: return "weight_0";
    case Outcome::max_responses: return "max_responses";
    case Outcome::used:
    case Outcome::merged:
    case Outcome::bad: break;
  }
  return nullptr;
}

bool HeldOut::contains(const RowEntry& row) const {
  const bool unread = row.has(Outcome::bad) || row.has(Outcome::filtered);
  return last && !unread && mix64(row.prompt_hash) <= *last;
}

HeldOut hold_out(const TokenizedFiles& rows, double fraction, const std::string& source) {
  const int64_t prompts = count_prompts(rows);
  if (std::cmp_less(prompts, kFewestPrompts)) {
    int64_t too_long = 0;
    for (const auto& [file, number] : rows.files) {
      too_long += std::ranges::count_if(
          file->index(), [](const RowEntry& row) { return row.has(Outcome::over_length); });
    }
    throw Error{
        ErrorKind::data,
        str("source ", source, ": found ", prompts, " different prompts",
            too_long == 0 ? ""
                          : str(" (", count_text(too_long, "row"), too_long == 1 ? " is" : " are",
                                " too long for model.max_length)"),
            ", expected ", kFewestPrompts, " or more for eval_fraction; name eval files instead")};
  }
  const auto wanted = static_cast<int64_t>(std::round(fraction * static_cast<double>(prompts)));
  const int64_t count = std::clamp<int64_t>(wanted, 1, prompts - 1);
  HeldOut held_out;
  int64_t seen = 0;
  for_each_prompt(rows, [&](uint64_t prompt) {
    if (++seen == count) held_out.last = prompt;
  });
  return held_out;
}

Split split_of(const TokenizedFiles& rows, const HeldOut& held_out, bool are_held_out,
               const std::vector<std::string>& files) {
  Split split;
  split.files = files;
  split.groups = Groups(rows.files);
  LoadReport& report = split.report;
  size_t rows_of_files = 0;
  for (const auto& [file, number] : rows.files) rows_of_files += file->size();
  if (!held_out.last) split.groups.reserve(rows_of_files);
  for (size_t file = 0; file < rows.files.size(); ++file) {
    const RowFile& of = *rows.files[file].rows;
    const std::span<const RowEntry> index = of.index();
    const auto numbers = number_slices(rows.slices[file], split.slices);
    std::vector<uint32_t> slices(numbers.size());
    for (size_t i = 0; i < index.size(); ++i) {
      const RowEntry& row = index[i];
      if ((row.id >> kLocationBits) != 0) refuse_index(of);
      if (row.outcome >= static_cast<uint8_t>(Outcome::merged)) refuse_index(of);
      if (held_out.contains(row) != are_held_out) continue;
      ++report.rows;
      report.bad += row.has(Outcome::bad);
      if (const char* reason = reason_of(Outcome{row.outcome})) ++report.dropped[reason];
      if (!row.has(Outcome::used)) continue;
      ++report.used;
      report.truncated += row.truncated;
      report.special_text += row.special_text;
      split.groups.add(file, i);
      for (size_t field = 0; field < slices.size(); ++field) {
        const uint32_t number = of.slices(i)[field];
        if (number >= numbers[field].size()) refuse_index(of);
        slices[field] = numbers[field][number];
      }
      if (!slices.empty()) split.slices.push_back_numbers(slices);
    }
  }
  for_each_prompt(rows, [&](uint64_t prompt) {
    report.prompts += (held_out.last && prompt <= *held_out.last) == are_held_out;
  });
  return split;
}

std::vector<Scaling> standardize(Split& train, const std::vector<std::string>& attributes,
                                 const std::string& source) {
  const size_t columns = attributes.size();
  std::vector<double> weights(columns), sums(columns), squares(columns);
  // visit(attribute, score, weight), in the order of the groups.
  const auto each = [&](const auto& visit) {
    train.groups.for_each_ratings([&](size_t, const auto& score, const auto& weight) {
      for (size_t cell = 0; cell < score.size(); ++cell) {
        visit(cell % columns, score[cell], weight[cell]);
      }
    });
  };
  each([&](size_t attribute, float score, float weight) {
    weights[attribute] += weight;
    sums[attribute] += static_cast<double>(weight) * score;
  });
  std::vector<Scaling> scaling(columns);
  for (size_t i = 0; i < columns; ++i) scaling[i].mean = weights[i] > 0 ? sums[i] / weights[i] : 0;
  each([&](size_t attribute, float score, float weight) {
    const double mean = scaling[attribute].mean;
    squares[attribute] += weight * (score - mean) * (score - mean);
  });
  for (size_t i = 0; i < columns; ++i) {
    scaling[i].deviation = weights[i] > 0 ? std::sqrt(squares[i] / weights[i]) : 0;
    if (scaling[i].deviation > 0) continue;
    throw Error{ErrorKind::data,
                str("source ", source, attributes[i].empty() ? "" : ", ", attributes[i],
                    ": found one and the same score in all "
                    "training rows, expected different ones to standardize")};
  }
  const LabelChanges* before = train.groups.changes();
  auto changes = std::make_shared<LabelChanges>(before ? *before : LabelChanges());
  changes->scaling = scaling;
  train.groups.set_changes(std::move(changes));
  return scaling;
}

int64_t repeated_rows(const Groups& train, const Groups& eval) {
  if (train.empty() || eval.empty()) return 0;
  std::vector<uint64_t> evaluated;
  for (size_t i = 0; i < eval.size(); ++i) evaluated.push_back(eval.entry(i).texts);
  std::ranges::sort(evaluated);
  std::vector<bool> repeated(evaluated.size());  // by the first of equal ones
  // Most training rows are found to be no evaluation row by a bit.
  constexpr uint64_t kBits = uint64_t{1} << 22;
  std::vector<bool> some(kBits);
  for (const uint64_t texts : evaluated) some[texts % kBits] = true;
  for (size_t i = 0; i < train.size(); ++i) {
    const uint64_t texts = train.entry(i).texts;
    if (!some[texts % kBits]) continue;
    const auto found = std::ranges::lower_bound(evaluated, texts);
    if (found != evaluated.end() && *found == texts) repeated[found - evaluated.begin()] = true;
  }
  int64_t count = 0;
  for (size_t i = 0; i < evaluated.size(); ++i) {
    if (i > 0 && evaluated[i] == evaluated[i - 1]) repeated[i] = repeated[i - 1];
    count += repeated[i];
  }
  return count;
}

}  // namespace laurel
