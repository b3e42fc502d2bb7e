// Arrow reader: the Rust side decodes to JSON, so that rows of all file types are parsed alike.
#include "data/files/arrow.h"

#include <algorithm>
#include <cstring>
#include <exception>

#include "core/str.h"
#include "laurel_rust.h"

namespace laurel {

static constexpr size_t kArrowRowsAtOnce = 1024;
static constexpr size_t kArrowBytesAtOnce = size_t{4} << 20;

// What the Rust side reads from; it holds this one's address.
struct ArrowReader::Input {
  ByteStream& bytes;
  laurel_arrow* arrow = nullptr;
  std::exception_ptr failure = nullptr;  // no exception may pass through the Rust side

  static bool read(void* context, char* to, size_t size, size_t* got) {
    auto& input = *static_cast<Input*>(context);
    try {
      const std::string_view chunk = input.bytes.chunk();
      *got = std::min(size, chunk.size());
      std::memcpy(to, chunk.data(), *got);
      input.bytes.skip(*got);
      return true;
    } catch (...) {
      input.failure = std::current_exception();
      return false;
    }
  }
};

void ArrowReader::Free::operator()(Input* input) const {
  laurel_arrow_free(input->arrow);
  delete input;
}

ArrowReader::ArrowReader(ByteStream& bytes, size_t max_bytes)
    : input_(new Input{.bytes = bytes}), max_bytes_(max_bytes) {}

void ArrowReader::check(char* message) {
  if (!message) return;
  const StreamError error{str("found Arrow data that cannot be read: ", message)};
  laurel_message_free(message);
  if (input_->failure) std::rethrow_exception(input_->failure);
  throw error;
}

std::optional<RawRow> ArrowReader::next() {
  if (!input_->arrow) check(laurel_arrow_new(Input::read, input_.get(), &input_->arrow));
  ++number_;
  if (begin_ == lines_.size()) {
    laurel_bytes bytes{};
    check(
        laurel_arrow_next(input_->arrow, kArrowRowsAtOnce, kArrowBytesAtOnce, max_bytes_, &bytes));
    lines_.assign(bytes.data, bytes.size);
    laurel_bytes_free(bytes);
    begin_ = 0;
    if (lines_.empty()) return std::nullopt;
  }
  return next_line_row(lines_, begin_, number_, max_bytes_);
}

}  // namespace laurel
