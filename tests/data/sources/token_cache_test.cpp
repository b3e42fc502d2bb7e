// The token cache: the same groups bit for bit, or none of it.
#include "data/sources/token_cache.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <thread>

#include "core/files.h"
#include "core/str.h"
#include "data/sources/row_file.h"
#include "data/tiny.h"

namespace laurel::token_cache_test {
namespace {

namespace fs = std::filesystem;

using test::context_of;
using test::error_of;
using test::list_row;
using test::pair_row;
using test::pairs_from;
using test::text_of;
using test::write_data;
using testing::AllOf;
using testing::Contains;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// A cache in an empty folder of this test.
LoadContext cached(LoadContext context = context_of()) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const fs::path folder = fs::path(write_data("here", "")).parent_path() / "cache" / test->name();
  fs::remove_all(folder);
  context.cache = TokenCache{.folder = folder, .program = "this one"};
  return context;
}

bool is_cache_note(const std::string& note) {
  return note.find(" from the token cache") != std::string::npos;
}

bool hit(const SourceData& data) { return std::ranges::any_of(data.notes, is_cache_note); }

std::vector<fs::path> files_of(const LoadContext& context) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(context.cache->folder, none)) {
    files.push_back(entry.path());
  }
  return files;
}

void expect_same(const Split& one, const Split& other) {
  ASSERT_EQ(one.groups.size(), other.groups.size());
  for (size_t i = 0; i < one.groups.size(); ++i) {
    EXPECT_EQ(text_of(one.groups[i]), text_of(other.groups[i]));
    const auto stats = one.groups.stats(i), others = other.groups.stats(i);
    ASSERT_EQ(stats.size(), others.size());
    for (size_t j = 0; j < stats.size(); ++j) {
      EXPECT_EQ(stats[j].answer_length, others[j].answer_length);
      EXPECT_EQ(stats[j].hash, others[j].hash);
    }
  }
  EXPECT_EQ(summary(one.report), summary(other.report));
  EXPECT_EQ(one.report.special_text, other.report.special_text);
  EXPECT_EQ(one.report.prompts, other.report.prompts);
  EXPECT_EQ(one.files, other.files);
}

void expect_same(const SourceData& one, const SourceData& other) {
  expect_same(one.train, other.train);
  expect_same(one.eval, other.eval);
  EXPECT_EQ(one.rule, other.rule);
  EXPECT_EQ(one.has_strings, other.has_strings);
  EXPECT_EQ(one.first, other.first);
  EXPECT_EQ(one.scaling, other.scaling);
  EXPECT_EQ(one.warnings, other.warnings);
  std::vector<std::string> notes = one.notes, other_notes = other.notes;
  std::erase_if(notes, is_cache_note);
  std::erase_if(other_notes, is_cache_note);
  EXPECT_EQ(notes, other_notes);
}

// Pairs of every outcome, with something for every notice.
SourceOptions eventful_source() {
  std::string rows;
  for (int i = 0; i < 40; ++i) rows += pair_row(i, i + 1, i + 2);
  rows += R"({"prompt": "w1", "chosen": " w2 <user>", "rejected": " w3", "margin": 0.3, "x": 1})";
  rows += "\n" + pair_row(1, 2, 2) + "not JSON\n" + pair_row(3, 4, 5);
  rows += R"({"prompt": "w1 w2 w3 w4 w5 w6 w7 w8 w9", "chosen": "w1", "rejected": "w2"})";
  SourceOptions options = pairs_from({write_data("eventful.jsonl", rows)});
  options.eval_fraction = 0.2;
  return options;
}

TEST(TokenCache, UsesTheGivenFolderAndTheHashOfThisProgram) {
  const std::optional<TokenCache> cache = open_token_cache(Path{"/somewhere"});
  ASSERT_TRUE(cache.has_value());
  EXPECT_EQ(cache->folder, "/somewhere");
  EXPECT_EQ(cache->program, sha256_of_file("/proc/self/exe"));
  if (const std::optional<fs::path> user = user_cache_folder()) {
    EXPECT_EQ(open_token_cache(std::nullopt)->folder, *user / "laurel");
  }
}

