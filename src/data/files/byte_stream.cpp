// Byte streams over POSIX reads, not iostreams: a pipe must return what it has, and errors need
// their reason.
#include "data/files/byte_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/str.h"
#include "laurel_rust.h"

namespace laurel {

namespace {

constexpr size_t kReadAtOnce = 1 << 16;
constexpr std::string_view kGzip = "\x1F\x8B", kZstandard = "\x28\xB5\x2F\xFD";
constexpr std::string_view kXz = "\xFD\x37zX";
constexpr std::string_view kSkippable = "\x2A\x4D\x18";  // behind a byte 0x50 to 0x5F

// A frame of data, or one to be skipped: pzstd begins its files so.
bool begins_frame(std::string_view bytes) {
  if (bytes.starts_with(kZstandard)) return true;
  return !bytes.empty() && (bytes[0] & 0xF0) == 0x50 && bytes.substr(1).starts_with(kSkippable);
}

std::optional<uint8_t> compression_of(std::string_view beginning) {
  if (beginning.starts_with(kGzip)) return laurel_gzip;
  if (begins_frame(beginning)) return laurel_zstandard;
  if (beginning.starts_with(kXz)) return laurel_xz;
  return std::nullopt;
}

size_t read_descriptor(int descriptor, char* to, size_t size) {
  for (;;) {
    const ssize_t got = ::read(descriptor, to, size);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) throw StreamError{str("cannot be read: ", std::strerror(errno))};
  }
}

struct OpenFile {
  int descriptor;

  explicit OpenFile(int descriptor) : descriptor(descriptor) {}
  OpenFile(const OpenFile&) = delete;
  ~OpenFile() { ::close(descriptor); }
};

}  // namespace

// The file's bytes, and their decoder if they are compressed. The decoder holds this one's address.
struct ByteStream::Input {
  Read read;
  std::string beginning;  // read to see what the file is
  size_t used = 0;        // of it
  int64_t bytes = 0;
  laurel_decoder* decoder = nullptr;
  std::exception_ptr failure;  // of `read`: no exception may pass through the decoder

  size_t stored(char* to, size_t size) {
    if (used < beginning.size()) {
      const size_t count = std::min(size, beginning.size() - used);
      std::memcpy(to, beginning.data() + used, count);
      used += count;
      return count;
    }
    const size_t count = read(to, size);
    bytes += static_cast<int64_t>(count);
    return count;
  }

  static bool read_stored(void* context, char* to, size_t size, size_t* got) {
    auto& input = *static_cast<Input*>(context);
    try {
      *got = input.stored(to, size);
      return true;
    } catch (...) {
      input.failure = std::current_exception();
      return false;
    }
  }

  size_t decompressed(char* to, size_t size) {
    if (!decoder) return stored(to, size);
    size_t got = 0;
    char* const message = laurel_decoder_read(decoder, to, size, &got);
    if (!message) return got;
    const StreamError error{message};
    laurel_message_free(message);
    if (failure) std::rethrow_exception(failure);
    throw error;
  }
};

void ByteStream::Free::operator()(Input* input) const {
  laurel_decoder_free(input->decoder);
  delete input;
}

ByteStream::ByteStream(Read read) : input_(new Input{.read = std::move(read)}) {}

int64_t ByteStream::file_bytes_read() const { return input_->bytes; }

bool ByteStream::is_compressed() const { return input_->decoder != nullptr; }

void ByteStream::start() {
  std::string& beginning = input_->beginning;
  while (beginning.size() < kZstandard.size()) {
    char bytes[16];
    const size_t got = input_->read(bytes, sizeof(bytes));
    if (got == 0) break;
    input_->bytes += static_cast<int64_t>(got);
    beginning.append(bytes, got);
  }
  started_ = true;
  const std::optional<uint8_t> kind = compression_of(beginning);
  if (!kind) return;
  char* const message =
      laurel_decoder_new(*kind, Input::read_stored, input_.get(), &input_->decoder);
  if (!message) return;
  const StreamError error{message};
  laurel_message_free(message);
  throw error;
}

// Appends what can be read at once; false at the end.
bool ByteStream::read_more() {
  if (!started_) start();
  buffer_.erase(0, begin_);
  begin_ = 0;
  const size_t before = buffer_.size();
  buffer_.resize(before + kReadAtOnce);
  size_t got = 0;
  try {
    got = input_->decompressed(buffer_.data() + before, kReadAtOnce);
  } catch (...) {
    buffer_.resize(before);
    throw;
  }
  buffer_.resize(before + got);
  return got > 0;
}

std::string_view ByteStream::chunk() {
  if (begin_ == buffer_.size()) read_more();
  return std::string_view(buffer_).substr(begin_);
}

std::string_view ByteStream::lookahead(size_t size) {
  while (buffer_.size() - begin_ < size && read_more()) continue;
  return std::string_view(buffer_).substr(begin_);
}

int ByteStream::peek() {
  if (begin_ == buffer_.size() && !read_more()) return -1;
  return static_cast<unsigned char>(buffer_[begin_]);
}

ByteStream::Read bytes_of_file(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    throw Error{ErrorKind::data, str(path, ": no such file")};
  }
  if (std::filesystem::is_directory(path, ignored)) {
    throw Error{ErrorKind::data, str(path, ": found a folder, expected a data file")};
  }
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    throw Error{ErrorKind::data,
                str(path, ": cannot be opened for reading: ", std::strerror(errno))};
  }
  return [file = std::make_shared<OpenFile>(descriptor)](char* to, size_t size) {
    return read_descriptor(file->descriptor, to, size);
  };
}

ByteStream::Read bytes_of_standard_input() {
  return [](char* to, size_t size) { return read_descriptor(STDIN_FILENO, to, size); };
}

}  // namespace laurel
