// A model's folder that changes while a run reads it, and files in it that cannot be copied.
#include "checkpoint/model_assets.h"

#include "core/files.h"
#include "core/str.h"
#include "tiny.h"

namespace laurel::test::model_assets_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(ModelAssets, ThatChangeWhileTheyAreReadAreAnError) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  const ModelFolder model = open_model(from(scratch.path));
  EXPECT_EQ(error_of(ErrorKind::model, [&] { open_text(model); }), "no error");
  write_file(scratch.path / "chat_template.jinja", "{{ 'two' }}");
  EXPECT_THAT(error_of(ErrorKind::model, [&] { open_text(model); }),
              HasSubstr("changed while it was being read; start again once nothing writes to it"));
}

TEST(ModelAssets, WithNamesThatAManifestCannotListAreErrors) {
  const std::string longest = std::string(194, 'n') + ".jinja";
  for (const std::string& name : {std::string("evil\n.jinja"), std::string("\xff.jinja"),
                                  std::string("a\\b.jinja"), std::string(195, 'n') + ".jinja"}) {
    const Scratch scratch;
    write_tiny_model(scratch.path);
    const fs::path templates = scratch.path / "additional_chat_templates";
    fs::create_directory(templates);
    write_file(templates / longest, "{{ 1 }}");
    write_file(templates / "not\na template", "");
    EXPECT_EQ(read_model_assets(scratch.path).count(str("additional_chat_templates/", longest)), 1);
    write_file(templates / name, "{{ 2 }}");
    EXPECT_THAT(error_of(ErrorKind::model, [&] { open_model(from(scratch.path)); }),
                ::testing::AllOf(HasSubstr("additional_chat_templates: found a file named \""),
                                 HasSubstr(", expected UTF-8 of at most 200 bytes without control"),
                                 HasSubstr("rename or remove it")));
  }
}

TEST(ModelAssets, ThatCannotBeReadAreNotTreatedAsMissing) {
  for (const char* name : {"special_tokens_map.json", "additional_chat_templates"}) {
    const Scratch scratch;
    write_tiny_model(scratch.path);
    fs::create_symlink("nowhere", scratch.path / "added_tokens.json");
    EXPECT_FALSE(read_model_assets(scratch.path).contains("added_tokens.json"));
    fs::create_symlink(name, scratch.path / name);
    EXPECT_THAT(error_of(ErrorKind::model, [&] { open_model(from(scratch.path)); }),
                HasSubstr(std::string(name) + ": cannot be read: "));
  }
}

// What is read goes into exports, which people publish.
TEST(ModelAssets, BringNoFileFromOutsideTheFolder) {
  const Scratch scratch;
  const fs::path model = scratch.path / "model";
  write_tiny_model(model);
  write_file(scratch.path / "id_rsa", "secret");
  fs::create_symlink("../id_rsa", model / "merges.txt");
  EXPECT_EQ(
      error_of(ErrorKind::model, [&] { read_model_assets(model); }),
      str(model / "merges.txt", ": found a link to ",
          fs::canonical(scratch.path / "id_rsa").string(),
          ", outside the folder, expected a file: it would be copied into exports; if that is "
          "what you want, copy it here first"));
  fs::remove(model / "merges.txt");
  write_file(model / "vocabulary", "ours");
  fs::create_symlink("vocabulary", model / "merges.txt");
  EXPECT_EQ(read_model_assets(model).at("merges.txt"), "ours");
}

}  // namespace laurel::test::model_assets_test
