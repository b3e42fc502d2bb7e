// Where a model is found: run, folder, Hub cache.
#include "checkpoint/hub_cache.h"

#include <cstdlib>

#include "core/files.h"
#include "tiny.h"

namespace laurel::test::hub_cache_test {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

// A cache as huggingface_hub makes it: files are links to blobs named by their hash.
static fs::path make_cached(const fs::path& cache) {
  const fs::path model = cache / "models--org--tiny", snapshot = model / "snapshots" / "0a1b2c";
  write_tiny_model(model / "blobs");
  fs::create_directories(snapshot);
  fs::create_directories(model / "refs");
  for (const char* name :
       {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}) {
    fs::create_symlink(fs::path("../../blobs") / name, snapshot / name);
  }
  write_file(model / "refs" / "main", "0a1b2c\n");
  return snapshot;
}

TEST(HubCache, NamesResolveThroughRefsMain) {
  const Scratch cache;
  const fs::path snapshot = make_cached(cache.path);
  EXPECT_EQ(resolve_model("org/tiny", cache.path), snapshot);
  const ModelFolder model = open_model(from(snapshot));
  EXPECT_TRUE(model.keep_head);
  EXPECT_NO_THROW(load_model(model, false));
}

TEST(HubCache, MissingModelsSayHowToDownloadThem) {
  const Scratch cache;
  EXPECT_THAT(
      error_of(ErrorKind::model, [&] { resolve_model("org/none", cache.path); }),
      AllOf(HasSubstr("org/none: found neither such a folder nor"),
            HasSubstr("hf download org/none"), HasSubstr("huggingface-cli download org/none")));
}

TEST(HubCache, IncompleteDownloadsAreErrors) {
  const Scratch cache;
  const fs::path model = cache.path / "models--org--tiny";
  make_cached(cache.path);
  for (const char* revision : {"", "../../etc", "ffff"}) {
    write_file(model / "refs" / "main", revision);
    EXPECT_THAT(error_of(ErrorKind::model, [&] { resolve_model("org/tiny", cache.path); }),
                AllOf(HasSubstr("is not a complete download of org/tiny"),
                      HasSubstr("hf download org/tiny")));
  }
}

TEST(HubCache, FoldersTakePrecedenceAndOtherPathsAreErrors) {
  const Scratch scratch;
  write_file(scratch.path / "file", "");
  EXPECT_EQ(resolve_model(scratch.path.string(), "nowhere"), scratch.path);
  EXPECT_THAT(error_of(ErrorKind::model, [&] { resolve_model((scratch.path / "file").string()); }),
              HasSubstr("found a file, expected the folder of a model"));
  EXPECT_THAT(error_of(ErrorKind::model, [&] { resolve_model("/no/such/place"); }),
              HasSubstr("/no/such/place: no such folder, and not the name of a Hub model"));
}

TEST(HubCache, ASlipInAFoldersNameShowsWhatLiesBesideIt) {
  const Scratch scratch;
  std::filesystem::create_directories(scratch.path / "pairs");
  std::filesystem::create_directories(scratch.path / "ratings");
  EXPECT_THAT(error_of(ErrorKind::model, [&] { resolve_model((scratch.path / "pair").string()); }),
              AllOf(HasSubstr("pair: no such folder; folders of"), HasSubstr(": pairs, ratings")));
}

TEST(HubCache, ARunFolderResolvesToItsFinalModel) {
  const Scratch run;
  write_file(run.path / "laurel.json", "{}");
  const auto problem = [&] {
    return error_of(ErrorKind::model, [&] { resolve_model(run.path.string()); });
  };
  EXPECT_EQ(problem(), run.path.string() +
                           ": is the folder of a run that has not finished (no final/) and has no "
                           "checkpoint; finish it with: laurel train CONFIG --set run.resume=auto");
  for (const char* name : {"step-00000002", "step-00000004"})
    fs::create_directories(run.path / "checkpoints" / name);
  EXPECT_EQ(problem(), run.path.string() +
                           ": is the folder of a run that has not finished (no final/); finish it "
                           "with: laurel train CONFIG --set run.resume=auto, or name its newest "
                           "checkpoint: " +
                           (run.path / "checkpoints" / "step-00000004").string());
  fs::create_directory(run.path / "final");
  EXPECT_EQ(resolve_model(run.path.string()), run.path / "final");
}

TEST(NotAModel, AFolderOfModelsNamesOneOfThem) {
  const Scratch scratch;
  for (const char* name : {"step-00000002", "step-00000004"}) write_tiny_model(scratch.path / name);
  EXPECT_EQ(error_of(ErrorKind::model, [&] { open_model(from(scratch.path)); }),
            scratch.path.string() +
                ": found no config.json but 2 folders with one, expected the folder of one model; "
                "name one of them, for example " +
                (scratch.path / "step-00000004").string());
}

TEST(NotAModel, OtherFoldersAreNamedByWhatLiesInThem) {
  const Scratch scratch;
  const auto problem = [&] {
    return error_of(ErrorKind::model, [&] { open_model(from(scratch.path)); });
  };
  EXPECT_THAT(problem(), HasSubstr("found no config.json, expected the folder of a model: "));
  write_file(scratch.path / "model-q4.gguf", "GGUF");
  EXPECT_THAT(problem(),
              HasSubstr("found .gguf files, expected config.json and .safetensors files; "
                        "take the model that they were converted from"));
}

TEST(HubCache, NamesFollowTheHubsRules) {
  for (const char* name : {"gpt2", "org/name", "Org-1/na.me_2"}) EXPECT_TRUE(is_hub_name(name));
  for (const char* name :
       {"", "/", "a/b/c", "./a", "../a", "a/", "/a", "a b", "a--b/c", "a/b..c"}) {
    EXPECT_FALSE(is_hub_name(name)) << name;
  }
}

TEST(HubCache, TheEnvironmentNamesTheCacheInTheOrderOfTheHubsOwnClient) {
  ::unsetenv("HF_HUB_CACHE");
  ::unsetenv("HF_HOME");
  ::unsetenv("XDG_CACHE_HOME");
  ::setenv("HOME", "/h", 1);
  EXPECT_EQ(hub_cache_folder(), "/h/.cache/huggingface/hub");
  ::setenv("XDG_CACHE_HOME", "/x", 1);
  EXPECT_EQ(hub_cache_folder(), "/x/huggingface/hub");
  ::setenv("HF_HOME", "/f", 1);
  EXPECT_EQ(hub_cache_folder(), "/f/hub");
  ::setenv("HF_HUB_CACHE", "/c", 1);
  EXPECT_EQ(hub_cache_folder(), "/c");
}

TEST(HubCache, APickleIsRefusedWithAdvice) {
  const Scratch scratch;
  const std::string file = (scratch.path / "pytorch_model.bin").string();
  write_file(file, "pickle");
  EXPECT_EQ(error_of(ErrorKind::model, [&] { resolve_model(file); }),
            file +
                ": Pickle files can run code and are not read; convert them once in Python: "
                "AutoModel.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER)");
}

}  // namespace laurel::test::hub_cache_test
