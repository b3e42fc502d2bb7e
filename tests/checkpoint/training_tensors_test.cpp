// What training keeps comes back from files bit for bit.
#include "checkpoint/training_tensors.h"

#include "core/files.h"
#include "tiny.h"

namespace laurel::test::training_tensors_test {

using ::testing::HasSubstr;

struct Kind {
  at::ScalarType weights, moments;
  Rounding rounding;
  bool average = false;
};

static const Kind kKinds[] = {{at::kFloat, at::kFloat, Rounding::nearest},
                              {at::kFloat, at::kBFloat16, Rounding::nearest},
                              {at::kBFloat16, at::kFloat, Rounding::nearest},
                              {at::kBFloat16, at::kFloat, Rounding::stochastic},
                              {at::kBFloat16, at::kBFloat16, Rounding::stochastic},
                              {at::kFloat, at::kFloat, Rounding::nearest, true},
                              {at::kBFloat16, at::kFloat, Rounding::nearest, true},
                              {at::kBFloat16, at::kFloat, Rounding::stochastic, true}};

// An embedding, a matrix and a norm; a head with numbers that losses learn. Zero, but trainable.
static Parameters zero_parameters(const Kind& kind) {
  LayoutBuilder backbone, head;
  backbone.begin_block();
  backbone.embedding("model.embed", 50, 8);
  backbone.begin_block();
  backbone.matrix("model.a", 3, 8);
  backbone.vector("model.norm", 8);
  head.begin_block();
  head.matrix("score.weight", 2, 8);
  head.vector("loss_parameters", 3);
  Parameters parameters = {make_parameter_buffer(backbone.finish(), kind.weights),
                           make_parameter_buffer(head.finish(), at::kFloat)};
  make_trainable(parameters.backbone, {kind.moments, kind.rounding, kind.average});
  make_trainable(parameters.head, {.average = kind.average});
  return parameters;
}

// After a few updates, so that halves are rounded both ways.
static Parameters trained_parameters(const Kind& kind) {
  Parameters parameters = zero_parameters(kind);
  at::manual_seed(3);
  for (ParameterBuffer& buffer : parameters.buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      set_values(buffer, spec, at::randn(spec.shape, at::kFloat));
    }
    const std::vector<UpdateRange> ranges = update_ranges(buffer.layout);
    for (int64_t update = 1; update <= 3; ++update) {
      for (const TensorSpec& spec : buffer.layout.tensors) {
        view(buffer.gradient, spec).copy_(at::randn(spec.shape, at::kFloat));
      }
      adamw_step({.weights = buffer.weights,
                  .gradient = buffer.gradient,
                  .moment1 = buffer.moment1,
                  .moment2 = buffer.moment2,
                  .low = buffer.low},
                 ranges, {.lr = 1e-3, .update = update, .rounding = buffer.rounding, .seed = 5});
    }
    for (const TensorSpec& spec : buffer.layout.tensors) {
      if (kind.average) trained_view(buffer.layout, buffer.average, spec).normal_();
    }
  }
  return parameters;
}

static void expect_equal(const Parameters& a, const Parameters& b) {
  for (size_t i = 0; i < 2; ++i) {
    const ParameterBuffer &one = a.buffers()[i], &other = b.buffers()[i];
    EXPECT_TRUE(at::equal(one.weights, other.weights)) << i;
    EXPECT_TRUE(at::equal(one.moment1, other.moment1)) << i;
    EXPECT_TRUE(at::equal(one.moment2, other.moment2)) << i;
    ASSERT_EQ(one.low.defined(), other.low.defined());
    EXPECT_TRUE(!one.low.defined() || at::equal(one.low, other.low)) << i;
    ASSERT_EQ(one.average.defined(), other.average.defined());
    EXPECT_TRUE(!one.average.defined() || at::equal(one.average, other.average)) << i;
  }
}

// Masters as a model folder brings them, then what is beside them.
static std::vector<bool> load(const std::filesystem::path& folder, Parameters& into) {
  const ShardedSafetensors tensors(folder);
  for (ParameterBuffer& buffer : into.buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      if (spec.name == "loss_parameters") continue;
      const at::Tensor values = at::empty(spec.shape, at::kFloat);
      tensors.read(spec.name, values);
      set_values(buffer, spec, values);
    }
  }
  return read_training_tensors(folder / "training.safetensors", into);
}

