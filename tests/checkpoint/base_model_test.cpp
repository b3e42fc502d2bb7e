// What survives of an update, by hand, and which base it is measured against.
#include "checkpoint/base_model.h"

#include "core/str.h"
#include "tiny.h"

namespace laurel::test::base_model_test {

namespace fs = std::filesystem;

// The tiny model, its weights 1 in every place of the backbone plus `update`.
static ModelFolder model_of(const fs::path& folder, double update) {
  write_tiny_model(folder);
  Tensors tensors = tiny_tensors();
  for (auto& [name, tensor] : tensors) {
    if (name != "score.weight") tensor.fill_(1 + update);
  }
  write_tensors(folder, tensors);
  return open_model(from(folder));
}

TEST(UpdateSurvival, IsNothingWhereTheUpdateIsLessThanHalfAStep) {
  const Scratch scratch;
  const ModelFolder base = model_of(scratch.path / "base", 0);
  const ModelFolder model = model_of(scratch.path / "model", 0x1p-10);  // bf16 steps by 2^-7
  const auto nearest = update_survival(model, base, {.dtype = at::kBFloat16});
  EXPECT_EQ(nearest->share, 0);
  EXPECT_EQ(nearest->noise, 1);
  const auto fp32 = update_survival(model, base, {.dtype = at::kFloat});
  EXPECT_EQ(fp32->share, 1);
  EXPECT_EQ(fp32->noise, 0);
  const auto stochastic =
      update_survival(model, base, {.dtype = at::kBFloat16, .mode = Rounding::stochastic});
  // About 1,000 weights, each up with probability 1 / 8: within five deviations.
  EXPECT_NEAR(stochastic->share, 1, .5);
  EXPECT_NEAR(stochastic->noise, std::sqrt(7), .7);
}

TEST(UpdateSurvival, IsMoreThanAllWhereWeightsAreRoundedUp) {
  const Scratch scratch;
  const ModelFolder base = model_of(scratch.path / "base", 0);
  const ModelFolder model = model_of(scratch.path / "model", .75 * 0x1p-7);
  const auto nearest = update_survival(model, base, {.dtype = at::kBFloat16});
  EXPECT_NEAR(nearest->share, 4.0 / 3, 1e-6);
  EXPECT_NEAR(nearest->noise, 1.0 / 3, 1e-6);
  EXPECT_EQ(update_survival(base, base, {.dtype = at::kBFloat16}), std::nullopt);
}

TEST(BaseModel, IsOpenedWithTheSameBytesAlone) {
  const Scratch scratch;
  const BaseModel base = base_model_of(model_of(scratch.path / "base", 0));
  EXPECT_EQ(base.sha256.size(), 1u);
  EXPECT_TRUE(open_base(base).model.has_value());
  model_of(scratch.path / "base", 1);
  EXPECT_EQ(open_base(base).problem, "the base has changed since");
  fs::remove_all(scratch.path / "base");
  EXPECT_EQ(open_base(base).problem, "the base is not there any more");
}

}  // namespace laurel::test::base_model_test
