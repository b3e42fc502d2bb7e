// The tensors of a folder, in one file or in several.
#include "core/files.h"
#include "core/str.h"
#include "tiny.h"

namespace laurel::test::sharded_safetensors_test {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

static void write_sharded(const fs::path& folder, const Tensors& tensors, uint64_t shard_bytes) {
  std::vector<TensorToWrite> out;
  for (const auto& [name, t] : tensors) {
    out.push_back({name, t.sizes().vec(), at::kFloat, [t = t] { return t; }});
  }
  write_sharded_safetensors(folder, std::move(out), shard_bytes);
}

static const Tensors kThree = {
    {"a", at::full({4}, 1.0)}, {"b", at::full({4}, 2.0)}, {"c", at::full({4}, 3.0)}};

static std::string opening(const fs::path& folder) {
  return error_of(ErrorKind::model, [&] { ShardedSafetensors{folder}; });
}

// An index that says where each of the three tensors is.
static void write_index(const fs::path& folder, const Json& map) {
  write_json(folder / "model.safetensors.index.json",
             {{"metadata", Json::object()}, {"weight_map", map}});
}

TEST(ShardedSafetensors, ShardsHoldTheTensorsOfTheSingleFile) {
  const Scratch one, many;
  write_sharded(one.path, tiny_tensors(), 1 << 20);
  write_sharded(many.path, tiny_tensors(), 600);
  EXPECT_TRUE(fs::exists(one.path / "model.safetensors"));
  EXPECT_FALSE(fs::exists(many.path / "model.safetensors"));
  const ShardedSafetensors a(one.path), b(many.path);
  EXPECT_EQ(a.names(), b.names());
  for (const auto& [name, tensor] : tiny_tensors()) {
    at::Tensor read = at::empty_like(tensor);
    b.read(name, read);
    EXPECT_TRUE(at::equal(read, tensor)) << name;
  }
}

TEST(ShardedSafetensors, TheIndexStatesFilesAndSizes) {
  const Scratch scratch;
  write_sharded(scratch.path, kThree, 32);
  const Json index = Json::parse(read_file(scratch.path / "model.safetensors.index.json"));
  EXPECT_EQ(index["metadata"]["total_size"], 48);
  EXPECT_EQ(index["metadata"]["total_parameters"], 12);
  EXPECT_EQ(index["weight_map"]["b"], "model-00001-of-00002.safetensors");
  EXPECT_EQ(index["weight_map"]["c"], "model-00002-of-00002.safetensors");
}

TEST(ShardedSafetensors, ATensorLargerThanAShardGetsItsOwnFile) {
  const Scratch scratch;
  write_sharded(scratch.path, kThree, 1);
  EXPECT_TRUE(fs::exists(scratch.path / "model-00003-of-00003.safetensors"));
  EXPECT_THAT(ShardedSafetensors(scratch.path).names(), ElementsAre("a", "b", "c"));
}

TEST(ShardedSafetensors, TheSingleFileTakesPrecedenceOverTheIndex) {
  const Scratch scratch;
  write_sharded(scratch.path, kThree, 16);
  write_tensors(scratch.path, {{"only", at::full({1}, 1.0)}});
  EXPECT_THAT(ShardedSafetensors(scratch.path).names(), ElementsAre("only"));
}

TEST(ShardedSafetensors, SymlinksAreFollowed) {
  const Scratch scratch;
  const fs::path blobs = scratch.path / "blobs", folder = scratch.path / "snapshot";
  fs::create_directories(blobs);
  fs::create_directories(folder);
  write_sharded(blobs, kThree, 16);
  int count = 0;
  for (const auto& entry : fs::directory_iterator(blobs)) {
    const fs::path blob = blobs / str("blob", count++);
    fs::create_symlink(blob, folder / entry.path().filename());
  }
  for (const auto& link : fs::directory_iterator(folder)) {
    fs::rename(blobs / link.path().filename(), fs::read_symlink(link.path()));
  }
  EXPECT_THAT(ShardedSafetensors(folder).names(), ElementsAre("a", "b", "c"));
}

TEST(ShardedSafetensors, UnsafeNamesInTheIndexAreRefused) {
  const Scratch scratch;
  for (const char* name : {"../x.safetensors", "/x.safetensors", "d/x.safetensors", "..",
                           "d\\x.safetensors", "x.bin", "", ".x.safetensors"}) {
    write_index(scratch.path, {{"a", name}});
    EXPECT_THAT(opening(scratch.path),
                HasSubstr("expected the name of a .safetensors file in the same folder"));
  }
  write_index(scratch.path, {{"a", 3}});
  EXPECT_THAT(opening(scratch.path), HasSubstr("weight_map.a: found 3, expected"));
}

TEST(ShardedSafetensors, IndexesThatContradictTheirFilesAreRefused) {
  const Scratch scratch;
  write_sharded(scratch.path, kThree, 16);
  const std::string first = "model-00001-of-00003.safetensors",
                    second = "model-00002-of-00003.safetensors";
  write_index(scratch.path, {{"a", first}, {"b", first}});
  EXPECT_THAT(opening(scratch.path), HasSubstr("tensor b is not in " + first + " as it says"));
  write_index(scratch.path, {{"a", "model-9.safetensors"}});
  EXPECT_THAT(opening(scratch.path),
              HasSubstr("names model-9.safetensors, which is not there; download"));
  fs::copy_file(scratch.path / first, scratch.path / second, fs::copy_options::overwrite_existing);
  write_index(scratch.path, {{"a", first}, {"b", second}});
  EXPECT_THAT(opening(scratch.path),
              HasSubstr("tensor a is in " + second + " and in another file as well"));
  write_json(scratch.path / "model.safetensors.index.json", Json::object());
  EXPECT_THAT(opening(scratch.path), HasSubstr("weight_map: is required"));
}

TEST(ShardedSafetensors, PickleFilesAreRefusedWithAdvice) {
  const Scratch scratch;
  EXPECT_THAT(opening(scratch.path), HasSubstr("found neither model.safetensors nor"));
  write_file(scratch.path / "pytorch_model.bin", "pickle");
  EXPECT_THAT(opening(scratch.path),
              HasSubstr("found pytorch_model.bin, expected model.safetensors"));
  EXPECT_THAT(opening(scratch.path), HasSubstr("save_pretrained"));
}

}  // namespace laurel::test::sharded_safetensors_test
