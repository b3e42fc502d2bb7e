// Best of N as a table.
#pragma once

#include <string>

#include "eval/best_of_n.h"

namespace laurel {

// A line for each N, and whether the score turns beyond chance.
std::string best_of_n_table(const BestOfN& found);

}  // namespace laurel
