// The tiny tokenizer's files are made where they are used, so that a test shows what it relies on.
#include "tiny.h"

#include <unistd.h>

#include <fstream>
#include <sstream>

#include "core/json.h"
#include "core/str.h"

namespace laurel::test {

namespace {

constexpr const char* kTemplate =
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}<end>{% endfor %}";
constexpr const char* kTrimmingTemplate =
    "{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}<end>{% endfor %}";

std::filesystem::path own_folder() {
  const auto folder =
      std::filesystem::temp_directory_path() / str("laurel_data_tests_", int64_t{::getpid()});
  std::filesystem::create_directories(folder);
  return folder;
}

TextProcessor make_folder(const std::string& name, const char* chat_template) {
  Json vocabulary = {{"<unk>", 0},  {"<eos>", 1},       {"<pad>", 2},
                     {"<user>", 3}, {"<assistant>", 4}, {"<end>", 5}};
  for (int i = 6; i < 10; ++i) vocabulary[str("unused", i)] = i;
  for (int i = 0; i < 50; ++i) vocabulary[str("w", i)] = 10 + i;
  Json added = Json::array();
  for (int id = 0; id < 6; ++id) {
    for (const auto& [text, value] : vocabulary.items()) {
      if (value != id) continue;
      added.push_back({{"id", id},
                       {"content", text},
                       {"special", true},
                       {"lstrip", false},
                       {"rstrip", false},
                       {"normalized", false},
                       {"single_word", false}});
    }
  }
  const Json tokenizer = {
      {"version", "1.0"},
      {"added_tokens", added},
      {"pre_tokenizer", {{"type", "WhitespaceSplit"}}},
      {"model", {{"type", "WordLevel"}, {"vocab", vocabulary}, {"unk_token", "<unk>"}}}};
  Json config = {{"eos_token", "<eos>"}, {"pad_token", "<pad>"}, {"unk_token", "<unk>"}};
  if (chat_template != nullptr) config["chat_template"] = chat_template;
  if (chat_template == nullptr) config.erase("eos_token");
  std::filesystem::create_directories(own_folder() / name);
  write_data(name + "/tokenizer.json", tokenizer.dump());
  write_data(name + "/tokenizer_config.json", config.dump());
  return load_text_processor(own_folder() / name);
}

Response read_at_its_end(std::vector<int32_t> ids) {
  const auto end = static_cast<int32_t>(ids.size());
  return {.ids = std::move(ids), .positions = {{end - 1, end}}};
}

}  // namespace

std::string write_data(const std::string& name, const std::string& bytes) {
  const std::filesystem::path path = own_folder() / name;
  std::filesystem::remove(path);  // some file systems are slow to write over a file
  std::ofstream(path, std::ios::binary) << bytes;
  return path.string();
}

const TextProcessor& tiny_folder() {
  static const TextProcessor folder = make_folder("tiny", kTemplate);
  return folder;
}

const TextProcessor& tiny_folder_without_template() {
  static const TextProcessor folder = make_folder("tiny_plain", nullptr);
  return folder;
}

const TextProcessor& tiny_folder_that_trims() {
  static const TextProcessor folder = make_folder("tiny_trims", kTrimmingTemplate);
  return folder;
}

SourceOptions pairs_from(const std::vector<std::string>& train,
                         const std::vector<std::string>& eval) {
  SourceOptions options;
  options.name = "ukp";
  for (const std::string& path : train) options.train.push_back({path});
  for (const std::string& path : eval) options.eval.push_back({path});
  return options;
}

SourceOptions ratings_from(const std::string& path) {
  SourceOptions options = pairs_from({path});
  options.format = PointwiseFormat{};
  return options;
}

LoadContext context_of(DataOptions data, LengthOptions length) {
  return {.folder = tiny_folder(), .pooling = {}, .length = length, .data = data};
}

std::string pair_row(int prompt, int better, int worse) {
  return str(R"({"prompt": "w)", prompt, R"(", "chosen": " w)", better, R"(", "rejected": " w)",
             worse, "\"}\n");
}

std::string list_row(const std::string& question, const std::string& answer, int score) {
  return str(R"({"score": )", score, R"(, "response": [{"role": "user", "content": ")", question,
             R"("}, {"role": "assistant", "content": ")", answer, "\"}]}\n");
}

Group pair_of(std::vector<int32_t> better, std::vector<int32_t> worse, SourceId source) {
  Group group;
  group.responses = {read_at_its_end(std::move(better)), read_at_its_end(std::move(worse))};
  group.label = Preferences{{.better = 0, .worse = 1}};
  group.source = source;
  return group;
}

Group rating_of(std::vector<int32_t> ids, float score, SourceId source) {
  Group group;
  group.responses = {read_at_its_end(std::move(ids))};
  group.label = Ratings{.score = {score}, .weight = {1}};
  group.source = source;
  return group;
}

std::string text_of(const Group& group) {
  std::ostringstream out;
  out << std::hexfloat << group.source << " " << group.id << " " << group.prompt_hash;
  for (const Response& response : group.responses) {
    out << " [" << testing::PrintToString(response.ids);
    for (const auto [begin, end] : response.positions) out << " " << begin << "-" << end;
    if (response.second_text >= 0) out << " second " << response.second_text;
    out << "]";
  }
  if (const auto* scores = std::get_if<Ratings>(&group.label)) {
    for (const float score : scores->score) out << " " << score;
    for (const float weight : scores->weight) out << " w" << weight;
  } else if (const auto* pairs = std::get_if<Preferences>(&group.label)) {
    for (const auto& [better, worse, margin, strength, target, tie, weight] : *pairs) {
      out << " " << better << " " << worse << " " << margin << " " << strength << " " << target
          << " " << tie << " " << weight;
    }
  } else {
    const auto& [rank, score, weight] = std::get<Ranking>(group.label);
    out << testing::PrintToString(rank) << testing::PrintToString(score) << weight;
  }
  return out.str();
}

SourceData source_of(const std::string& name, int64_t groups, SourceId id) {
  SourceData source;
  source.options.name = name;
  source.options.format = PointwiseFormat{};
  for (int64_t i = 0; i < groups; ++i) {
    Group group = rating_of({static_cast<int32_t>(i)}, 1, id);
    group.id = static_cast<uint64_t>(i);
    source.train.groups.push_back(group);
  }
  return source;
}

void set_weight(Split& split, size_t i, float weight) {
  Group group = split.groups[i];
  std::get<Ratings>(group.label).weight = {weight};
  split.groups.set(i, group);
}

}  // namespace laurel::test