TEST(TrainingState, ComesBackBitForBit) {
  std::vector<bool> seen_rows(50);
  seen_rows[7] = seen_rows[49] = true;
  for (const Kind& kind : kKinds) {
    const Scratch scratch;
    const Parameters trained = trained_parameters(kind);
    const Parameters copy = snapshot(trained);
    write_sharded_safetensors(scratch.path, model_tensors(copy));
    write_training_tensors(scratch.path / "training.safetensors", copy, seen_rows);
    Parameters back = zero_parameters(kind);
    EXPECT_EQ(load(scratch.path, back), seen_rows);
    expect_equal(back, trained);
  }
}

// Into buffers without training state: those of a model that is replayed.
TEST(TrainingState, TheWeightsThatAreTrainedCanBeReadBesideTheirAverage) {
  for (const Kind& kind : {kKinds[0], kKinds[3], kKinds[5], kKinds[6], kKinds[7]}) {
    const Scratch scratch;
    const Parameters trained = trained_parameters(kind);
    write_sharded_safetensors(scratch.path, model_tensors(trained));
    write_training_tensors(scratch.path / "training.safetensors", trained, {});
    Parameters into = zero_parameters({at::kFloat, at::kFloat, Rounding::nearest});
    const ShardedSafetensors model(scratch.path);
    for (ParameterBuffer& buffer : into.buffers()) {
      for (const TensorSpec& spec : buffer.layout.tensors) {
        if (spec.name != "loss_parameters") model.read(spec.name, view(buffer.weights, spec));
      }
    }
    read_trained_weights(scratch.path / "training.safetensors", into);
    for (size_t i = 0; i < 2; ++i) {
      const ParameterBuffer &found = into.buffers()[i], &expected = trained.buffers()[i];
      for (const TensorSpec& spec : found.layout.tensors) {
        EXPECT_TRUE(at::equal(view(found.weights, spec), values(expected, spec))) << spec.name;
        if (!kind.average || spec.name == "loss_parameters") continue;
        const at::Tensor average = at::empty(spec.shape);
        model.read(spec.name, average);
        EXPECT_TRUE(at::equal(average, kept_values(expected, spec))) << spec.name;
        EXPECT_FALSE(at::equal(average, values(expected, spec))) << spec.name;
      }
    }
  }
}

TEST(TrainingState, ASnapshotDoesNotChangeWithTheModel) {
  Parameters trained = trained_parameters(kKinds[7]);
  const Parameters copy = snapshot(trained), expected = trained_parameters(kKinds[7]);
  for (ParameterBuffer& buffer : trained.buffers()) {
    for (const at::Tensor& tensor :
         {buffer.weights, buffer.moment1, buffer.moment2, buffer.average})
      tensor.zero_();
  }
  expect_equal(copy, expected);
  EXPECT_FALSE(copy.backbone.gradient.defined());
}

TEST(TrainingState, OfAnotherModelOrOtherOptionsIsRefused) {
  const Scratch scratch;
  const std::filesystem::path file = scratch.path / "training.safetensors";
  const Parameters trained = trained_parameters(kKinds[0]);
  write_training_tensors(file, trained, {});
  write_sharded_safetensors(scratch.path, model_tensors(trained));
  const auto reading = [&](const Kind& kind) {
    Parameters into = zero_parameters(kind);
    return error_of(ErrorKind::checkpoint, [&] { read_training_tensors(file, into); });
  };
  EXPECT_EQ(reading(kKinds[0]), "no error");
  EXPECT_THAT(reading(kKinds[3]), HasSubstr("tensor model.embed.low: found none"));
  EXPECT_THAT(reading(kKinds[5]), HasSubstr("tensor model.embed.weights: found none"));
  Parameters more = trained_parameters(kKinds[0]);
  more.head.layout.tensors.pop_back();
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { read_training_tensors(file, more); }),
              HasSubstr("expected the 9 of this model"));
}

}  // namespace laurel::test::training_tensors_test
