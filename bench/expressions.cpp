// Expressions: what a source's fields cost, beside what tokenising the same rows costs, on one thread.
// usage: expressions TEXT_FOLDER FILE SHAPE [ROWS]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include "core/option_reader.h"
#include "data/files/row_reader.h"
#include "data/sources/encode_example.h"
#include "data/sources/shapes.h"
#include "data/sources/source.h"

using namespace laurel;

namespace {

constexpr int kRepeats = 7;

double seconds_of(const auto& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

struct Rows {
  std::vector<std::string> texts;
  std::vector<Json> json;
};

Rows rows_of(const std::string& file, size_t most) {
  RowReader reader(file);
  Rows rows;
  while (rows.texts.size() < most) {
    auto row = reader.next();
    if (!row) break;
    rows.json.push_back(parse_raw_row(*row, reader.where(*row)));
    rows.texts.push_back(std::move(row->text));
  }
  return rows;
}

SourceOptions source_of(const std::string& shape) {
  Json options = shape_named(shape, "").options;
  options["name"] = "bench";
  SourceOptions source;
  Problems problems;
  read_options(options, source, {}, problems);
  if (!problems.lines.empty()) throw to_error(ErrorKind::usage, shape, problems);
  return source;
}

// Medians of interleaved repeats.
void measure(const TextProcessor& folder, const Rows& rows, const RowSchema& schema) {
  std::vector<double> evaluating, reading, encoding;
  std::vector<FieldValues> values(rows.texts.size());
  std::vector<Example> examples(rows.texts.size());
  int64_t tokens = 0;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    evaluating.push_back(seconds_of([&] {
      for (size_t i = 0; i < rows.texts.size(); ++i) {
        values[i] = schema.fields.evaluate(rows.json[i], rows.texts[i], "row");
      }
    }));
    reading.push_back(seconds_of([&] {
      for (size_t i = 0; i < rows.texts.size(); ++i) {
        parse_raw_row({.number = 1, .text = rows.texts[i]}, "row");
        examples[i] = parse_row(rows.json[i], values[i], schema, "row");
      }
    }));
    tokens = 0;
    encoding.push_back(seconds_of([&] {
      for (const Example& example : examples) {
        const TextRule rule = example.is_chat() ? TextRule::chat : TextRule::plain;
        const EncodedExample encoded = encode_example(
            example,
            {.folder = folder, .rules = {rule}, .pooling = {}, .length = {.max_length = 1 << 20}},
            "row");
        for (const Response& response : encoded.group->responses) {
          tokens += static_cast<int64_t>(response.ids.size());
        }
      }
    }));
  }
  const auto median = [](std::vector<double> of) {
    std::ranges::sort(of);
    return of[of.size() / 2];
  };
  const double per_row = 1e6 / static_cast<double>(rows.texts.size());
  const double e = median(evaluating), r = median(reading), t = median(encoding);
  std::printf("%zu rows, %lld tokens: expressions %.1f us/row, reading %.1f, tokenising %.1f\n",
              rows.texts.size(), static_cast<long long>(tokens), e * per_row, r * per_row,
              t * per_row);
  std::printf("expressions / tokenising: %.1f %%\n", 100 * e / t);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: expressions TEXT_FOLDER FILE SHAPE [ROWS]\n");
    return 2;
  }
  try {
    const TextProcessor folder = load_text_processor(argv[1]);
    const Rows rows = rows_of(argv[2], argc > 4 ? std::stoul(argv[4]) : 2000);
    measure(folder, rows, schema_of(source_of(argv[3])));
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.message.c_str());
    return 1;
  }
}