TEST(TokenCache, GivesTheSameDataAsTheFiles) {
  const SourceOptions options = eventful_source();
  const LoadContext plain = context_of({.bad_rows = 2}, {.max_length = 8});
  const LoadContext context = cached(plain);
  const SourceData from_files = load_source(options, 3, plain);
  const SourceData first = load_source(options, 3, context);
  const SourceData second = load_source(options, 3, context);
  EXPECT_FALSE(hit(first));
  EXPECT_TRUE(hit(second));
  expect_same(from_files, first);
  expect_same(from_files, second);
  EXPECT_EQ(second.train.report.bad, 1);
  EXPECT_EQ(second.train.report.dropped.size() + second.eval.report.dropped.size(), 2u);
  EXPECT_THAT(second.warnings, Contains(HasSubstr("skipped 1 malformed row,")));
  EXPECT_THAT(second.notes, Contains(AllOf(HasSubstr("source ukp: 45 rows from the token cache "),
                                           EndsWith(".tokens"))));
}

TEST(TokenCache, HoldsRatingsAndEvalFiles) {
  SourceOptions options = test::ratings_from(
      write_data("ratings.jsonl", list_row("w1", "w2", 4) + list_row("w3", "w4", 1)));
  options.eval = {{write_data("eval_ratings.jsonl", list_row("w1", "w2", 4))}};
  options.score_scaling = ScoreScaling::standardize;
  const LoadContext context = cached();
  load_source(options, 0, context);
  const SourceData second = load_source(options, 0, context);
  EXPECT_TRUE(hit(second));
  expect_same(load_source(options, 0, context_of()), second);
}

TEST(TokenCache, HitsForRunsThatDifferOnlyAfterLoading) {
  SourceOptions options = eventful_source();
  LoadContext context = cached(context_of({.bad_rows = 2}));
  load_source(options, 0, context);
  options.eval_fraction = 0;
  options.share = 2;
  context.data.threads = 1;
  const SourceData other = load_source(options, 7, context);
  EXPECT_TRUE(hit(other));
  EXPECT_EQ(other.train.groups.front().source, 7);
  EXPECT_THAT(other.eval.groups, IsEmpty());
}

// Of the first training file.
std::string key_of(const SourceOptions& options, const LoadContext& context,
                   DataFile file = {.path = ""}) {
  file.path = options.train.at(0).value;
  return token_cache_key(*context.cache, options, context, file,
                         sha256_of_data(*context.cache, file.path).value());
}

TEST(TokenCache, MissesIfAnyInputOfTheRowsChanges) {
  const SourceOptions options = pairs_from({write_data("keyed.jsonl", pair_row(1, 2, 3))});
  const LoadContext context = cached();
  const std::string key = key_of(options, context);
  const auto other_options = [&](auto change) {
    SourceOptions changed = options;
    change(changed);
    EXPECT_NE(key_of(changed, context), key);
  };
  const auto other_context = [&](auto change) {
    LoadContext changed = context;
    change(changed);
    EXPECT_NE(key_of(options, changed), key);
  };
  other_options([](auto& o) { o.format = PointwiseFormat{}; });
  other_options([](auto& o) { o.text = TextChoice::chat; });
  other_options([](auto& o) { o.rows.map = {{"chosen", "good"}}; });
  other_options([](auto& o) { o.attributes = {"helpful"}; });
  other_options([](auto& o) { o.slices = {"topic"}; });
  other_options([](auto& o) { o.separator = " "; });
  other_options([](auto& o) { o.train = {{write_data("same.jsonl", pair_row(1, 2, 3))}}; });
  other_options([](auto& o) { o.rows.covariates = {{"x", "index"}}; });
  other_context([](auto& c) { c.cache->program = "another"; });
  other_context([](auto& c) { c.strings = TextRule::chat; });
  other_context([](auto& c) { c.pooling.rule = PoolingRule::last_not_pad; });
  other_context([](auto& c) { c.pooling.pad_id = 2; });
  other_context([](auto& c) { c.pooling.causal = false; });
  other_context([](auto& c) { c.pooling.lengths.bound = 4096; });
  other_context([](auto& c) { c.length.max_length = 99; });
  other_context([](auto& c) { c.length.over_length = OverLength::error; });
  other_context([](auto& c) { c.data.special_text = SpecialText::plain; });
  EXPECT_NE(key_of(options, context, {.path = "", .most = 1}), key);
  EXPECT_NE(key_of(options, context, {.path = "", .rule = TextRule::chat}), key);
  const LoadContext other_folder{.folder = test::tiny_folder_without_template(),
                                 .pooling = context.pooling,
                                 .length = context.length,
                                 .data = context.data,
                                 .cache = context.cache};
  EXPECT_NE(key_of(options, other_folder), key);
  write_data("keyed.jsonl", pair_row(1, 2, 4));  // as long, and perhaps as old
  EXPECT_NE(key_of(options, context), key);
}

