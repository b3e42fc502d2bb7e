// manifest.json: no name leads out of the folder by more than one level down.
#include "checkpoint/manifest.h"
#include "fuzz/fuzz.h"

using namespace laurel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::guarded([&] {
    for (const auto& [name, file] :
         parse_manifest(fuzz::text_of(data, size), "fuzz", ErrorKind::checkpoint)) {
      const std::filesystem::path path = std::filesystem::path("/folder") / name;
      fuzz::require(path.lexically_normal() == path && path.string().starts_with("/folder/"),
                    "a file lies in the folder of its manifest");
      fuzz::require(file.sha256.size() == 64, "a hash is whole");
    }
  });
  return 0;
}
