#include "sim/times/table.hpp"

#include <map>
#include <tuple>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/statistics.hpp"
#include "base/text/printable.hpp"
#include "plan/layer/layer_plan.hpp"
#include "plan/layer/size.hpp"
#include "sim/times/dialect.hpp"

namespace fluxscope::sim {
namespace {

auto case_key(TimedRow const& row) {
  return std::tuple(row.phase, row.batch, row.q_len, row.kv_len, row.shape.q_heads,
                    row.shape.kv_heads, row.shape.head_dim, row.window_tokens, row.causal);
}

/// What a plan of the row would be refused for.
void expect_plannable_row(TimedRow const& row, std::string const& where) {
  try {
    plan::validate(row.shape, plan::Phase::prefill);
  } catch (InputError const& error) {
    throw InputError(where + error.what());
  }
  if (row.q_len > row.kv_len) {
    throw InputError(where + "q_len = " + std::to_string(row.q_len) + " is above kv_len = " +
                     std::to_string(row.kv_len) + " (kv_len counts the queries' own tokens too).");
  }
  plan::expect_plannable({.phase = row.phase,
                          .shape = row.shape,
                          .requests = row.batch,
                          .q_len = row.q_len,
                          .kv_len = row.kv_len},
                         1, where.substr(0, where.size() - 2));
}

class Reading {
 public:
  explicit Reading(Repeats repeats) : repeats_(repeats) {}

  void file(std::string const& path) {
    table_.paths.push_back(path);
    CsvReader reader(path, limits::kTimesBytes);
    auto const dialect = dialect_of(reader);
    std::vector<std::string> cells;
    std::size_t const before = table_.rows.size();
    while (reader.next(cells)) {
      TimedRow row = dialect->row(cells, reader.where());
      row.file = static_cast<std::int32_t>(table_.paths.size()) - 1;
      row.line = reader.line();
      expect_plannable_row(row, reader.where());
      note_kernel(dialect->kernel(cells), reader.where());
      add(row, reader.where());
    }
    if (table_.rows.size() > before) return;
    throw InputError(reader.where() + "no rows (a fit needs measured times). Add some.");
  }

  TimesTable take() {
    for (std::size_t i = 0; i < table_.rows.size(); ++i) table_.rows[i].time_ns = median(times_[i]);
    return std::move(table_);
  }

 private:
  void note_kernel(std::string const& kernel, std::string const& where) {
    if (kernel.empty()) return;
    if (table_.kernel.empty()) table_.kernel = kernel;
    if (table_.kernel == kernel) return;
    throw InputError(where + "a row of kernel " + in_quotes(kernel) + " after rows of " +
                     in_quotes(table_.kernel) +
                     " (a fit is of one kernel) give a table for each kernel.");
  }

  void add(TimedRow const& row, std::string const& where) {
    auto const [found, is_new] = index_.try_emplace(case_key(row), table_.rows.size());
    if (is_new) {
      if (table_.rows.size() >= limits::kTimedRows) {
        throw InputError(where + "more than " + std::to_string(limits::kTimedRows) +
                         " cases (a fit chooses a few hundred) give fewer.");
      }
      table_.rows.push_back(row);
      times_.push_back({row.time_ns});
      return;
    }
    if (repeats_ == Repeats::refuse) {
      throw InputError(where + "the case of " + table_.where(table_.rows[found->second]) +
                       "is given twice (which time holds is not said) remove one, or give " +
                       "--repeats median.");
    }
    times_[found->second].push_back(row.time_ns);
  }

  Repeats repeats_;
  TimesTable table_;
  std::vector<std::vector<double>> times_;  // [rows]
  std::map<decltype(case_key(TimedRow{})), std::size_t> index_;
};

}  // namespace

std::string TimesTable::where(TimedRow const& row) const {
  return paths[static_cast<std::size_t>(row.file)] + ":" + std::to_string(row.line) + ": ";
}

TimesTable read_times(std::vector<std::string> const& paths, Repeats repeats) {
  Reading reading(repeats);
  for (std::string const& path : paths) reading.file(path);
  return reading.take();
}

}  // namespace fluxscope::sim
