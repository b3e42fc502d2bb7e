// A model's folder that changes while a run reads it.
#include "checkpoint/small_files.h"

#include "core/files.h"
#include "tiny.h"

namespace laurel::test {

using ::testing::HasSubstr;

TEST(SmallFiles, ThatChangeBetweenTwoReadingsAtTheStartAreAnError) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  const ModelFolder model = open_model(from(scratch.path));
  EXPECT_EQ(error_of(ErrorKind::model, [&] { open_text(model); }), "no error");
  write_file(scratch.path / "chat_template.jinja", "{{ 'two' }}");
  EXPECT_THAT(error_of(ErrorKind::model, [&] { open_text(model); }),
              HasSubstr("changed while it was being read; start again once nothing writes to it"));
}

}  // namespace laurel::test
