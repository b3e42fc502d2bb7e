// Where dropout is refused.
#include "application/dropout.h"

#include <gmock/gmock.h>

#include "support/error_of.h"

namespace laurel::dropout_test {
namespace {

TEST(Dropout, IsRefusedByNameOnCuda) {
  Config config;
  EXPECT_NO_THROW(check_dropout_device(config, at::kCUDA));
  config.model.dropout = 0.1;
  EXPECT_NO_THROW(check_dropout_device(config, at::kCPU));
  const auto error = [&] {
    return test::error_of(ErrorKind::usage, [&] { check_dropout_device(config, at::kCUDA); });
  };
  EXPECT_EQ(error(),
            "model.dropout: found 0.1 on CUDA, where nothing is dropped, expected 0, or run.device "
            "\"cpu\"");
  config.model.dropout = 0;
  config.model.train = TrainedAdapters{{.dropout = 0.05}};
  EXPECT_EQ(
      error(),
      "model.train.lora.dropout: found 0.05 on CUDA, where nothing is dropped, expected 0, or "
      "run.device \"cpu\"");
}

TEST(Dropout, IsThatOfTheConfigByTheRunsSeed) {
  Config config;
  EXPECT_FALSE(dropout_of(config).any());
  config.model.dropout = 0.1;
  config.model.train = TrainedAdapters{{.dropout = 0.05}};
  config.train.batches.seed = 9;
  const DropoutOptions dropout = dropout_of(config);
  EXPECT_EQ(dropout.model, 0.1);
  EXPECT_EQ(dropout.adapters, 0.05);
  EXPECT_EQ(dropout.seed, 9u);
}

}  // namespace
}  // namespace laurel::dropout_test
