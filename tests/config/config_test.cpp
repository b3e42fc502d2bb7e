// Configs: what they mean, every mistake reported with its path, the resolved form read back.
#include "config/config.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "core/files.h"
#include "core/str.h"
#include "support/error_of.h"

namespace laurel::config_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

// The config of the README and of the tests, with an optional change.
Json example() {
  return parse_json(R"({
    "model":   {"path": "models/smollm2-135m", "max_length": 512, "over_length": "drop"},
    "sources": [
      {"name": "ukp", "format": "pairwise", "text": "chat", "train": ["pairs.jsonl"], "eval": ["held_out.jsonl"],
       "loss": {"type": "bradley_terry", "center": 0.0}, "loss_weight": 1.0}
    ],
    "data":    {"bad_rows": 0, "threads": 2},
    "train":   {"steps": 6, "batch_size": 8, "shuffle": false, "seed": 1, "precision": "fp32",
                "tokens_per_micro_batch": 4096, "lr": 1e-5, "schedule": {"type": "constant"}, "weight_decay": 0.0,
                "max_grad_norm": 1.0, "eval_every": "end"},
    "run":     {"folder": "runs/ukp", "device": "cpu"}
  })",
                    "example", ErrorKind::usage);
}

Config parse(const Json& json, const std::vector<Override>& overrides = {}) {
  return parse_config(json.dump(), "a.json", "/configs", overrides);
}

// The lines of the error, without the first one that counts them.
std::vector<std::string> problems_of(const Json& json,
                                     const std::vector<Override>& overrides = {}) {
  try {
    parse(json, overrides);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::usage);
    std::istringstream text(error.message);
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);)
      lines.push_back(line.substr(line.find_first_not_of(' ')));
    EXPECT_THAT(lines.at(0), HasSubstr("a.json: "));
    lines.erase(lines.begin());
    return lines;
  }
  return {};
}

std::string losses() {
  return "bradley_terry, hinge, focal, margin_squared_error, rao_kupper, davidson, squared_error, "
         "absolute_error, huber, quantile, binary_cross_entropy, ordinal, gaussian, plackett_luce, "
         "all_pairs, listnet, lambda, adr_mse";
}

TEST(Config, ReadsTheExample) {
  const Config config = parse(example());
  EXPECT_EQ(config.model.length.max_length, 512);
  EXPECT_EQ(config.sources.at(0).source.name, "ukp");
  EXPECT_EQ(config.sources[0].source.text, TextChoice::chat);
  EXPECT_TRUE(std::holds_alternative<BradleyTerry>(config.sources[0].loss));
  EXPECT_EQ(config.train.steps, 6);
  EXPECT_FALSE(config.train.batches.shuffle);
  EXPECT_EQ(config.train.optimizer.lr, 1e-5);
  EXPECT_TRUE(std::holds_alternative<ConstantRate>(config.train.schedule));
  EXPECT_EQ(std::get<EvalAt>(*config.train.eval_every), EvalAt::end);
}

TEST(Config, PathsAreRelativeToTheFileAndTheRunFolderToTheCurrentDirectory) {
  const Config config = parse(example());
  EXPECT_EQ(config.model.load.path.value, "models/smollm2-135m");  // no such folder: a Hub name
  EXPECT_EQ(config.sources[0].source.train[0].value, "/configs/pairs.jsonl");
  EXPECT_EQ(config.run.folder.value, (std::filesystem::current_path() / "runs/ukp").string());
}

