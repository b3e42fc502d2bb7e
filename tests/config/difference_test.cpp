// What is different between two configs, and what may be.
#include "config/difference.h"

#include <gmock/gmock.h>

namespace laurel::difference_test {
namespace {

Json config() {
  return Json::parse(R"({"model": {"path": "m"}, "train": {"lr": 1e-5, "steps": 20},
      "sources": [{"name": "ukp", "eval": ["e"], "active": {"from": 0.0, "to": 1.0},
                   "loss": {"type": "bradley_terry", "center": 0.0}}]})");
}

TEST(Difference, NamesEveryPathWithBothValues) {
  const Json before = config();
  Json now = before;
  EXPECT_TRUE(differences(before, now).empty());
  now["train"]["lr"] = 2e-5;
  now["sources"][0]["loss"]["center"] = 0.01;
  now["train"].erase("steps");
  now["model"]["head"] = "new";
  std::vector<std::string> lines;
  for (const auto& [path, was, is] : differences(before, now)) {
    lines.push_back(path + ": " + was + " -> " + is);
  }
  EXPECT_THAT(lines, testing::UnorderedElementsAre(
                         "train.lr: 1e-05 -> 2e-05", "train.steps: 20 -> nothing",
                         "sources.ukp.loss.center: 0.0 -> 0.01", "model.head: nothing -> \"new\""));
}

TEST(Difference, OnlySavingEvaluationDevicesAndTheLengthMayChange) {
  const Json before = config();
  Json parts = before;
  parts["sources"][0]["active"]["to"] = 0.5;
  for (const char* path : {"train.save_every", "train.keep_best", "train.eval_every", "run.threads",
                           "run.folder", "train.steps", "sources.ukp.eval", "data.cache"}) {
    EXPECT_TRUE(may_change_on_resume(path, before, before)) << path;
  }
  EXPECT_FALSE(may_change_on_resume("train.steps", before, parts));
  for (const char* path : {"train.lr", "train.seed", "train.batch_size", "model.path",
                           "sources.ukp.train", "sources.ukp.eval_fraction", "sources",
                           "sources.ukp.loss.center", "train.precision", "data.special_text"}) {
    EXPECT_FALSE(may_change_on_resume(path, before, before)) << path;
  }
}

}  // namespace
}  // namespace laurel::difference_test
