// model.safetensors.index.json: no name leads out of the folder.
#include <filesystem>

#include "checkpoint/shard_index.h"
#include "fuzz/fuzz.h"

using namespace laurel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::guarded([&] {
    for (const auto& [tensor, file] :
         parse_shard_index(std::string(fuzz::text_of(data, size)), "fuzz")) {
      const std::filesystem::path path = std::filesystem::path("/folder") / file;
      fuzz::require(path.lexically_normal() == path && path.parent_path() == "/folder",
                    "a file lies in the folder of its index");
    }
  });
  return 0;
}
