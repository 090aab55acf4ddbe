#include "sim/predict/predict_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/parallel_for.hpp"
#include "base/terminal/progress.hpp"
#include "base/text/escape.hpp"
#include "runs/cases/plan.hpp"
#include "sim/device/interval.hpp"
#include "sim/device/layer_times.hpp"
#include "sim/device/simulate.hpp"
#include "sim/predict/idle_time.hpp"
#include "sim/predict/same_times.hpp"

namespace fluxscope::sim {
namespace {

constexpr char kOutputColumns[] = "predicted_us,lo_us,hi_us,tail_area,balance_saving_us,provenance";
constexpr std::size_t kRowsAtOnce = 256;  // of what one core does in a go

plan::LaunchOp op_of(plan::Phase phase) {
  return phase == plan::Phase::prefill ? plan::LaunchOp::prefill : plan::LaunchOp::decode;
}

/// body(i) for i in [0, count), in goes.
template <class Body>
void in_parallel(std::size_t count, Body const& body) {
  parallel_for((count + kRowsAtOnce - 1) / kRowsAtOnce, [&](std::size_t go) {
    std::size_t const end = std::min(count, (go + 1) * kRowsAtOnce);
    for (std::size_t i = go * kRowsAtOnce; i < end; ++i) body(i);
  });
}

std::int64_t count_rows(std::string const& path) {
  LineReader lines(path, limits::kCaseTableBytes);
  std::int64_t rows = -1;  // the header is none
  for (std::string line; lines.next(line);) rows += line.empty() ? 0 : 1;
  return std::max<std::int64_t>(rows, 0);
}

struct Row {
  CaseRow given;
  std::string cells;  // as the output begins
  std::string where;
  DeviceProfile const* profile = nullptr;
  CaseRow rounded;
  std::string key;
  CasePrediction prediction;
};

/// What is known of rows of one key.
struct Known {
  CasePrediction prediction;
  bool refused = false;  // in whole blocks; fewer tokens may do
};

class Predictor {
 public:
  Predictor(std::string const& path, DeviceProfile const& profile, PredictOptions const& options)
      : profile_(profile),
        options_(options),
        file_(path, limits::kCaseTableBytes),
        parser_(file_) {}

  [[nodiscard]] std::string header() const {
    return joined(file_.columns()) + kOutputColumns + "\n";
  }
  [[nodiscard]] PredictedRows const& done() const { return done_; }

  /// The next rows; false where there are none.
  bool block(std::string& text) {
    std::vector<Row> rows = read();
    if (rows.empty()) return false;
    in_parallel(rows.size(), [&](std::size_t i) {
      rows[i].rounded = in_whole_blocks(rows[i].given, rows[i].profile->slots());
      rows[i].key = key_of(rows[i].rounded);
    });
    simulate_new(rows);
    take_known(rows);
    std::vector<std::string> lines(rows.size());
    in_parallel(rows.size(), [&](std::size_t i) { lines[i] = line_of(rows[i]); });
    for (std::string const& line : lines) text += line;
    done_.rows += static_cast<std::int64_t>(rows.size());
    return true;
  }

 private:
  static std::string joined(std::vector<std::string> const& cells) {
    std::string line;
    for (std::string const& cell : cells) line += csv_cell(cell) + ",";
    return line;
  }

  std::vector<Row> read() {
    std::vector<Row> rows;
    std::vector<std::string> cells;
    while (rows.size() < options_.block_rows && file_.next(cells)) {
      Row row;
      row.cells = joined(cells);
      row.where = file_.where();
      row.given = parser_.row(cells, row.where);
      row.profile = &profile_of(row.given, row.where);
      rows.push_back(std::move(row));
    }
    return rows;
  }

  DeviceProfile const& profile_of(CaseRow const& row, std::string const& where) {
    if (row.kernel.empty()) return profile_;
    auto const key = std::pair(row.phase, row.kernel);
    auto found = profiles_.find(key);
    if (found == profiles_.end()) {
      found = profiles_.emplace(key, with_kernel(profile_, row, where + "kernel")).first;
    }
    return found->second;
  }

