// tokenizer_config.json and special_tokens_map.json beside a tokenizer that is right.
#include <unistd.h>

#include "core/files.h"
#include "fuzz/fuzz.h"
#include "text/tokenize.h"

using namespace laurel;
namespace fs = std::filesystem;

static const fs::path& folder() {
  static const fs::path path = [] {
    const fs::path made = str("/dev/shm/laurel_fuzz_", int64_t{::getpid()});
    fs::create_directories(made);
    fs::copy_file(fs::path(LAUREL_SOURCE_DIR) / "tests/golden/text/turns/tokenizer.json",
                  made / "tokenizer.json", fs::copy_options::overwrite_existing);
    std::atexit([] { fs::remove_all(folder()); });
    return made;
  }();
  return path;
}

static void put(const char* name, const std::string& bytes) {
  const int file =
      ::open((folder() / name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  fuzz::require(file >= 0, "a file can be made");
  fuzz::require(::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
                "a file can be written");
  ::close(file);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::string> parts = fuzz::parts_of(data, size, 2);
  put("tokenizer_config.json", parts[0]);
  put("special_tokens_map.json", parts[1].empty() ? "{}" : parts[1]);
  fuzz::guarded([] {
    const TextProcessor text = load_text_processor(folder());
    const TextRule rule = text.chat_template ? TextRule::chat : TextRule::plain;
    fuzz::guarded([&] {
      tokenize_text(text, {rule, SpecialText::plain}, "What <eos> is?", "It.");
    });
    fuzz::guarded([&] { tokenize_text(text, {rule}, "What <eos> is?", "It."); });
  });
  return 0;
}
