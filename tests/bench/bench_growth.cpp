// What ten times the rows cost, for every command that reads a trace or writes one: 10^3 to 10^6
// rows of one kind at a time. Fails where a decade takes more than kMostPerDecade times the time.

#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/build_info.hpp"
#include "tests/bench/growth/kinds.hpp"
#include "tests/bench/growth/measure.hpp"

namespace fluxscope::bench {
namespace {

void print_help() {
  std::printf(
      "usage: bench_growth PROGRAM [--kind NAME]... [--command NAME]... [--rows N] [--limit S]\n"
      "                    [--work FOLDER] [--json FILE] [--help]\n"
      "Seconds of the processor and peak memory of PROGRAM's commands on 10^3 to N (default 10^6) "
      "rows of each "
      "kind;\nstatus 1 where ten times the rows take more than %.0f times the time, or a command "
      "more than\nS seconds (default 600).\n",
      kMostPerDecade);
  for (Kind const& kind : kinds()) std::printf("  %-12s %s\n", kind.name, kind.what);
  std::printf("  %-12s %s\n", "points", "points of a sweep: sweep, merge");
  std::printf("  %-12s %s\n", "gates", "decisions of a file of gates: simulate");
  std::printf("  %-12s %s\n", "experiment", "rows of an experiment, at most 10^5: simulate");
}

Options parse(int argc, char** argv) {
  Options options;
  std::map<std::string, std::function<void(std::string const&)>> const keys = {
      {"--kind", [&](auto const& text) { options.kinds.push_back(text); }},
      {"--command", [&](auto const& text) { options.commands.push_back(text); }},
      {"--rows", [&](auto const& text) { options.most_rows = std::stoul(text); }},
      {"--limit", [&](auto const& text) { options.limit_s = std::stod(text); }},
      {"--work", [&](auto const& text) { options.work = text; }},
      {"--json", [&](auto const& text) { options.json = text; }}};
  for (int i = 1; i < argc; ++i) {
    std::string const word = argv[i];
    auto const key = keys.find(word);
    if (key != keys.end() && i + 1 < argc) {
      key->second(argv[++i]);
    } else if (options.program.empty() && !word.starts_with("-")) {
      options.program = word;
    } else {
      throw std::invalid_argument("'" + word + "' is not one of its options; see --help");
    }
  }
  if (options.program.empty()) throw std::invalid_argument("no PROGRAM was named; see --help");
  return options;
}

void write_json(std::string const& path, std::vector<Result> const& results) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (Result const& one : results) {
    Json row = {{"kind", one.kind}, {"command", one.command}, {"rows", one.rows}};
    row["seconds"] = one.cost ? Json(one.cost->seconds) : Json(nullptr);
    row["ratio"] = one.ratio ? Json(*one.ratio) : Json(nullptr);
    row["peak_mib"] = one.cost ? Json(one.cost->peak_mib) : Json(nullptr);
    row["output_mib"] = one.output_mib;
    list.push_back(std::move(row));
  }
  Json const object = {{"created", utc_now()}, {"commit", build_info().git_hash}, {"rows", list}};
  std::ofstream file(path);
  file << object.dump(1) << "\n";
  if (!file.flush()) throw std::runtime_error(path + ": cannot be written");
}

int run(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--help") {
    print_help();
    return 0;
  }
  Options options;
  try {
    options = parse(argc, argv);
  } catch (std::exception const& error) {
    std::fprintf(stderr, "bench_growth: %s\n", error.what());
    return 2;
  }
  auto const results = measure_growth(options);
  if (!options.json.empty()) write_json(options.json, results);
  return grows_well(results) ? 0 : 1;
}

}  // namespace
}  // namespace fluxscope::bench

int main(int argc, char** argv) {
  try {
    return fluxscope::bench::run(argc, argv);
  } catch (std::exception const& error) {
    std::fprintf(stderr, "bench_growth: %s\n", error.what());
    return 1;
  }
}
