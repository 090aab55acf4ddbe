#include "tests/bench/growth/measure.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <span>

#include "tests/bench/growth/configs.hpp"
#include "tests/bench/growth/kinds.hpp"
#include "traces/file/reader.hpp"
#include "traces/file/writer.hpp"

namespace fluxscope::bench {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr std::size_t kLeastRows = 1000;
constexpr std::size_t kMostExperimentRows = 100'000;  // more are refused
constexpr std::size_t kMostAppends = 10'000;          // each takes milliseconds by itself
constexpr int kRepetitions = 3;                       // of what takes less than kShortSeconds
constexpr double kShortSeconds = 0.3;

bool chosen(Words const& names, std::string const& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

double mib(fs::path const& path) {
  if (path.empty() || !fs::exists(path)) return 0;
  double bytes = 0;
  if (fs::is_regular_file(path)) bytes = static_cast<double>(fs::file_size(path));
  if (fs::is_directory(path)) {
    for (auto const& one : fs::directory_iterator(path)) {
      bytes += static_cast<double>(one.file_size());
    }
  }
  return bytes / (1024 * 1024);
}

/// Row by row as a run does, a batch per launch. The rows of a launch lie together, as many for
/// each.
void append_launches(std::string const& path, traces::Trace const& trace) {
  using namespace traces;
  TraceWriter writer(path, trace.run, trace.device, view<OpeningRecords>(trace));
  std::size_t const launches = trace.launches.size();
  for (std::size_t i = 0; i < launches; ++i) {
    auto const share = [&](auto const& rows) {
      return std::span(rows).subspan(rows.size() / launches * i, rows.size() / launches);
    };
    TraceBatch batch;
    batch.launches = share(trace.launches);
    batch.sms = share(trace.sms);
    batch.ctas = share(trace.ctas);
    batch.tiles = share(trace.tiles);
    batch.tile_times = share(trace.tile_times);
    writer.append(batch);
  }
  writer.finish(trace.cases, trace.clock, view<ClosingRecords>(trace));
}

class Bench {
 public:
  explicit Bench(Options const& options) : options_(options) {
    fs::create_directories(options.work);
    std::printf("%-12s %-16s %9s %10s %8s %9s %10s\n", "kind", "command", "rows", "seconds",
                "x time", "peak MiB", "output MiB");
  }

  std::vector<Result> run() {
    for (Kind const& kind : kinds()) {
      for (std::size_t rows = kLeastRows; rows <= options_.most_rows; rows *= 10) {
        if (chosen(options_.kinds, kind.name)) run_trace(kind, rows);
      }
    }
    for (std::size_t rows = kLeastRows; rows <= options_.most_rows; rows *= 10) {
      if (chosen(options_.kinds, "points")) run_sweep(rows);
      if (chosen(options_.kinds, "gates")) run_gates(rows);
      bool const allowed = rows <= kMostExperimentRows;
      if (allowed && chosen(options_.kinds, "experiment")) run_experiment(rows);
    }
    return std::move(results_);
  }

 private:
  [[nodiscard]] std::string file(std::string const& name) const {
    return (fs::path(options_.work) / name).string();
  }

  /// The least of some repetitions; where one goes beyond the limit, larger sizes are not tried.
  void take(std::string const& kind, std::string const& command, std::size_t rows,
            std::string const& output, std::function<std::optional<Cost>()> const& once) {
    auto const key = kind + " " + command;
    if (!chosen(options_.commands, command) || beyond_.contains(key)) return;
    Result result{.kind = kind, .command = command, .rows = rows, .cost = once()};
    for (int i = 1; i < kRepetitions && result.cost && result.cost->seconds < kShortSeconds; ++i) {
      auto const again = once();
      if (again && again->seconds < result.cost->seconds) result.cost = again;
    }
    result.output_mib = mib(output);
    beyond_[key] = !result.cost;
    if (result.cost) beyond_.erase(key);
    auto const& before = seconds_.find(key);
    if (before != seconds_.end() && result.cost)
      result.ratio = result.cost->seconds / before->second;
    if (result.cost) seconds_[key] = result.cost->seconds;
    print(result);
    results_.push_back(result);
  }

  void command(std::string const& kind, std::string const& name, std::size_t rows, Words arguments,
               std::string const& output = {}) {
    arguments.insert(arguments.begin(), options_.program);
    take(kind, name, rows, output, [&] {
      if (!output.empty()) fs::remove_all(output);
      return cost_of(arguments, options_.limit_s);
    });
    if (!output.empty()) fs::remove_all(output);
  }

  void run_trace(Kind const& kind, std::size_t rows) {
    std::string const path = file("trace.h5");
    auto const timed = [](auto const& work) {
      double const begin = processor_seconds();
      work();
      return processor_seconds() - begin;
    };
    auto const write = [&] {
      auto const trace = make_trace(kind, rows);
      return timed([&] { traces::write_trace(path, trace); });
    };
    // Written in any case: the commands need it.
    bool written = false;
    auto const write_once = [&] {
      auto const cost = cost_of(write, options_.limit_s);
      written = cost.has_value();
      return cost;
    };
    take(kind.name, "write", rows, path, write_once);
    if (!written && !write_once()) return;
    if (kind.name == std::string("launches") && rows <= kMostAppends) {
      take(kind.name, "append", rows, path, [&] {
        auto const append = [&] {
          auto const trace = make_trace(kind, rows);
          return timed([&] { append_launches(path, trace); });
        };
        return cost_of(append, options_.limit_s);
      });
    }
    take(kind.name, "read", rows, {}, [&] {
      return cost_of([&] { return timed([&] { static_cast<void>(traces::read_trace(path)); }); },
                     options_.limit_s);
    });
    for (char const* format : {"json", "html", "md"}) {
      std::string const out = file(std::string("report.") + format);
      command(kind.name, std::string("report ") + format, rows, {"report", path, "-o", out}, out);
    }
    command(kind.name, "report --print", rows, {"report", path, "--print"});
    command(kind.name, "compare", rows, {"compare", path, path});
    command(kind.name, "compare json", rows, {"compare", path, path, "--format", "json"});
    command(kind.name, "export perfetto", rows,
            {"export", path, "--to", "perfetto", "-o", file("t.pftrace")}, file("t.pftrace"));
    command(kind.name, "export csv", rows, {"export", path, "--to", "csv", "-o", file("csv")},
            file("csv"));
    fs::remove(path);
  }

  void run_sweep(std::size_t rows) {
    std::string const config = file("sweep.toml");
    write_sweep_config(config, rows);
    command("points", "sweep", rows, {"sweep", config, "-o", file("sweep.h5")}, file("sweep.h5"));
    if (!chosen(options_.commands, "merge")) return;
    Words merge = {"merge"};
    for (int shard = 0; shard < 4; ++shard) {
      merge.push_back(file("part-" + std::to_string(shard) + ".h5"));
      Words const sweep = {options_.program,
                           "sweep",
                           config,
                           "-o",
                           merge[1 + static_cast<std::size_t>(shard)],
                           "--shard",
                           std::to_string(shard) + "/4"};
      if (!cost_of(sweep, options_.limit_s)) return;
    }
    Words const parts = merge;
    merge.insert(merge.end(), {"-o", file("merged.h5")});
    command("points", "merge", rows, merge, file("merged.h5"));
    for (std::size_t i = 1; i < parts.size(); ++i) fs::remove(parts[i]);
  }

  void run_gates(std::size_t rows) {
    write_gates_config(file("gates.toml"), rows);
    command("gates", "simulate", rows,
            {"simulate", file("gates.toml"), "--gpu", "h200", "-o", file("simulated.h5")},
            file("simulated.h5"));
  }

  void run_experiment(std::size_t rows) {
    write_experiment_config(file("experiment.toml"), rows);
    command("experiment", "simulate", rows,
            {"simulate", file("experiment.toml"), "--gpu", "h200", "-o", file("simulated.h5")},
            file("simulated.h5"));
  }

  static void print(Result const& result) {
    std::printf("%-12s %-16s %9zu ", result.kind.c_str(), result.command.c_str(), result.rows);
    if (!result.cost) {
      std::printf("beyond the limit\n");
    } else {
      std::printf("%10.3f %8s %9.0f %10.1f\n", result.cost->seconds,
                  result.ratio ? std::to_string(*result.ratio).substr(0, 5).c_str() : "-",
                  result.cost->peak_mib, result.output_mib);
    }
    std::fflush(stdout);
  }

  Options const& options_;
  std::vector<Result> results_;
  std::map<std::string, double> seconds_;  // of the size before, by kind and command
  std::map<std::string, bool> beyond_;
};

}  // namespace

std::vector<Result> measure_growth(Options const& options) { return Bench(options).run(); }

bool grows_well(std::vector<Result> const& results) {
  return std::all_of(results.begin(), results.end(), [](Result const& one) {
    return one.cost && (!one.ratio || *one.ratio <= kMostPerDecade);
  });
}

}  // namespace fluxscope::bench
