// The identity of a text folder: it changes with everything that could change an id.
#include <gmock/gmock.h>

#include <set>

#include "text/golden.h"

namespace laurel::identity_test {
namespace {

class Identity : public testing::Test {
 protected:
  Identity() : folder_(std::filesystem::path(testing::TempDir()) / "laurel_identity") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    write("tokenizer.json", read_file(golden_folder("marks") / "tokenizer.json"));
    write("tokenizer_config.json", R"({"eos_token": "<|im_end|>"})");
  }
  ~Identity() override { std::filesystem::remove_all(folder_); }

  void write(const char* name, const std::string& bytes) { write_file(folder_ / name, bytes); }

  std::string of(const TemplateOptions& options = {}) const {
    return load_text_processor(folder_, options).identity;
  }

  std::filesystem::path folder_;
};

TEST_F(Identity, ChangesWithEveryFileThatIsReadAndEveryOption) {
  std::set<std::string> seen{of()};
  EXPECT_EQ(seen.begin()->size(), 64u);
  EXPECT_TRUE(seen.insert(of({.template_kwargs = {{"enable_thinking", false}}})).second);
  EXPECT_TRUE(seen.insert(of({.template_date = "2026-01-31"})).second);
  write("special_tokens_map.json", R"({"pad_token": "<|im_end|>"})");
  EXPECT_TRUE(seen.insert(of()).second);
  write("chat_template.jinja", "{{ messages[0].content }}");
  EXPECT_TRUE(seen.insert(of()).second);
  write("chat_template.jinja", "{{ messages[0].role }}");
  EXPECT_TRUE(seen.insert(of()).second);
  write("tokenizer_config.json", R"({"eos_token": "<|im_start|>"})");
  EXPECT_TRUE(seen.insert(of()).second);
  write("tokenizer.json", read_file(folder_ / "tokenizer.json") + "\n");
  EXPECT_TRUE(seen.insert(of()).second);
}

TEST_F(Identity, DependsOnNothingElse) {
  const std::string before = of();
  write("config.json", "{}");
  EXPECT_EQ(of(), before);
  const auto elsewhere = std::filesystem::path(testing::TempDir()) / "laurel_identity_elsewhere";
  std::filesystem::remove_all(elsewhere);
  std::filesystem::copy(folder_, elsewhere);
  EXPECT_EQ(load_text_processor(elsewhere).identity, before);
  std::filesystem::remove_all(elsewhere);
}

}  // namespace
}  // namespace laurel::identity_test
