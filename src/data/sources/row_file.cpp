// Reading of files of rows; what a row's bytes are.
#include "data/sources/row_file.h"

#include <algorithm>
#include <atomic>

#include "core/bytes.h"
#include "core/checksum.h"
#include "core/error.h"
#include "core/parallel.h"
#include "core/random.h"
#include "core/str.h"
#include "data/files/raw_row.h"
#include "data/group_bytes.h"
#include "data/group_checks.h"
#include "data/prompt_group.h"
#include "data/sources/row_file_layout.h"
#include "data/sources/row_parts.h"

namespace laurel {

namespace {

constexpr size_t kMostBodyBytes = size_t{1} << 31;  // counts of the index are of 32 bits

using row_file::Footer;
using row_file::kCheckedAtOnce;
using row_file::kMagic;
using row_file::padded;

constexpr size_t kMostSlices = 4096;

template <class T>
std::span<const T> list_at(std::string_view bytes, uint64_t at, uint64_t count) {
  return {reinterpret_cast<const T*>(bytes.data() + at), count};
}

// Equal for the same responses in any order.
uint64_t texts_of(const std::vector<ResponseStats>& stats) {
  uint64_t sum = 0;
  for (const ResponseStats& of : stats) sum += mix64(of.hash);
  return sum;
}

// What the label's part of a body says, as far as those rely on it who read no more.
bool is_label(const LoadedRow& row, const RowLimits& limits) {
  const auto within = [&](const AnnotatorScore& of) {
    return of.entry >= 0 && of.attribute >= 0 && of.annotator >= -1 &&
           std::cmp_less(of.attribute, limits.attributes);
  };
  if (!std::ranges::all_of(row.annotator_scores.scores, within)) return false;
  if (row.group.label.index() != static_cast<size_t>(limits.label_kind)) return false;
  if (const auto* ratings = std::get_if<Ratings>(&row.group.label)) {
    return ratings->positions.empty() && ratings->score.size() == ratings->weight.size() &&
           ratings->score.size() % limits.attributes == 0;
  }
  const auto* ranking = std::get_if<Ranking>(&row.group.label);
  return !ranking || ranking->rank.size() == ranking->score.size();
}

bool is_within(const LoadedRow& row, const RowLimits& limits) {
  size_t positions = 0;
  for (const Response& response : row.group.responses) {
    if (std::ssize(response.ids) > limits.max_length) return false;
    positions += response.positions.size();
  }
  if (row.stats.size() != row.group.responses.size()) return false;
  for (const ResponseStats& of : row.stats) {
    if (of.covariates.size() != limits.covariates) return false;
  }
  if (problem_of(row.group, limits.vocabulary)) return false;
  const auto* ratings = std::get_if<Ratings>(&row.group.label);
  return ratings ? ratings->score.size() == positions * limits.attributes
                 : positions == row.group.responses.size();
}

}  // namespace

RowBytes bytes_of(const LoadedRow& row, const Pooling& pooling) {
  const Group& group = row.group;
  RowBytes bytes{.entry = {.id = group.id,
                           .prompt_hash = group.prompt_hash,
                           .outcome = static_cast<uint8_t>(row.outcome),
                           .truncated = row.truncated,
                           .special_text = row.special_text,
                           .presented_order = row.presented_order},
                 .body = {}};
  if (row.outcome != Outcome::used) return bytes;
  RowEntry& entry = bytes.entry;
  entry.texts = texts_of(row.stats);
  entry.computed_tokens =
      group.responses.empty() ? 0 : static_cast<int32_t>(computed_tokens(group, pooling));
  for (const Response& response : group.responses) {
    const auto length = static_cast<int32_t>(response.ids.size());
    entry.longest = std::max(entry.longest, length);
    entry.input_tokens += length;
    entry.positions += static_cast<int32_t>(response.positions.size());
  }
  ByteWriter label, covariates, body;
  put(group.label, label);
  put(row.annotator_scores, label);
  put_covariates(row.stats, covariates);
  constexpr size_t kBytesOfOneResponse = 96;  // about, beside its tokens
  body.reserve(covariates.bytes().size() + label.bytes().size() +
               sizeof(int32_t) * static_cast<size_t>(entry.input_tokens) +
               kBytesOfOneResponse * (1 + group.responses.size()));
  put_checked(covariates.bytes(), body);
  const size_t rest = body.bytes().size();
  put_checked(label.bytes(), body);
  put(row.stats, body);
  put(group.responses, body);
  entry.checksum = checksum64(std::string_view(body.bytes()).substr(rest));
  bytes.body = std::move(body).bytes();
  if (bytes.body.size() > kMostBodyBytes) {
    throw Error{ErrorKind::data,
                str("found a row whose responses take ", bytes.body.size() >> 20,
                    " MiB as tokens, expected at most ", kMostBodyBytes >> 20,
                    ": fewer responses to a prompt, or a smaller model.max_length")};
  }
  entry.body_bytes = static_cast<uint32_t>(bytes.body.size());
  return bytes;
}

std::optional<RowFile> RowFile::open(MappedFile file, const std::filesystem::path& path,
                                     const std::string& key,
                                     const std::optional<RowLimits>& limits) {
  const std::string_view all = file.bytes();
  if (all.size() < kMagic.size() + sizeof(Footer) || !all.starts_with(kMagic)) return std::nullopt;
  Footer footer{};
  const uint64_t end = all.size() - sizeof(Footer);
  std::memcpy(&footer, all.data() + end, sizeof(Footer));
  const auto& [bodies_end, rows, slice_fields, prompts, facts_bytes, key_bytes, checksum, of_this] =
      footer;
  if (of_this != footer.checksum_of_this()) return std::nullopt;
  const bool fit = bodies_end >= kMagic.size() && bodies_end <= end &&
                   rows <= end / sizeof(RowEntry) && slice_fields <= kMostSlices &&
                   prompts <= end / sizeof(uint64_t) && facts_bytes <= end && key_bytes <= end;
  if (!fit) return std::nullopt;
  const uint64_t index = padded(bodies_end), slices = index + rows * sizeof(RowEntry),
                 prompts_at = padded(slices + rows * slice_fields * sizeof(uint32_t)),
                 facts = prompts_at + prompts * sizeof(uint64_t);
  if (facts + facts_bytes + key_bytes != end) return std::nullopt;
  if (all.substr(facts + facts_bytes, key_bytes) != key) return std::nullopt;
  if (limits && slice_fields != limits->slices) return std::nullopt;
  uint64_t found = 0;
  for (uint64_t at = bodies_end; at < end; at += kCheckedAtOnce) {
    found = checksum64(all.substr(at, std::min<uint64_t>(kCheckedAtOnce, end - at)), found);
  }
  if (found != checksum) return std::nullopt;
  RowFile opened;
  opened.file_ = std::move(file);
  opened.path_ = path;
  opened.limits_ = limits;
  opened.bodies_ = all.substr(0, bodies_end);
  opened.entries_ = list_at<RowEntry>(all, index, rows);
  opened.slices_ = list_at<uint32_t>(all, slices, rows * slice_fields);
  opened.slice_fields_ = slice_fields;
  opened.prompts_ = list_at<uint64_t>(all, prompts_at, prompts);
  opened.facts_ = all.substr(facts, facts_bytes);
  return opened;
}

std::span<const uint32_t> RowFile::slices(size_t i) const {
  return slices_.subspan(i * slice_fields_, slice_fields_);
}

std::optional<std::string_view> RowFile::body_of(const RowEntry& entry) const {
  const std::string_view bodies = own_entries_.empty() ? bodies_ : std::string_view(own_bodies_);
  if (entry.body > bodies.size() || entry.body_bytes > bodies.size() - entry.body) {
    return std::nullopt;
  }
  return bodies.substr(entry.body, entry.body_bytes);
}

std::optional<std::string_view> RowFile::label_bytes(const RowEntry& entry) const {
  const auto body = body_of(entry);
  if (!body) return std::nullopt;
  const auto covariates = take_checked(*body);
  if (!covariates) return std::nullopt;
  const auto label = take_checked(covariates->rest);
  return label ? std::optional(label->part) : std::nullopt;
}

std::optional<LoadedRow> RowFile::read_label(const RowEntry& entry) const {
  const auto label = label_bytes(entry);
  if (!label) return std::nullopt;
  LoadedRow row;
  ByteReader from(*label);
  take(from, row.group.label);
  take(from, row.annotator_scores);
  if (!from.at_end() || (limits_ && !is_label(row, *limits_))) return std::nullopt;
  row.group.id = entry.id;
  row.group.prompt_hash = entry.prompt_hash;
  row.truncated = entry.truncated != 0;
  row.special_text = entry.special_text != 0;
  row.presented_order = entry.presented_order != 0;
  return row;
}

std::optional<LoadedRow> RowFile::read(const RowEntry& entry) const {
  const auto body = body_of(entry);
  const auto covariates = body ? take_checked(*body) : std::nullopt;
  if (!covariates || checksum64(covariates->rest) != entry.checksum) return std::nullopt;
  std::optional<LoadedRow> row = read_label(entry);
  if (!row) return std::nullopt;
  ByteReader from(take_checked(covariates->rest)->rest);
  take(from, row->stats);
  take_covariates(covariates->part, row->stats);
  take(from, row->group.responses);
  if (!from.at_end() || (limits_ && !is_within(*row, *limits_))) return std::nullopt;
  return row;
}

void RowFile::refuse(const RowEntry& entry) const {
  throw Error{ErrorKind::data, str(path_, ": the tokens of row ", location_text(entry.id),
                                   " are damaged; delete the file, and the next run makes it "
                                   "again")};
}

LoadedRow RowFile::row(size_t i) const {
  if (auto row = read(index()[i])) return std::move(*row);
  refuse(index()[i]);
}

LoadedRow RowFile::label_of(size_t i) const {
  if (auto row = read_label(index()[i])) return std::move(*row);
  refuse(index()[i]);
}

bool RowFile::read_ratings(size_t i, std::vector<float>& score, std::vector<float>& weight) const {
  const auto label = label_bytes(index()[i]);
  if (!label) refuse(index()[i]);
  ByteReader from(*label);
  if (from.value<uint8_t>() != 0) return false;  // the place of Ratings in Label
  from.list(score);
  from.list(weight);
  if (!from.ok() || score.size() != weight.size()) refuse(index()[i]);
  return true;
}

bool RowFile::is_sound() const {
  constexpr size_t kAtOnce = 4096;
  uint64_t begin = kMagic.size();
  for (const RowEntry& entry : entries_) {
    if (entry.body != begin || (!entry.has(Outcome::used) && entry.body_bytes != 0)) return false;
    begin += entry.body_bytes;
  }
  if (begin != bodies_.size()) return false;
  std::atomic<bool> sound = true;
  const auto check = [&](int64_t part) {
    const size_t first = static_cast<size_t>(part) * kAtOnce;
    for (size_t i = first; sound && i < std::min(first + kAtOnce, size()); ++i) {
      if (entries_[i].has(Outcome::used) && !read(entries_[i])) sound = false;
    }
  };
  parallel_for(static_cast<int64_t>((size() + kAtOnce - 1) / kAtOnce), available_cores(), check);
  return sound;
}

void RowFile::expect_random_reads() const { MappedFile::expect_random_reads(bodies_); }

void RowFile::add(const RowBytes& row) {
  RowEntry entry = row.entry;
  entry.body = own_bodies_.size();
  own_bodies_ += row.body;
  own_entries_.push_back(entry);
}

}  // namespace laurel
