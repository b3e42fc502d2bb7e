// Aggregates the scores of several annotators into the ratings that are trained on.
#pragma once

#include <string>
#include <vector>

#include "data/sources/label_changes.h"
#include "data/sources/source.h"

namespace laurel {

// The names of a source's attributes; {""} where it has one score without a name.
std::vector<std::string> attribute_names(const SourceOptions& options);

// Throws Error (data) if no training row (without those, no evaluation row) labels an attribute.
void check_attributes_labelled(const Split& train, const Split& eval, const SourceOptions& options);

// Names of the annotators of each file, of the training rows or, without those, of the evaluation
// rows.
using AnnotatorsOfFiles = std::vector<std::vector<std::string>>;

// Adds to `changes` what the options say of ratings of training rows: scales by annotator, what the
// scores of each row become, attribute_weights. Those of evaluation rows stay their mean. With
// changes.gathers, some row has annotators' scores. Returns notes: agreement of annotators, what is scaled.
// Throws Error (data) if annotators are to be scaled and a row does not name them.
std::vector<std::string> aggregate_ratings(const Split& train, const Split& eval,
                                           const AnnotatorsOfFiles& annotators,
                                           const SourceOptions& options, LabelChanges& changes);

}  // namespace laurel
