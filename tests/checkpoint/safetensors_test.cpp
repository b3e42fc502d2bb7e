// Safetensors files that are right, and every way in which they can be wrong.
#include "checkpoint/safetensors.h"

#include <sys/stat.h>

#include <chrono>

#include "core/files.h"
#include "core/str.h"
#include "tiny.h"

namespace laurel::test::safetensors_test {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

static std::string opening(const fs::path& file, const std::string& bytes) {
  write_file(file, bytes);
  return error_of(ErrorKind::model, [&] { SafetensorsFile{file}; });
}

static std::string entry(const std::string& name, const std::string& rest) {
  return str("\"", name, "\":{\"dtype\":\"F32\",", rest, "}");
}

static TensorToWrite to_write(const std::string& name, const at::Tensor& tensor) {
  return {name, tensor.sizes().vec(), tensor.scalar_type(), [tensor] { return tensor; }};
}

TEST(Safetensors, HostileFilesAreRefusedByName) {
  const Scratch scratch;
  const fs::path file = scratch.path / "x.safetensors";
  const std::string a = entry("a", R"("shape":[2],"data_offsets":[0,8])");
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "found 0 bytes, expected a safetensors file"},
      {"1234567", "found 7 bytes, expected a safetensors file"},
      {std::string(8, '\xff'), "expected a header of 18446744073709551615 bytes"},
      {safetensors_bytes("{" + a + "}", 8).substr(0, 20), "cut short"},
      {safetensors_bytes("{" + a + "}", 7), "not a valid safetensors file"},  // cut short
      {safetensors_bytes("{" + a + "}", 9), "not a valid safetensors file"},  // trailing byte
      {safetensors_bytes("{" + a + "," + entry("b", R"("shape":[2],"data_offsets":[4,12])") + "}",
                         12),
       "not a valid safetensors file"},  // overlap
      {safetensors_bytes("{" + a + "," + entry("b", R"("shape":[2],"data_offsets":[12,20])") + "}",
                         20),
       "not a valid safetensors file"},  // hole
      {safetensors_bytes("{" + entry("a", R"("shape":[3],"data_offsets":[0,8])") + "}", 8),
       "not a valid safetensors file"},  // size
      {safetensors_bytes("{" + entry("a", R"("shape":[2],"data_offsets":[8,0])") + "}", 8),
       "not a valid safetensors file"},  // backwards
      {safetensors_bytes("{" + entry("a", R"("shape":[-2],"data_offsets":[0,8])") + "}", 8),
       "not a valid safetensors file"},
      {safetensors_bytes(
           "{" + entry("a", R"("shape":[4294967296,4294967296],"data_offsets":[0,8])") + "}", 8),
       "not a valid safetensors file"},  // overflow
      {safetensors_bytes("{" + a + "," + a + "}", 8), "found the tensor a twice"},
      {safetensors_bytes(R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
                         8),
       "not a valid safetensors file"},
      {safetensors_bytes("{\"\xff\":1}", 0), "not a valid safetensors file"},  // not UTF-8
      {safetensors_bytes("[]", 0), "not a valid safetensors file"},
      {safetensors_bytes(R"({"__metadata__":{"n":1}})", 0), "not a valid safetensors file"},
      {safetensors_bytes(std::string(100'000, '['), 0), "not a valid safetensors file"},
      {safetensors_bytes("{" + entry("a\\n", R"("shape":[2],"data_offsets":[0,8])") + "}", 8),
       "without control characters"},
      {safetensors_bytes(
           "{" + entry(std::string(2000, 'n'), R"("shape":[2],"data_offsets":[0,8])") + "}", 8),
       "found a tensor name of 2000 bytes, expected at most 1024"},
      {safetensors_bytes(
           "{" + entry("a", R"("shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8])") + "}", 8),
       "tensor a: found the shape [1, 1, 1, 1, 1, 1, 1, 1, 2], expected at most 8 dimensions"},
  };
  for (const auto& [bytes, message] : table) {
    const std::string found = opening(file, bytes);
    EXPECT_THAT(found, StartsWith(file.string() + ": "));
    EXPECT_THAT(found, HasSubstr(message));
  }
}

TEST(Safetensors, HeadersAboveTheCapAreRefusedBeforeTheyAreRead) {
  const Scratch scratch;
  const fs::path file = scratch.path / "x.safetensors";
  const uint64_t length = (16 << 20) + 1;
  write_file(file, std::string(reinterpret_cast<const char*>(&length), 8));
  fs::resize_file(file, 40 << 20);
  EXPECT_THAT(error_of(ErrorKind::model, [&] { SafetensorsFile{file}; }),
              HasSubstr("found a header of 16777217 bytes, expected at most 16777216"));
}

TEST(Safetensors, MissingFilesAndFoldersAreErrors) {
  const Scratch scratch;
  EXPECT_THAT(error_of(ErrorKind::model, [&] { SafetensorsFile{scratch.path / "none"}; }),
              HasSubstr("none: no such file"));
  EXPECT_THAT(error_of(ErrorKind::model, [&] { SafetensorsFile{scratch.path}; }),
              HasSubstr("found a folder, expected a file"));
}

TEST(Safetensors, EveryDtypeComesBackBitForBit) {
  const Scratch scratch;
  const fs::path file = scratch.path / "x.safetensors";
  const at::Tensor values = at::sin(at::arange(35, at::kDouble)).reshape({5, 7});
  std::vector<TensorToWrite> tensors;
  for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16}) {
    tensors.push_back(to_write(c10::toString(type), values.to(type)));
  }
  write_safetensors(file, tensors);
  const SafetensorsFile read(file);
  for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16}) {
    const TensorInfo* info = read.find(c10::toString(type));
    ASSERT_NE(info, nullptr);
    at::Tensor same = at::empty({5, 7}, type), wide = at::empty({5, 7}, at::kDouble);
    read.read(*info, same);
    read.read(*info, wide);
    EXPECT_TRUE(at::equal(same, values.to(type)));
    EXPECT_TRUE(at::equal(wide, values.to(type).to(at::kDouble)));
  }
}

