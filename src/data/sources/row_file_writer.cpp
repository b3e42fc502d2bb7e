// Writing of files of rows, front to back: what is not known before the last row comes last.
#include <algorithm>

#include "core/random.h"
#include "data/sources/row_file.h"
#include "data/sources/row_file_layout.h"

namespace laurel {

using row_file::bytes_of_list;
using row_file::Footer;
using row_file::kCheckedAtOnce;
using row_file::kMagic;
using row_file::padded;

void RowFileWriter::Spool::add(std::string_view bytes) {
  last_ += bytes;
  if (last_.size() < kCheckedAtOnce) return;
  if (!rest_) rest_.emplace();
  rest_->write(last_);
  last_.clear();
}

void RowFileWriter::Spool::write_to(const Sink& sink) const {
  if (rest_) {
    const MappedFile rest = rest_->map();
    for (std::string_view left = rest.bytes(); !left.empty();) {
      sink(left.substr(0, kCheckedAtOnce));
      left.remove_prefix(std::min(left.size(), kCheckedAtOnce));
    }
  }
  sink(last_);
}

RowFileWriter::RowFileWriter(Sink sink, size_t slices)
    : sink_(std::move(sink)), slice_fields_(slices) {
  sink_(kMagic);
  bytes_ = kMagic.size();
}

void RowFileWriter::add(const RowBytes& row, std::span<const uint32_t> slices) {
  RowEntry entry = row.entry;
  entry.body = bytes_;
  if (entry.has(Outcome::used)) prompts_.push_back(mix64(entry.prompt_hash));
  sink_(row.body);
  bytes_ += row.body.size();
  index_.add(bytes_of_list(std::span<const RowEntry>(&entry, 1)));
  std::vector<uint32_t> numbers(slices.begin(), slices.end());
  numbers.resize(slice_fields_);
  slices_.add(bytes_of_list(std::span<const uint32_t>(numbers)));
  ++rows_;
}

void RowFileWriter::finish(const std::string& key, const std::string& facts) {
  std::ranges::sort(prompts_);
  prompts_.erase(std::ranges::unique(prompts_).begin(), prompts_.end());
  Footer footer{.bodies_end = bytes_,
                .rows = rows_,
                .slice_fields = slice_fields_,
                .prompts = prompts_.size(),
                .facts_bytes = facts.size(),
                .key_bytes = key.size(),
                .checksum = 0};
  std::string part;  // of what is checked as a whole
  const auto flush = [&] {
    footer.checksum = checksum64(part, footer.checksum);
    sink_(part);
    part.clear();
  };
  const Sink checked = [&](std::string_view bytes) {
    bytes_ += bytes.size();
    while (part.size() + bytes.size() >= kCheckedAtOnce) {
      const size_t more = kCheckedAtOnce - part.size();
      part += bytes.substr(0, more);
      bytes.remove_prefix(more);
      flush();
    }
    part += bytes;
  };
  const auto pad = [&] { checked(std::string(padded(bytes_) - bytes_, '\0')); };
  pad();
  index_.write_to(checked);
  slices_.write_to(checked);
  pad();
  checked(bytes_of_list(std::span<const uint64_t>(prompts_)));
  checked(facts);
  checked(key);
  if (!part.empty()) flush();
  footer.of_this = footer.checksum_of_this();
  sink_(bytes_of_list(std::span<const Footer>(&footer, 1)));
}

}  // namespace laurel