TEST(TokenCache, RemembersTheHashOfALargeFileThatIsNotBeingWritten) {
  const LoadContext context = cached();
  const fs::path file = write_data("large.jsonl", std::string(size_t{32} << 20, ' '));
  const std::string digits = sha256_of_data(*context.cache, file).value();
  EXPECT_EQ(digits, sha256_of_file(file));
  EXPECT_THAT(files_of(context), IsEmpty());  // it may change once more within the same second
  std::this_thread::sleep_for(std::chrono::milliseconds(3100));
  EXPECT_EQ(sha256_of_data(*context.cache, file), digits);
  ASSERT_THAT(files_of(context), SizeIs(1));
  write_file(files_of(context)[0], std::string(64, 'a'));
  EXPECT_EQ(sha256_of_data(*context.cache, file), std::string(64, 'a'));  // it is not read again
  const auto time = fs::last_write_time(file);
  std::ofstream(file, std::ios::in | std::ios::binary) << "x";
  fs::last_write_time(file, time);  // as old and as long, and yet
  EXPECT_EQ(sha256_of_data(*context.cache, file), sha256_of_file(file));
  fs::remove(file);
}

// Three files of 2, 3 and 4 rows.
SourceOptions three_files() {
  std::vector<std::string> files;
  for (int file = 0; file < 3; ++file) {
    std::string rows;
    for (int i = 0; i < 2 + file; ++i) rows += pair_row(10 * file + i, i, i + 1);
    files.push_back(write_data(str("part", file, ".jsonl"), rows));
  }
  return pairs_from(files);
}

TEST(TokenCache, AChangedFileCostsOnlyItself) {
  const SourceOptions options = three_files();
  const LoadContext context = cached();
  load_source(options, 0, context);
  EXPECT_THAT(files_of(context), SizeIs(3));
  write_data("part1.jsonl", pair_row(7, 8, 9));
  const SourceData changed = load_source(options, 0, context);
  EXPECT_THAT(changed.notes,
              Contains(str("source ukp: 6 rows of 2 of 3 files from the token cache ",
                           context.cache->folder)));
  expect_same(load_source(options, 0, context_of()), changed);
  EXPECT_EQ(changed.train.report.rows, 7);
  EXPECT_THAT(files_of(context), SizeIs(4));
}

TEST(TokenCache, ABuildThatIsStoppedLosesOnlyTheFileAtHand) {
  SourceOptions options = three_files();
  const LoadContext context = cached();
  const std::string last = options.train[2].value;
  const std::string rows = read_file(last);
  write_data("part2.jsonl", rows + "{\"prompt\": ");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { load_source(options, 0, context); }),
              HasSubstr("part2.jsonl:5: "));
  EXPECT_THAT(files_of(context), SizeIs(2));
  write_data("part2.jsonl", rows);
  const SourceData second = load_source(options, 0, context);
  EXPECT_THAT(second.notes, Contains(HasSubstr("5 rows of 2 of 3 files from the token cache ")));
  expect_same(load_source(options, 0, context_of()), second);
}

TEST(TokenCache, GivesTheSameDataOfSeveralFiles) {
  const std::string first =
                        write_data("first.jsonl", R"({"response": "w1 w2", "prompt": "w3", )"
                                                  R"("scores": [1, 2], "annotators": ["u", "v"], )"
                                                  R"("topic": "cats"})"
                                                  "\n"),
                    second =
                        write_data("second.jsonl", R"({"response": "w4", "prompt": "w5", )"
                                                   R"("scores": [4, 3], "annotators": ["v", "u"], )"
                                                   R"("topic": "dogs", "x": 1})"
                                                   "\n"
                                                   R"({"response": "w6", "prompt": "w5", )"
                                                   R"("scores": [5], "annotators": ["u"], )"
                                                   R"("topic": "cats"})");
  SourceOptions options = test::ratings_from(first);
  options.train.push_back({second});
  options.eval = {{write_data("third.jsonl", read_file(first))}};
  options.slices = {"topic"};
  options.annotator_scaling = AnnotatorScaling::center;
  for (const std::optional<int64_t> limit : {std::optional<int64_t>(), std::optional<int64_t>(2)}) {
    options.limit = limit;
    const LoadContext context = cached();
    load_source(options, 0, context);
    const SourceData found = load_source(options, 0, context);
    EXPECT_TRUE(hit(found));
    const SourceData expected = load_source(options, 0, context_of());
    expect_same(expected, found);
    EXPECT_EQ(found.train.groups.size(), limit ? 2u : 3u);
    EXPECT_THAT(found.train.slices, testing::ElementsAreArray(expected.train.slices));
    EXPECT_THAT(found.train.slices[0], testing::ElementsAre("cats"));
  }
}