TEST(Config, DefaultsAreThoseOfTheReference) {
  Json json = example();
  json["train"] = Json::object();
  json.erase("data");
  const Config config = parse(json);
  EXPECT_EQ(config.train.batches.batch_size, 64);
  EXPECT_EQ(config.train.batches.tokens_per_micro_batch, 4096);
  EXPECT_TRUE(config.train.batches.shuffle);
  EXPECT_FALSE(config.train.optimizer.lr);  // by the size of the model
  EXPECT_THAT(config.train.optimizer.betas, ElementsAre(0.9, 0.999));
  EXPECT_EQ(config.train.optimizer.eps, 1e-8);
  EXPECT_EQ(config.train.optimizer.weight_decay, 0);
  EXPECT_EQ(config.train.optimizer.max_grad_norm, 1);
  const auto& cosine = std::get<CosineRate>(config.train.schedule);
  EXPECT_EQ(cosine.warmup, 0.03);
  EXPECT_EQ(cosine.final, 0.1);
  EXPECT_EQ(config.model.load.head_seed, 1);
  EXPECT_EQ(config.data.bad_rows, 0);
  EXPECT_FALSE(config.train.eval_every.has_value());
}

TEST(Config, TheResolvedConfigReadsToItself) {
  const Json resolved = resolved_config(parse(example()));
  EXPECT_EQ(resolved_config(parse(resolved)).dump(), resolved.dump());
}

TEST(Config, FiveFaultsGiveFiveMessages) {
  Json json = example();
  json["train"]["stpes"] = 5;                            // unknown
  json["train"]["batch_size"] = 1.7;                     // not whole
  json["train"]["lr"] = -1;                              // out of range
  json["model"]["over_length"] = "cut";                  // no such word
  json["sources"][0]["loss"]["type"] = "squared_error";  // not for pairs
  json["sources"][0]["loss"].erase("center");
  EXPECT_THAT(problems_of(json),
              UnorderedElementsAre(
                  "train.stpes: unknown option; did you mean \"steps\"?",
                  "train.batch_size: found 1.7, expected a whole number",
                  "train.lr: found -1, expected at least 0",
                  "model.over_length: found \"cut\", expected one of: drop, truncate_prompt_left, "
                  "truncate_response_right, error",
                  "sources.ukp.loss: found \"squared_error\", a loss of ratings, "
                  "expected for format pairwise: "
                  "bradley_terry, hinge, focal, margin_squared_error, rao_kupper, davidson"));
}

struct Fault {
  std::string pointer;
  std::string value;  // JSON; empty: erase
  std::string message;
};