TEST(Safetensors, TensorsLongerThanAChunkAreReadWhole) {
  const Scratch scratch;
  const at::Tensor values = at::arange((4 << 20) + 3, at::kFloat).remainder(251);
  write_safetensors(scratch.path / "x", {to_write("a", values.to(at::kBFloat16))});
  const SafetensorsFile read(scratch.path / "x");
  at::Tensor found = at::empty_like(values);
  read.read(read.tensors()[0], found);
  EXPECT_TRUE(at::equal(found, values));
}

TEST(Safetensors, BytesFollowFromNamesDtypesAndValuesAlone) {
  const Scratch scratch;
  const fs::path file = scratch.path / "x.safetensors";
  const TensorToWrite a = to_write("a", at::full({2}, 1.0, at::kBFloat16));
  const TensorToWrite b = to_write("b", at::full({1}, 2.0, at::kFloat));
  const TensorToWrite c = to_write("c", at::full({}, 0.0, at::kFloat));
  const TensorToWrite d = to_write("d", at::empty({0, 3}, at::kFloat));
  write_safetensors(file, {a, b, c, d});
  const std::string bytes = read_file(file);
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
      R"("c":{"dtype":"F32","shape":[],"data_offsets":[4,8]},)"
      R"("d":{"dtype":"F32","shape":[0,3],"data_offsets":[8,8]},)"
      R"("a":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]}})";
  EXPECT_EQ(bytes.substr(8, header.size()), header);
  EXPECT_EQ((bytes.size() - 12) % 8, 0u);
  EXPECT_EQ(bytes.substr(bytes.size() - 12), std::string("\0\0\0\x40\0\0\0\0\x80\x3f\x80\x3f", 12));
  write_safetensors(scratch.path / "y", {d, c, b, a});
  EXPECT_EQ(read_file(scratch.path / "y"), bytes);
  EXPECT_EQ(SafetensorsFile(file).tensors().size(), 4u);
}

