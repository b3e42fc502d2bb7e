// Aggregates the scores of several annotators into the ratings that are trained on.
#pragma once

#include <string>
#include <vector>

#include "data/sources/row_loader.h"
#include "data/sources/source.h"

namespace laurel {

// The names of a source's attributes; {""} where it has one score without a name.
std::vector<std::string> attribute_names(const SourceOptions& options);

// Throws Error (data) if no training row (without those, no evaluation row) labels an attribute.
void check_attributes_labelled(const std::vector<LoadedRow>& train,
                               const std::vector<LoadedRow>& eval, const SourceOptions& options);

// Scales ratings of training rows by annotator; aggregates the scores of each row as
// `annotators` says, those of evaluation rows always to their mean; multiplies the weights of
// training rows by attribute_weights. Returns notes: agreement of annotators, what was scaled.
// `files` name rows.
// Throws Error (data) if annotators are to be scaled and a row does not name them.
std::vector<std::string> aggregate_ratings(std::vector<LoadedRow>& train,
                                           std::vector<LoadedRow>& eval,
                                           const SourceOptions& options,
                                           const std::vector<std::string>& files);

}  // namespace laurel
