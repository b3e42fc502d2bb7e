// How long the rows of a source are before any is dropped or cut, and what model.over_length would
// make of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/sources/encode_example.h"
#include "data/sources/source.h"

namespace laurel {

class LengthTally {
 public:
  // Of a row that was tokenised; `used`: it is not dropped, for whatever reason.
  void add(const EncodedExample& row, bool used);

  // A sentence where more than a twentieth of the rows are dropped for their length; else empty.
  // `rows` names them: "source pairs, train". Throws Error (data) where no row is left.
  std::string warning(const std::string& rows, const LengthOptions& length);

 private:
  std::string quantiles();
  std::string kept_by_others(const LengthOptions& length) const;

  std::vector<int32_t> tokens_;  // by row: of its longest response
  int64_t used_ = 0, dropped_ = 0, prompt_left_ = 0, response_right_ = 0;
};

}  // namespace laurel
