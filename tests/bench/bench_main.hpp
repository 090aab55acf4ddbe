#pragma once
// The command line of the benchmarks that print tables.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace fluxscope::bench {

struct BenchProgram {
  std::string name;
  std::string prints;              ///< one sentence
  std::vector<std::string> modes;  ///< options, of which one may be given
};

/// Calls run(mode) with the given mode or the empty text. Returns the exit status: 2 for another
/// command line, 1 where `run` throws. --help runs nothing.
template <class Run>
int bench_main(BenchProgram const& program, int argc, char** argv, Run const& run) {
  std::vector<std::string> const given(argv + 1, argv + argc);
  std::string usage = "usage: " + program.name + " [--help";
  for (std::string const& mode : program.modes) usage += " | " + mode;
  usage += "]\n";
  if (given == std::vector<std::string>{"--help"}) {
    std::printf("%s%s\n", usage.c_str(), program.prints.c_str());
    return 0;
  }
  auto const known = [&](std::string const& option) {
    return std::find(program.modes.begin(), program.modes.end(), option) != program.modes.end();
  };
  if (given.size() > 1 || (given.size() == 1 && !known(given[0]))) {
    std::fprintf(stderr, "%s: '%s' is not one of its options\n%s", program.name.c_str(),
                 given.back().c_str(), usage.c_str());
    return 2;
  }
  try {
    run(given.empty() ? std::string() : given[0]);
  } catch (std::exception const& error) {
    std::fprintf(stderr, "%s: %s\n", program.name.c_str(), error.what());
    return 1;
  }
  return 0;
}

}  // namespace fluxscope::bench
