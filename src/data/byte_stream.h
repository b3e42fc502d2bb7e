// The bytes of a data file or a pipe, decompressed where their beginning says that they are packed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace laurel {

// Why a stream ends before its data do. Whoever knows the place makes an Error of it.
struct BrokenStream {
  std::string reason;
};

// gzip with any number of members and Zstandard with any number of frames, skippable ones among
// them, are unpacked as they are read. Reads nothing before it is asked, and waits for no more than
// is asked for.
class ByteStream {
 public:
  // Puts up to `size` bytes at `to` and returns how many, 0 at the end. Throws BrokenStream.
  using Read = std::function<size_t(char* to, size_t size)>;

  explicit ByteStream(Read read);

  // What comes next, as much as is there, empty at the end; valid until the next call.
  // These three throw BrokenStream.
  std::string_view chunk();

  // The next `size` bytes and what is there behind them; fewer only at the end.
  std::string_view ahead(size_t size);

  // The next byte, 0 to 255; -1 at the end.
  int peek();

  // Goes on behind bytes that chunk(), ahead() or peek() has shown.
  void skip(size_t size) { begin_ += size; }

  // Whether what has been read so far is unpacked from gzip or Zstandard data.
  bool is_packed() const;

  // Bytes of the file that have been read, as they lie there.
  int64_t stored_bytes() const;

 private:
  struct Packed;
  struct Free {
    void operator()(Packed* packed) const;
  };

  void start();
  bool read_more();

  std::unique_ptr<Packed, Free> packed_;
  std::string shown_;  // [begin_, size) is what comes next
  size_t begin_ = 0;
  bool started_ = false;
};

// Opens a file or a named pipe.
// Throws Error (data) if there is none, it is a folder, or it may not be read.
ByteStream::Read bytes_of_file(const std::string& path);

ByteStream::Read bytes_of_standard_input();

}  // namespace laurel
