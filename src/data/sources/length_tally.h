// How long the rows of a source are before any is dropped or cut, and what model.over_length would
// make of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "data/sources/encode_example.h"
#include "data/sources/source.h"

namespace laurel {

class LengthTally {
 public:
  // Of a row that was tokenised; `used`: it is not dropped, for whatever reason.
  void add(const EncodedExample& row, bool used);
  void add(const LengthTally& other);

  // "tokens of a row, before any is dropped or cut: median 7, ..."; empty where there are no rows.
  std::string note() const;

  // A sentence where more than a twentieth of the rows are dropped for their length; else empty.
  // `rows` names them: "source pairs, train". Throws Error (data) where no row is left.
  std::string warning(const std::string& rows, const LengthOptions& length) const;

  void fields(auto& visit) {
    visit(rows_of_);
    visit(rows_);
    visit(used_);
    visit(dropped_);
    visit(prompt_left_);
    visit(response_right_);
  }

 private:
  int32_t quantile(double part) const;
  std::string quantiles() const;
  std::string kept_by_others(const LengthOptions& length) const;

  std::map<int32_t, int64_t> rows_of_;  // by the tokens of their longest response
  int64_t rows_ = 0, used_ = 0, dropped_ = 0, prompt_left_ = 0, response_right_ = 0;
};

}  // namespace laurel
