// A row of a data file, read and encoded under every format.
#include "core/json.h"
#include "data/files/raw_row.h"
#include "data/records/format.h"
#include "data/sources/encode_example.h"
#include "fuzz/fuzz.h"

using namespace laurel;

const Format kFormats[] = {PairwiseFormat{}, PointwiseFormat{}, RankedFormat{}, SegmentsFormat{}};
static_assert(std::size(kFormats) == std::variant_size_v<Format>);

static const TextProcessor& folder() {
  static const TextProcessor text =
      load_text_processor(LAUREL_SOURCE_DIR "/tests/golden/text/marks");
  return text;
}

static void encode(const Example& example) {
  const TextRule rule = example.is_chat() ? TextRule::chat : TextRule::plain;
  for (const OverLength over :
       {OverLength::drop, OverLength::truncate_prompt_left, OverLength::truncate_response_right}) {
    fuzz::guarded([&] {
      const LengthOptions length{.max_length = 24, .over_length = over};
      const EncodeContext context{
          .folder = folder(), .rules = {rule}, .pooling = {}, .length = length};
      const EncodedExample encoded = encode_example(example, context, "fuzz");
      if (!encoded.group) return;
      for (const Response& response : encoded.group->responses) {
        const auto tokens = static_cast<int32_t>(response.ids.size());
        fuzz::require(tokens > 0 && tokens <= 24, "a row is no longer than it may be");
        for (const auto& [begin, end] : response.positions) {
          fuzz::require(begin >= 0 && begin < end && end <= tokens, "what is read lies in the row");
        }
      }
      compares_only_identical_responses(*encoded.group, {});
    });
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::guarded([&] {
    const RawRow raw{.number = 1, .text = std::string(fuzz::text_of(data, size))};
    const Json row = parse_raw_row(raw, "fuzz");
    fuzz::guarded([&] { detect_format(row, {}, "fuzz"); });
    for (const auto& attributes : {std::vector<std::string>{}, {"x", "y"}}) {
      for (const Format& format : kFormats) {
        const RowSchema schema{.format = format,
                               .fields = {},
                               .attributes = attributes,
                               .slices = {"domain"},
                               .labelled = format.index() % 2 == 0 || attributes.empty()};
        fuzz::guarded([&] { encode(parse_row(row, schema, "fuzz")); });
      }
    }
  });
  return 0;
}
