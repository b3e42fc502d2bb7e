// Starts fork_server for a process of tests.
#pragma once

#include <string>

namespace laurel {

// What runs laurel: with `limits`, which hold from the start of a process, build/laurel; else its
// fork_client, whose server is started at the first call and ends with this process.
std::string program_under(const std::string& limits);

}  // namespace laurel