TEST(Config, EveryFaultIsNamedWithItsPath) {
  const std::vector<Fault> faults = {
      {"/model/path", "", "model.path: is required"},
      {"/model/max_length", "", "model.max_length: is required"},
      {"/model/max_length", "0", "model.max_length: found 0, expected at least 1"},
      {"/model/head", "\"fresh\"", "model.head: found \"fresh\", expected one of: keep, new"},
      {"/sources", "[]", "sources: found an empty list, expected at least one source"},
      {"/sources", "{}", "sources: found an object, expected a list"},
      {"/sources/0/loss", "", "sources.ukp.loss: is required"},
      {"/sources/0/loss", "\"hing\"",
       "sources.ukp.loss: found \"hing\", expected one of: " + losses() +
           "; did you mean \"hinge\"?"},
      {"/sources/0/loss", "\"mse\"",
       "sources.ukp.loss: found \"mse\", expected one of: " + losses() +
           "; \"mse\" is squared_error here"},
      {"/sources/0/loss", "[]",
       "sources.ukp.loss: found a list, expected one of: " + losses() +
           ", or an object with a \"type\""},
      {"/sources/0/loss", "{}", "sources.ukp.loss.type: is required, one of: " + losses()},
      {"/sources/0/loss/type", "\"hing\"",
       "sources.ukp.loss.type: found \"hing\", expected one of: " + losses() +
           "; did you mean \"hinge\"?"},
      {"/sources/0/loss/centre", "0.1",
       "sources.ukp.loss.centre: unknown option; did you mean \"center\"?"},
      {"/sources/0/train", "3", "sources.ukp.train: found 3, expected a list"},
      {"/sources/0/train", "\"\"", "sources.ukp.train: found \"\", expected a path"},
      {"/sources/0/loss_weight", "\"1\"",
       "sources.ukp.loss_weight: found \"1\", expected a number"},
      {"/train/shuffle", "1", "train.shuffle: found 1, expected true or false"},
      {"/train/precision", "\"fp16\"",
       "train.precision: found \"fp16\", expected one of: fp32, bf16, auto; TRL's fp16 is not offered "
       "in training: train.precision is fp32 or bf16; `laurel export --dtype fp16` writes it"},
      {"/train/eval_every", "\"start\"",
       "train.eval_every: found \"start\", expected a whole number, \"end\", \"epoch\" or null"},
      {"/train/eval_every", "0.5",
       "train.eval_every: found 0.5, expected a whole number, \"end\", \"epoch\" or null"},
      {"/train/eval_every", "-1", "train.eval_every: found -1, expected at least 0"},
      {"/train/betas", "[0.9]", "train.betas: found 1 number, expected 2"},
      {"/train/betas", "[0.9, 1]", "train.betas: found 1, expected at most 0.9999999"},
      {"/train/epochs", "2", "train.epochs: found together with train.steps, expected one of them"},
      {"/train/schedule/warmup", "0.1", "train.schedule.warmup: unknown option; known here: type"},
      {"/sources/0/fields", "{\"chosen\": \"prompt\"}",
       "sources.ukp.fields.chosen: found \"prompt\", which is read as \"prompt\" too, "
       "expected a field that nothing else reads, or \"prompt\": null beside it"},
      {"/run/device", "\"gpu\"",
       "run.device: found \"gpu\", expected one of: auto, cpu, cuda; \"gpu\" is cuda here"},
      {"/train/recompute", "\"all\"",
       "train.recompute: found \"all\", expected one of: none, gate_up, inputs, auto"},
      {"/run/folder", "", "run.folder: is required"},
      {"/data/threads", "0", "data.threads: found 0, expected at least 1"},
  };
  for (const Fault& fault : faults) {
    Json json = example();
    const Json::json_pointer pointer(fault.pointer);
    if (fault.value.empty()) {
      json[pointer.parent_pointer()].erase(pointer.back());
    } else {
      json[pointer] = Json::parse(fault.value);
    }
    EXPECT_THAT(problems_of(json), ElementsAre(fault.message)) << fault.pointer;
  }
}

TEST(Config, ShortFormsAreWhatTheyStandFor) {
  Json json = example(), shortened = example();
  json["sources"][0]["loss"] = {{"type", "bradley_terry"}};
  shortened["sources"][0]["loss"] = "bradley_terry";
  json["train"]["schedule"] = {{"type", "cosine"}};
  shortened["train"]["schedule"] = "cosine";
  json["sources"][0]["train"] = Json::array({"x.jsonl"});
  shortened["sources"][0]["train"] = "x.jsonl";
  json["sources"][0]["slices"] = Json::array({"language"});
  shortened["sources"][0]["slices"] = "language";
  EXPECT_EQ(resolved_config(parse(shortened)).dump(), resolved_config(parse(json)).dump());
  EXPECT_EQ(parse(shortened).sources[0].source.train[0].value, "/configs/x.jsonl");
  shortened["train"]["eval_every"] = "epoch";
  EXPECT_EQ(std::get<EvalAt>(*parse(shortened).train.eval_every), EvalAt::epoch);
  EXPECT_EQ(resolved_config(parse(shortened))["train"]["eval_every"], "epoch");
  const Config set = parse_config(shortened.dump(), "a.json", "/configs",
                                  {{"train.schedule", "linear"},
                                   {"train.schedule.warmup", "0.5"},
                                   {"sources.ukp.loss.center", "0.25"}});
  EXPECT_EQ(std::get<LinearRate>(set.train.schedule).warmup, 0.5);
  EXPECT_EQ(std::get<BradleyTerry>(set.sources[0].loss).regularizer.center, 0.25);
}