// What `check` makes, `train` uses, although it may skip fewer malformed rows.
TEST(TokenCache, ServesOtherBudgetsOfBadRowsWithTheirErrors) {
  const std::string path =
      write_data("some_bad.jsonl", pair_row(1, 2, 3) + "[]\n" + pair_row(2, 3, 4) + "[]\n");
  const auto load = [&](int64_t bad_rows) {
    return load_source(pairs_from({path}), 0, context_of({.bad_rows = bad_rows}));
  };
  LoadContext context = cached(context_of({.bad_rows = kAllBadRows}));
  load_source(pairs_from({path}), 0, context);
  context.data.bad_rows = 2;
  const SourceData two = load_source(pairs_from({path}), 0, context);
  EXPECT_TRUE(hit(two));
  expect_same(load(2), two);
  for (const int64_t budget : {0, 1}) {
    context.data.bad_rows = budget;
    EXPECT_EQ(error_of(ErrorKind::data, [&] { load_source(pairs_from({path}), 0, context); }),
              error_of(ErrorKind::data, [&] { load(budget); }));
  }
}

TEST(TokenCache, KeepsNoErrors) {
  const SourceOptions options = pairs_from({write_data("wrong.jsonl", pair_row(1, 2, 3) + "[]")});
  const LoadContext context = cached();
  const auto load = [&] { load_source(options, 0, context); };
  const std::string message = error_of(ErrorKind::data, load);
  EXPECT_THAT(message, HasSubstr("wrong.jsonl:2: found a list"));
  EXPECT_EQ(error_of(ErrorKind::data, load), message);
  EXPECT_THAT(files_of(context), IsEmpty());
}

TEST(TokenCache, LeavesMissingFilesAndPipesToTheLoader) {
  const LoadContext context = cached();
  EXPECT_EQ(sha256_of_data(*context.cache, "/dev/null"), std::nullopt);
  EXPECT_EQ(
      error_of(ErrorKind::data, [&] { load_source(pairs_from({"/nowhere/a.jsonl"}), 0, context); }),
      "/nowhere/a.jsonl: no such file");
}

TEST(TokenCache, KeepsNothingOfAFileThatChangedWhileItWasRead) {
  const std::string path = write_data("changing.jsonl", pair_row(1, 2, 3));
  LoadContext context = cached();
  context.progress = [](const SourceOptions&, int64_t, double) {
    write_data("changing.jsonl", pair_row(1, 2, 4));
  };
  EXPECT_THAT(test::error_of(ErrorKind::data, [&] { load_source(pairs_from({path}), 0, context); }),
              HasSubstr("changed while it was in use"));
  EXPECT_THAT(files_of(context), IsEmpty());
}

TEST(TokenCache, NotesThatItCannotBeWritten) {
  LoadContext context = cached();
  context.cache->folder = write_data("a_file", "x");
  const SourceData data =
      load_source(pairs_from({write_data("a.jsonl", pair_row(1, 2, 3))}), 0, context);
  EXPECT_EQ(data.train.report.used, 1);
  EXPECT_THAT(data.notes, Contains(AllOf(HasSubstr("source ukp: the token cache is not written: "),
                                         HasSubstr("cannot be written: Not a directory"),
                                         HasSubstr("(set data.cache_folder"))));
}

