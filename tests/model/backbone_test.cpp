// config.json of families that nobody here computes, and of weights that are quantised.
#include "model/backbone.h"

#include <gmock/gmock.h>

#include "support/error_of.h"

namespace laurel::backbone_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string refusal(const Json& config) {
  return test::error_of(ErrorKind::model, [&] { read_backbone(config, "m/config.json"); });
}

TEST(Backbone, AnUnknownTypeIsToldTheKnownOnesAndItsNearestRelative) {
  EXPECT_THAT(refusal({{"model_type", "gpt_neox"}}),
              AllOf(HasSubstr("m/config.json: \"model_type\" is \"gpt_neox\", expected llama, "),
                    HasSubstr("mistral"), HasSubstr("qwen2"), HasSubstr(" or "),
                    HasSubstr("; take a model of about the same size of one of these")));
  const auto nearest = [](const char* type) { return refusal({{"model_type", type}}); };
  EXPECT_THAT(nearest("mixtral"), HasSubstr("; the nearest is a model of the type mistral"));
  EXPECT_THAT(nearest("llama4"), HasSubstr("; the nearest is a model of the type llama"));
  EXPECT_THAT(nearest("qwen2_moe"), HasSubstr("; the nearest is a model of the type qwen2"));
  EXPECT_THAT(nearest("qwen3_vl"), HasSubstr("; the nearest is a model of the type qwen3"));
  EXPECT_THAT(nearest("gpt2"), Not(HasSubstr("nearest")));
}

TEST(Backbone, QuantisedWeightsAreRefusedByTheNameOfTheirMethod) {
  const auto with = [](const Json& quantization) {
    return refusal({{"model_type", "llama"}, {"quantization_config", quantization}});
  };
  EXPECT_EQ(
      with({{"quant_method", "gptq"}, {"bits", 4}}),
      "m/config.json: found weights quantised by GPTQ (\"quantization_config\"), expected fp32, "
      "bf16 or fp16; take the model that they were made from, and for an adapter name it as "
      "base_model_name_or_path in adapter_config.json");
  EXPECT_THAT(with({{"quant_method", "awq"}}), HasSubstr("quantised by AWQ ("));
  EXPECT_THAT(with({{"quant_method", "bitsandbytes"}}), HasSubstr("quantised by bitsandbytes ("));
  EXPECT_THAT(with({{"load_in_8bit", true}}), HasSubstr("quantised by bitsandbytes ("));
  EXPECT_THAT(with({{"quant_method", "fp8"}}), HasSubstr("quantised by fp8 ("));
  EXPECT_THAT(with({{"bits", 4}}), HasSubstr("quantised by a method that it does not name ("));
}

}  // namespace
}  // namespace laurel::backbone_test
