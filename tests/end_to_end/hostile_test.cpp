// Files and names that no tool writes, in a model's folder and among data: `laurel check` refuses
// them, so that no training step is lost to one that only a save would find.
#include <gmock/gmock.h>

#include <functional>

#include "checkpoint/reward_config.h"
#include "core/files.h"
#include "end_to_end/program.h"

namespace laurel::hostile_test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

struct Spoiled {
  std::string name;
  std::function<void(const fs::path& project)> spoil;
  int code;
  std::string message;
};

Json read_json(const fs::path& file) { return Json::parse(read_file(file)); }

// Runs check on a project for each, with what is wrong in its folder.
void expect_refused(const std::vector<Spoiled>& all) {
  for (const Spoiled& each : all) {
    const fs::path folder = tiny_project("hostile_" + each.name);
    write_file(folder / "config.json", tiny_config({pair_source()}, 1).dump());
    each.spoil(folder);
    const Outcome outcome = run_laurel("check config.json", folder);
    EXPECT_EQ(outcome.code, each.code) << each.name << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(each.message)) << each.name;
    fs::remove_all(folder);  // few programs expect such names
  }
}

// special_tokens_map.json, which an export edits, beside a tokenizer_config.json in its place.
void write_map(const fs::path& project, const std::string& text) {
  const fs::path model = project / "model";
  Json options = read_json(model / "tokenizer_config.json");
  options["added_tokens_decoder"] = Json::object();
  write_file(model / "tokenizer_config.json", options.dump());
  write_file(model / "special_tokens_map.json", text);
}

void write_template(const fs::path& project, const std::string& name) {
  const fs::path templates = project / "model/additional_chat_templates";
  fs::create_directory(templates);
  write_file(templates / name, "{{ 1 }}");
}

void write_null_rope_type(const fs::path& project) {
  const fs::path file = project / "model/config.json";
  Json config = read_json(file);
  config.erase("rope_theta");
  config["rope_parameters"] =
      Json::parse(R"({"rope_type": null, "type": "default", "rope_theta": 10000.0})");
  write_file(file, config.dump());
}

void write_trailing_id(const fs::path& project, int64_t id) {
  const fs::path file = project / "model/tokenizer.json";
  Json tokenizer = read_json(file);
  tokenizer["post_processor"] = Json::parse(R"({"type": "TemplateProcessing", "pair": [],
    "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "X", "type_id": 0}}],
    "special_tokens": {"X": {"id": "X", "ids": [0], "tokens": ["X"]}}})");
  tokenizer["post_processor"]["special_tokens"]["X"]["ids"][0] = id;
  write_file(file, tokenizer.dump());
}

void write_reward_config(const fs::path& project, const TemplateOptions& options) {
  fs::remove_all(project / "model");
  make_tiny_model(project / "model", "blocks", true);
  RewardConfig reward;
  reward.template_options = options;
  write_file(project / "model/reward_config.json", json_of(reward).dump());
}

TEST(Hostile, FilesThatAnExportCannotEditOrList) {
  const auto map = [](const char* text) {
    return [text](const fs::path& project) { write_map(project, text); };
  };
  const auto named = [](const char* name) {
    return [name](const fs::path& project) { write_template(project, name); };
  };
  expect_refused({
      {"map_list", map("[]"), 4,
       "/model/special_tokens_map.json: found a list, expected an object"},
      {"map_content", map(R"({"pad_token": {"content": 5}})"), 4,
       "/model/special_tokens_map.json: \"pad_token\": found the number 5 as its \"content\""},
      {"map_cut", map(R"({"a": 1)"), 4, "/model/special_tokens_map.json: not valid JSON"},
      {"rope", write_null_rope_type, 4,
       "/model/config.json: rope_parameters: found null as \"rope_type\", expected a string"},
      {"line_end", named("evil\n.jinja"), 4,
       "/model/additional_chat_templates: found a file named \"evil\\n.jinja\", expected UTF-8"},
      {"bytes", named("\xff.jinja"), 4, "/model/additional_chat_templates: found a file named"},
      {"link",
       [](const fs::path& project) {
         fs::create_symlink("special_tokens_map.json", project / "model/special_tokens_map.json");
       },
       4, "/model/special_tokens_map.json: cannot be read: "},
  });
}

TEST(Hostile, IdsAndOptionsThatOnlyAStepWouldUse) {
  const auto trailing = [](int64_t id) {
    return [id](const fs::path& project) { write_trailing_id(project, id); };
  };
  const auto recorded = [](const TemplateOptions& options) {
    return [options](const fs::path& project) { write_reward_config(project, options); };
  };
  expect_refused({
      {"id", trailing(100'000), 4,
       "/model/tokenizer.json: found the id 100000 in its post_processor, expected ids below"},
      {"negative_id", trailing(4'294'967'295), 4,
       "/model/tokenizer.json: found the id 4294967295 in its post_processor"},
      {"date", recorded({.template_date = "2026-13-01"}), 4,
       "/model/reward_config.json: template_date: found \"2026-13-01\", expected a date"},
      {"kwargs", recorded({.template_kwargs = {{"messages", 1}}}), 4,
       "/model/reward_config.json: template_kwargs: found \"messages\""},
  });
}

TEST(Hostile, NamesThatAreNotUtf8) {
  const auto move_pairs = [](const fs::path& project) {
    fs::create_directory(project / "rows");
    fs::rename(project / "pairs.jsonl", project / "rows" / "a\xff.jsonl");
    Json source = pair_source();
    source["train"] = Json::array({"rows"});
    write_file(project / "config.json", tiny_config({source}, 1).dump());
  };
  expect_refused(
      {{"row_file", move_pairs, 3,
        "/rows/a\xff.jsonl: found a name that is not UTF-8, expected UTF-8; rename it"}});
  const fs::path project = tiny_project("hostile_folder");
  const fs::path folder = scratch_folder("hostile_folder_\xff") / "inner";
  fs::rename(project, folder);
  write_file(folder / "config.json", tiny_config({pair_source()}, 1).dump());
  for (const char* command : {"check", "train"}) {
    const Outcome outcome = run_laurel(std::string(command) + " config.json", folder);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("sources.pairs.train[0]: found a name that is not UTF-8"));
    EXPECT_THAT(outcome.err, HasSubstr("run.folder: found a name that is not UTF-8"));
    EXPECT_FALSE(fs::exists(folder / "run"));
  }
  fs::remove_all(folder.parent_path());
}

}  // namespace
}  // namespace laurel::hostile_test