TEST(TokenCache, ReplacesADamagedFile) {
  const SourceOptions options = pairs_from({write_data("a.jsonl", pair_row(1, 2, 3))});
  const LoadContext context = cached();
  const SourceData whole = load_source(options, 0, context);
  ASSERT_THAT(files_of(context), SizeIs(1));
  const fs::path file = files_of(context)[0];
  std::string bytes = read_file(file);
  bytes[bytes.size() - 3] ^= 1;
  write_file(file, bytes);
  const SourceData second = load_source(options, 0, context);
  EXPECT_THAT(second.notes, Contains(AllOf(HasSubstr("found a damaged file in the token cache"),
                                           HasSubstr(file.string()))));
  EXPECT_EQ(text_of(second.train.groups[0]), text_of(whole.train.groups[0]));
  EXPECT_TRUE(hit(load_source(options, 0, context)));
}

// Its checksums are right: whoever may write into the folder can make them so.
TEST(TokenCache, ReplacesAFileWithInvalidRows) {
  const SourceOptions options = pairs_from({write_data("a.jsonl", pair_row(1, 2, 3))});
  const LoadContext context = cached();
  const SourceData whole = load_source(options, 0, context);
  const std::string key = key_of(options, context);
  const fs::path path = token_cache_path(*context.cache, key);
  const RowLimits limits{.vocabulary = 60, .max_length = 100};
  for (const auto& spoil : std::vector<std::function<void(Group&)>>{
           [](Group& g) { std::get<Preferences>(g.label)[0].better = 1'000'000; },
           [](Group& g) {
             g.responses[0].positions[0] = {3000, 3001};
           },
           [](Group& g) { g.responses[0].ids[0] = 60; }}) {
    const std::optional<RowFile> file = RowFile::open(map_file(path), path, key, limits);
    ASSERT_TRUE(file.has_value());
    LoadedRow row = file->row(0);
    spoil(row.group);
    std::string bytes;
    RowFileWriter writer([&](std::string_view part) { bytes += part; }, 0);
    writer.add(bytes_of(row, {}), {});
    writer.finish(key, std::string(file->facts()));
    write_file(path, bytes);
    const SourceData again = load_source(options, 0, context);
    EXPECT_FALSE(hit(again));
    EXPECT_THAT(again.notes, Contains(HasSubstr("found a damaged file in the token cache")));
    expect_same(whole.train, again.train);
    EXPECT_TRUE(hit(load_source(options, 0, context)));
  }
}

TEST(TokenCache, ReplacesAPipeWithoutWaitingForIt) {
  const SourceOptions options = pairs_from({write_data("a.jsonl", pair_row(1, 2, 3))});
  const LoadContext context = cached();
  load_source(options, 0, context);
  const fs::path file = files_of(context).at(0);
  fs::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  const SourceData second = load_source(options, 0, context);
  EXPECT_THAT(second.notes, Contains(HasSubstr("found a damaged file in the token cache")));
  EXPECT_TRUE(fs::is_regular_file(file));
  EXPECT_TRUE(hit(load_source(options, 0, context)));
}

TEST(TokenCache, RemovesWhatNothingUsedForAMonth) {
  const LoadContext context = cached();
  const auto load = [&](int row) {
    return load_source(pairs_from({write_data("a.jsonl", pair_row(1, 2, row))}), 0, context);
  };
  load(3);
  const fs::path used = files_of(context).at(0), stranger = context.cache->folder / "my.tokens";
  const fs::path unused = context.cache->folder / str(sha256("x"), ".tokens");
  for (const fs::path& path : {unused, stranger}) write_file(path, "");
  const auto month_ago = fs::file_time_type::clock::now() - std::chrono::hours(24 * 31);
  for (const fs::path& path : files_of(context)) fs::last_write_time(path, month_ago);
  EXPECT_TRUE(hit(load(3)));
  load(4);
  EXPECT_THAT(files_of(context), AllOf(SizeIs(3), Contains(used), Contains(stranger)));
}

TEST(TokenCache, IsSafeForRunsAtTheSameTime) {
  const SourceOptions options = eventful_source();
  const LoadContext context = cached(context_of({.bad_rows = 2, .threads = 1}));
  const SourceData alone = load_source(options, 0, context_of({.bad_rows = 2}));
  std::vector<SourceData> loaded(8);
  {
    std::vector<std::jthread> runs;
    for (SourceData& data : loaded) {
      runs.emplace_back([&] { data = load_source(options, 0, context); });
    }
  }
  for (const SourceData& data : loaded) expect_same(alone, data);
  EXPECT_THAT(files_of(context), SizeIs(1));
}

}  // namespace
}  // namespace laurel::token_cache_test