  void simulate_new(std::vector<Row> const& rows) {
    if (known_.size() > options_.remembered) known_.clear();
    std::vector<Row const*> unknown;
    for (Row const& row : rows) {
      if (known_.try_emplace(row.key).second) unknown.push_back(&row);
    }
    std::vector<Known> found(unknown.size());
    parallel_for(unknown.size(), [&](std::size_t i) {
      try {
        found[i].prediction = predict_case(unknown[i]->rounded, *unknown[i]->profile);
      } catch (InputError const&) {
        found[i].refused = true;
      }
    });
    for (std::size_t i = 0; i < unknown.size(); ++i) known_[unknown[i]->key] = found[i];
    done_.simulated += static_cast<std::int64_t>(unknown.size());
  }

  void take_known(std::vector<Row>& rows) const {
    for (Row& row : rows) {
      Known const& known = known_.at(row.key);
      row.prediction = known.prediction;
      if (!known.refused) continue;
      try {
        row.prediction = predict_case(row.given, *row.profile);
      } catch (InputError const& error) {
        throw InputError(row.where + error.what());
      }
    }
  }

  static std::string line_of(Row const& row) {
    std::string const standing = provenance(*row.profile, row.given.phase, row.given.shape,
                                            row.given.batch, row.given.kv_len);
    RatioInterval const interval =
        prediction_interval(row.profile->phase(row.given.phase), standing);
    double const us = static_cast<double>(row.prediction.time_ps) / 1e6;
    std::string line = row.cells;
    fmt::format_to(std::back_inserter(line), "{:.6f},{:.6f},{:.6f},", us, us * interval.low,
                   us * interval.high);
    if (std::isfinite(row.prediction.tail_area_ratio)) {
      fmt::format_to(std::back_inserter(line), "{:.6f}", row.prediction.tail_area_ratio);
    }
    fmt::format_to(std::back_inserter(line), ",{:.6f},{}\n", row.prediction.balance_saving_us,
                   standing);
    return line;
  }

  DeviceProfile const& profile_;
  PredictOptions const& options_;
  CsvReader file_;
  CaseRowParser parser_;
  std::map<std::pair<plan::Phase, std::string>, DeviceProfile> profiles_;
  std::unordered_map<std::string, Known> known_;  // by key
  PredictedRows done_;
};

}  // namespace

DeviceProfile with_kernel(DeviceProfile profile, CaseRow const& row, std::string const& where) {
  if (!row.kernel.empty()) profile.run(op_of(row.phase), row.kernel, where);
  return profile;
}

CasePrediction predict_case(CaseRow const& row, DeviceProfile const& profile) {
  plan::LayerPlan const plan = layer_plan(row);
  auto const work = runs::plan_case(plan, profile.slots(), profile.spec.memory_bytes);
  auto const times = simulate_layer(work, profile, plan.shape.head_dim, Detail::exits);
  CasePrediction prediction{.time_ps = times.time_ps};
  IdleArea sum;
  for (std::size_t i = 0; i < work.launches.size(); ++i) {
    plan::WorkList const& list = work.launches[i];
    if (plan::op_row(list.op).counted_as != plan::CountedAs::attention) continue;
    LaunchModel const model = profile.launch_model(list.op, plan.shape.head_dim);
    IdleArea const area = idle_area(times.launches[i], model);
    sum.tail_ns += area.tail_ns;
    sum.total_ns += area.total_ns;
    double const end_ps = static_cast<double>(times.launches[i].makespan_ps);
    prediction.balance_saving_us += std::max(0.0, end_ps - level_end_ps(list, model)) / 1e6;
  }
  prediction.tail_area_ratio =
      sum.total_ns > 0 ? static_cast<double>(sum.tail_ns) / static_cast<double>(sum.total_ns)
                       : std::numeric_limits<double>::quiet_NaN();
  return prediction;
}

PredictedRows predict_cases(std::string const& path, DeviceProfile const& profile,
                            OutputFile& output, PredictOptions const& options) {
  expects(options.block_rows >= 1, "a block holds rows");
  Predictor predictor(path, profile, options);
  Progress progress("predict", "rows", static_cast<std::size_t>(count_rows(path)));
  output.write(predictor.header());
  for (std::string text; predictor.block(text); text.clear()) {
    output.write(text);
    progress.update(static_cast<std::size_t>(predictor.done().rows));
  }
  if (predictor.done().rows == 0) {
    throw InputError(path +
                     ":1: no cases (there is nothing below the header). Add a row per case.");
  }
  return predictor.done();
}

FileKind predictions_kind() {
  FileKind kind{.name = "a table of predictions", .holds = kOutputColumns};
  for (CaseColumn const& column : case_columns()) kind.begins.emplace_back(column.name);
  return kind;
}

}  // namespace fluxscope::sim