TEST(Config, NamesOfOtherTrainersAreTranslated) {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"learning_rate", "TRL's learning_rate is train.lr here"},
      {"num_train_epochs", "TRL's num_train_epochs is train.epochs here"},
      {"per_device_train_batch_size",
       "TRL's per_device_train_batch_size is train.batch_size, the groups of a whole step (per "
       "device x gradient_accumulation_steps x devices) here"},
      {"micro_train_batch_size",
       "OpenRLHF's micro_train_batch_size is train.tokens_per_micro_batch, in tokens here"},
      {"packing", "TRL's packing is not needed: rows are always packed without padding"},
  };
  for (const auto& [name, here] : names) {
    Json json = example();
    json["train"][name] = 1;
    EXPECT_THAT(problems_of(json), ElementsAre("train." + name + ": unknown option; " + here));
    Json top = example();
    top[name] = 1;
    EXPECT_THAT(problems_of(top), ElementsAre(name + ": unknown option; " + here));
  }
}

TEST(Config, AnUnknownOptionAmongManyShowsTheNearestAndWhereTheListIs) {
  Json json = example();
  json["train"]["learning_speed"] = 1;
  EXPECT_THAT(problems_of(json), ElementsAre(testing::AllOf(
                                     testing::StartsWith("train.learning_speed: unknown option; "),
                                     HasSubstr(" are known here, the nearest: "),
                                     testing::EndsWith("; `laurel describe train` lists them"))));
  Json source = example();
  source["sources"][0]["zzzzzzzzzzzz"] = 1;
  EXPECT_THAT(problems_of(source),
              ElementsAre(testing::EndsWith("; `laurel describe sources` lists them")));
}

TEST(Config, PathsBelowAFolderThatIsNotUtf8AreNamed) {
  Json json = example();
  std::string message;
  try {
    parse_config(json.dump(), "a.json", "/configs\xff");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::usage);
    message = error.message;
  }
  EXPECT_THAT(message, HasSubstr("a.json: 2 problems"));
  EXPECT_THAT(message, HasSubstr("sources.ukp.train[0]: found a name that is not UTF-8 in "
                                 "/configs\xff/pairs.jsonl, expected UTF-8; rename that folder"));
  EXPECT_THAT(message, HasSubstr("sources.ukp.eval[0]: found a name that is not UTF-8"));
  json["sources"][0]["train"] = Json::array({"/data/pairs.jsonl"});
  json["sources"][0]["eval"] = Json::array({"/data/held_out.jsonl"});
  EXPECT_NO_THROW(parse_config(json.dump(), "a.json", "/configs\xff"));
}

TEST(Config, SharesAndPartsNeedSteps) {
  Json json = example();
  json["train"].erase("steps");
  json["sources"][0]["share"] = 0.5;
  EXPECT_THAT(
      problems_of(json),
      ElementsAre("train.steps: is required where a source sets a share or an active part"));
}

TEST(Config, IsAnObject) {
  EXPECT_EQ(test::error_of(ErrorKind::usage, [] { parse_config("[]", "a.json", "/", {}); }),
            "a.json: found a list, expected an object");
}

TEST(Config, EveryConfigOfTheProjectReads) {
  int count = 0;
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(LAUREL_SOURCE_DIR "/configs")) {
    if (file.path().extension() != ".json") continue;
    EXPECT_NO_THROW(read_config(file.path(), {})) << file.path();
    ++count;
  }
  EXPECT_GE(count, 3);
}

