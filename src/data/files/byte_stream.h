// The bytes of a data file or a pipe, decompressed if they begin like gzip, Zstandard or xz data.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace laurel {

// Why a stream cannot be read further. The caller, who knows the location, makes an Error of it.
struct StreamError {
  std::string reason;
};

// gzip with any number of members, Zstandard with any number of frames, skippable ones among them,
// and xz with any number of streams are decompressed as they are read. Reads nothing before it is asked, and waits
// for no more than is asked for.
class ByteStream {
 public:
  // Puts up to `size` bytes at `to` and returns how many, 0 at the end. Throws StreamError.
  using Read = std::function<size_t(char* to, size_t size)>;

  explicit ByteStream(Read read);

  // What comes next, as much as is there, empty at the end; valid until the next call.
  // These three throw StreamError.
  std::string_view chunk();

  // The next `size` bytes and what is buffered after them; fewer only at the end.
  std::string_view lookahead(size_t size);

  // The next byte, 0 to 255; -1 at the end.
  int peek();

  // Skips bytes that chunk(), lookahead() or peek() has returned.
  void skip(size_t size) { begin_ += size; }

  // Whether what has been read so far is decompressed.
  bool is_compressed() const;

  // Bytes of the file that have been read, before decompression.
  int64_t file_bytes_read() const;

 private:
  struct Input;
  struct Free {
    void operator()(Input* input) const;
  };

  void start();
  bool read_more();

  std::unique_ptr<Input, Free> input_;
  std::string buffer_;  // [begin_, size) is what comes next
  size_t begin_ = 0;
  bool started_ = false;
};

// Opens a file or a named pipe.
// Throws Error (data) if there is none, it is a folder, or it may not be read.
ByteStream::Read bytes_of_file(const std::string& path);

ByteStream::Read bytes_of_standard_input();

}  // namespace laurel