TEST(Safetensors, UnsupportedDtypesAndNonFiniteValuesAreErrors) {
  const Scratch scratch;
  const fs::path file = scratch.path / "x.safetensors";
  write_file(file,
             safetensors_bytes(R"({"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}})", 2));
  at::Tensor two = at::empty({2});
  const SafetensorsFile ints(file);
  EXPECT_THAT(error_of(ErrorKind::model, [&] { ints.read(ints.tensors()[0], two); }),
              HasSubstr("tensor a: found the dtype I8, expected F32, BF16, F16 or F64"));

  std::string bytes =
      safetensors_bytes("{" + entry("a", R"("shape":[2],"data_offsets":[0,8])") + "}", 8);
  bytes.replace(bytes.size() - 4, 4, "\0\0\x80\x7f", 4);
  write_file(file, bytes);
  const SafetensorsFile infinite(file);
  EXPECT_THAT(error_of(ErrorKind::model, [&] { infinite.read(infinite.tensors()[0], two); }),
              HasSubstr("tensor a: found a value that is not finite"));

  fs::resize_file(file, bytes.size() - 1);
  EXPECT_THAT(error_of(ErrorKind::model, [&] { infinite.read(infinite.tensors()[0], two); }),
              HasSubstr("changed while it was being read"));
}

TEST(Safetensors, FailedWritesAreReportedAndLeaveNoFile) {
  const Scratch scratch;
  const fs::path file = scratch.path / "x.safetensors";
  TensorToWrite large = to_write("a", at::full({2}, 70000.0));
  large.dtype = at::kHalf;
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { write_safetensors(file, {large}); }),
              HasSubstr("tensor a: found a value that is not finite in F16; choose bf16 or fp32"));
  const TensorToWrite huge{"a", {int64_t{1} << 50}, at::kFloat, [] { return at::Tensor(); }};
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { write_safetensors(file, {huge}); }),
              HasSubstr("bytes, but its disk has only "));
  EXPECT_TRUE(fs::is_empty(scratch.path));
  const TensorToWrite one = to_write("a", at::full({1}, 1.0));
  EXPECT_THAT(error_of(ErrorKind::checkpoint,
                       [&] { write_safetensors(scratch.path / "none" / "x", {one}); }),
              HasSubstr("x: cannot be written: No such file or directory"));
}

TEST(Safetensors, APipeIsRefusedAtOnce) {
  const Scratch scratch;
  const fs::path pipe = scratch.path / "model.safetensors";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(error_of(ErrorKind::model, [&] { SafetensorsFile{pipe}; }),
            pipe.string() + ": found something that is not a file, expected a file");
}

TEST(Safetensors, AFileReplacedAfterOpeningIsRefused) {
  const Scratch scratch;
  const fs::path path = scratch.path / "x.safetensors";
  const std::string header = "{" + entry("a", R"("shape":[2],"data_offsets":[0,8])") + "}";
  write_file(path, safetensors_bytes(header, 8));
  const SafetensorsFile file(path);
  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(1));
  const at::Tensor values = at::empty({2}, at::kFloat);
  EXPECT_EQ(error_of(ErrorKind::model, [&] { file.read(*file.find("a"), values); }),
            path.string() + ": changed while it was being read");
}

// One object of the result would have a million keys, which are compared with each other.
TEST(Safetensors, AMillionMetadataKeysAreReadQuickly) {
  const Scratch scratch;
  std::string metadata;
  for (int i = 0; i < 1'000'000; ++i) metadata += str(i > 0 ? "," : "", "\"", i, "\":\"\"");
  write_file(scratch.path / "x", safetensors_bytes("{\"__metadata__\":{" + metadata + "}}", 0));
  EXPECT_TRUE(SafetensorsFile(scratch.path / "x").tensors().empty());
}

}  // namespace laurel::test::safetensors_test