TEST(Config, TrainsAllUnlessModelTrainNamesParts) {
  const auto parts = [](const Json& train) {
    Json json = example();
    if (!train.is_null()) json["model"]["train"] = train;
    return parse(json).model.train;
  };
  EXPECT_EQ(parts({}), TrainedParts(TrainedWhole::all));
  EXPECT_EQ(parts("head"), TrainedParts(TrainedWhole::head));
  EXPECT_EQ(parts({{"last_layers", 2}}), TrainedParts(TrainedLayers{2}));
  EXPECT_EQ(parts("lora"), TrainedParts(TrainedAdapters{}));
  const TrainedParts some =
      parts({{"lora",
              {{"rank", 8}, {"alpha", 4}, {"targets", {"q_proj"}}, {"scaling", "alpha/sqrt(r)"}}}});
  const LoraOptions* const lora = lora_of(some);
  ASSERT_NE(lora, nullptr);
  EXPECT_EQ(lora->rank, 8);
  EXPECT_EQ(lora->targets, std::vector<std::string>{"q_proj"});
  EXPECT_EQ(lora->scaling, AdapterScaling::by_root_of_rank);
}

TEST(Config, AveragesWeightsByAWordOrAnObject) {
  const auto decay = [](const Json& average) {
    Json json = example();
    if (!average.is_null()) json["train"]["average"] = average;
    return decay_of(parse(json).train.optimizer.average);
  };
  EXPECT_EQ(decay({}), std::nullopt);
  EXPECT_EQ(decay("last"), std::nullopt);
  EXPECT_EQ(decay("ema"), 0.999);
  EXPECT_EQ(decay({{"ema", Json::object()}}), 0.999);
  EXPECT_EQ(decay({{"ema", {{"decay", 0.99}}}}), 0.99);
}

TEST(Config, NamesWhatIsWrongInAnAverage) {
  const auto error = [](const Json& average) {
    Json json = example();
    json["train"]["average"] = average;
    const std::vector<std::string> problems = problems_of(json);
    EXPECT_EQ(problems.size(), 1u);
    return problems.at(0);
  };
  EXPECT_THAT(error("mean"),
              HasSubstr("train.average: found \"mean\", expected \"last\" or an object with "
                        "\"ema\""));
  for (const Json& bad : {Json(0), Json(-0.5)}) {
    EXPECT_THAT(error({{"ema", {{"decay", bad}}}}),
                HasSubstr(str("train.average.ema.decay: found ", bad.dump(), ", expected more")));
  }
  for (const Json& bad : {Json(1), Json(1.5)}) {
    EXPECT_THAT(
        error({{"ema", {{"decay", bad}}}}),
        HasSubstr(str("train.average.ema.decay: found ", bad.dump(), ", expected at most")));
  }
  EXPECT_THAT(error({{"ema", 0.99}}),
              HasSubstr("train.average.ema: found 0.99, expected an object"));
  EXPECT_THAT(error({{"ema", {{"rate", 0.1}}}}),
              HasSubstr("train.average.ema.rate: unknown option"));
  Json json = example();
  json["train"]["ema_decay"] = 0.99;
  EXPECT_THAT(problems_of(json),
              ElementsAre("train.ema_decay: unknown option; \"ema_decay\" is train.average: "
                          "{\"ema\": {\"decay\": ...}} here"));
}

TEST(Config, NamesWhatIsWrongInModelTrain) {
  const auto error = [](const Json& train) {
    Json json = example();
    json["model"]["train"] = train;
    return problems_of(json).at(0);
  };
  EXPECT_THAT(error("none"), HasSubstr("model.train: found \"none\", expected \"all\", \"head\" or "
                                       "an object with \"last_layers\" or \"lora\""));
  EXPECT_THAT(error({{"last_layers", 0}}),
              HasSubstr("model.train.last_layers: found 0, expected at least 1"));
  EXPECT_THAT(error({{"lora", {{"lora_alpha", 8}}}}),
              HasSubstr("PEFT's lora_alpha is model.train.lora.alpha here"));
  EXPECT_THAT(error({{"lora", {{"lora_dropout", 0.1}}}}),
              HasSubstr("PEFT's lora_dropout is model.train.lora.dropout here"));
  EXPECT_THAT(error({{"lora", {{"dropout", 1}}}}),
              HasSubstr("model.train.lora.dropout: found 1, expected at most 0.9"));
}

}  // namespace
}  // namespace laurel::config_test
