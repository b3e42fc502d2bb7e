// Covariates: in the evaluations of a run by its config, and in eval by --covariate.
#include <gmock/gmock.h>

#include "core/files.h"
#include "end_to_end/program.h"

namespace laurel::covariates_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

namespace fs = std::filesystem;

constexpr const char* kCommas = "response.count(',')";

// The good answer of each third row has a comma; each fifth row prefers the other one.
std::vector<Json> rows_with_numbers(int n) {
  std::vector<Json> rows = tiny_pairs(n);
  for (int i = 0; i < n; ++i) {
    if (i % 5 == 0) std::swap(rows[i]["chosen"], rows[i]["rejected"]);
    rows[i]["cites"] = {i % 4, i == 7 ? Json() : Json(i % 3)};
  }
  return rows;
}

fs::path trained(const std::string& name) {
  const fs::path folder = tiny_project(name);
  write_lines(folder / "numbers.jsonl", rows_with_numbers(60));
  Json source = pair_source();
  source["eval"] = "numbers.jsonl";
  source["covariates"] = {{"commas", kCommas}, {"cites", "cites[index] if cites else none"}};
  write_file(folder / "config.json", tiny_config({source}, 8).dump());
  const Outcome outcome = run_laurel("train config.json", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return folder;
}

TEST(Covariates, AreEvaluatedInTrainingAndByEval) {
  const fs::path folder = trained("covariates");
  const Json sets = lines_of(folder / "run/metrics.jsonl", "eval").back()["sets"];
  EXPECT_EQ(sets["covariate/commas"]["n"], 60);
  EXPECT_EQ(sets["covariate/cites"]["n"], 59);
  EXPECT_TRUE(sets["covariate/commas"]["metrics"]["covariate_correlation"]["value"].is_number());
  EXPECT_TRUE(sets["covariate/cites"]["metrics"].contains("covariate_coefficient_at_once"));
  EXPECT_THAT(read_file(folder / "run/report.html"), HasSubstr("covariate/cites"));

  const Outcome again = run_laurel(
      "eval run numbers.jsonl --covariate \"commas=response.count(',')\" "
      "--covariate 'cites=cites[index] if cites else none' --json again.json",
      folder);
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.out, AllOf(HasSubstr("covariate commas: 60 pairs"),
                               HasSubstr("covariate cites: 59 pairs, 1 without its numbers")));
  const Json found = lines_of(folder / "again.json").at(0)["sets"];
  for (const char* set : {"covariate/commas", "covariate/cites"}) {
    EXPECT_EQ(found[set]["n"], sets[set]["n"]);
    EXPECT_NEAR(found[set]["metrics"]["covariate_coefficient"]["value"].get<double>(),
                sets[set]["metrics"]["covariate_coefficient"]["value"].get<double>(), 1e-4);
  }
  const Outcome cached = run_laurel("eval run/export numbers.jsonl --covariate n='index'", folder);
  EXPECT_EQ(cached.code, 0) << cached.err;
}

TEST(Covariates, AreRefusedBeforeAnythingIsScored) {
  const fs::path folder = trained("covariates_refused");
  const auto refused = [&](const std::string& arguments, int code, const std::string& message) {
    const Outcome outcome = run_laurel("eval run numbers.jsonl " + arguments, folder);
    EXPECT_EQ(outcome.code, code) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr(message));
  };
  refused("--covariate cites", 2,
          "--covariate: found \"cites\", expected NAME=EXPRESSION, each name once");
  refused("--covariate a=index --covariate a=index", 2,
          "--covariate: found \"a=index\" for a name that stands twice");
  refused("--covariate a=cites", 2,
          "--covariate a: found \"cites\", which is the same for all responses of a row");
  refused("--covariate 'a=index +'", 2, "--covariate a: found \"index +\"");
  refused("--covariate 'a=cite[index]'", 3, "--covariate a \"cite[index]\" of \"chosen\": ");
  refused("--covariate 'a=response'", 3, "expected a number, or null where there is none");
}

}  // namespace
}  // namespace laurel::covariates_test
