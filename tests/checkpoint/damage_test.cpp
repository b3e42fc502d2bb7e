// Every file of a folder that was written here, cut short and with a flipped bit at every hundredth
// of its length: none is taken for whole.
#include <fstream>

#include "checkpoint/checkpoints.h"
#include "checkpoint/export.h"
#include "checkpoint/manifest.h"
#include "checkpoint/run_folder.h"
#include "core/files.h"
#include "tiny.h"

namespace laurel::test::damage_test {

namespace fs = std::filesystem;

// Unlike write_file without a flush, because there are thousands of these.
static void replace(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

static bool is_noticed(const fs::path& folder, ErrorKind kind) {
  try {
    return !check_manifest(folder, kind).empty();
  } catch (const Error& error) {
    return error.message.starts_with(folder.string());
  }
}

// Returns the number of damages tried.
static int damage(const fs::path& folder, ErrorKind kind) {
  EXPECT_FALSE(is_noticed(folder, kind));
  int tried = 0;
  for (const auto& [name, whole] : contents_of(folder)) {
    for (size_t percent = 0; percent < 100; ++percent) {
      const size_t at = whole.size() * percent / 100;
      replace(folder / name, whole.substr(0, at));
      EXPECT_TRUE(is_noticed(folder, kind)) << name << " cut at byte " << at;
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << percent % 8));
      replace(folder / name, flipped);
      EXPECT_TRUE(is_noticed(folder, kind)) << name << " with a flipped bit in byte " << at;
      tried += 2;
    }
    replace(folder / name, whole);
  }
  EXPECT_FALSE(is_noticed(folder, kind));
  return tried;
}

TEST(Damage, OfAnExportIsNoticed) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  const ModelFolder model = open_model(from(scratch.path / "model"));
  export_model(model, choose_outputs(model, {}), scratch.path / "export", {});
  EXPECT_EQ(damage(scratch.path / "export", ErrorKind::model), 6 * 200);
}

TEST(Damage, OfARunsFinalModelIsNoticed) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  const LoadedModel model = load_model(open_model(from(scratch.path / "model")), false);
  const RunFolder run = create_run_folder(scratch.path / "run", false, Json::object());
  save_final_model(run,
                   {.source = model.folder,
                    .parameters = model.parameters,
                    .pad = choose_pad_token(model.folder, open_text(model.folder)),
                    .reward_config = RewardConfig{}},
                   FinalFacts{});
  EXPECT_EQ(damage(run.final_folder(), ErrorKind::model), 7 * 200);
}

TEST(Damage, OfACheckpointIsNoticed) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  const LoadedModel model = load_model(open_model(from(scratch.path / "model")), true);
  const RunFolder run = create_run_folder(scratch.path / "run", false, Json::object());
  TrainState state{.facts = {.run = run_id(run).value(),
                             .environment = Json::object(),
                             .config = Json::object()},
                   .optimizer = {.seen_rows = std::vector<bool>(16, true)}};
  for (const int64_t step : {3, 6}) {
    state.step = state.sampler.step = step;
    save_checkpoint(run,
                    {.source = model.folder,
                     .parameters = model.parameters,
                     .pad = choose_pad_token(model.folder, open_text(model.folder)),
                     .reward_config = RewardConfig{}},
                    state);
  }
  const fs::path newest = run.checkpoints() / checkpoint_name(6);
  EXPECT_EQ(damage(newest, ErrorKind::checkpoint), 8 * 200);
  EXPECT_EQ(find_newest_checkpoint(run, state.facts.run).checkpoint->step, 6);
  std::ofstream(newest / "training.safetensors", std::ios::app) << " ";
  EXPECT_EQ(find_newest_checkpoint(run, state.facts.run).checkpoint->step, 3)
      << "the one before is taken";
}

}  // namespace laurel::test::damage_test
