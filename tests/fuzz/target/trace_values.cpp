// Values of a trace: a simulated one, changed field by field as the input says, as it would lie in
// memory after a file with other values was decoded. What the checks accept, report and exports
// must bear.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "analysis/report/report.hpp"
#include "plan/experiment/experiment.hpp"
#include "sim/device/profile.hpp"
#include "sim/device/simulate.hpp"
#include "tests/fuzz/refused.hpp"
#include "traces/file/reader.hpp"
#include "traces/schema/schema.hpp"

namespace {

using namespace fluxscope;  // NOLINT: this file is about nothing else

traces::Trace simulated() {
  auto const experiment = plan::load_experiment(FLUXSCOPE_FUZZ_EXPERIMENT);
  auto profile = sim::load_device_profile(FLUXSCOPE_FUZZ_GPU);
  profile.spec.sm_count = 4;  // few rows: a thousand inputs a minute more
  return sim::simulate(experiment, profile);
}

/// An edit is 12 bytes: table, column, row (2 bytes), new bits (8 bytes).
struct Edit {
  std::uint8_t table = 0;
  std::uint8_t column = 0;
  std::uint16_t row = 0;
  std::uint64_t bits = 0;
};
constexpr std::size_t kEditBytes = 12;

Edit edit_at(std::uint8_t const* bytes) {
  Edit edit{.table = bytes[0], .column = bytes[1]};
  std::memcpy(&edit.row, bytes + 2, sizeof edit.row);
  std::memcpy(&edit.bits, bytes + 4, sizeof edit.bits);
  return edit;
}

/// Without an 'n': what is printed is searched for numbers that are none.
void set(std::string& text, std::uint64_t bits) {
  text.assign(reinterpret_cast<char const*>(&bits), sizeof bits);
  std::replace(text.begin(), text.end(), 'n', 'm');
}
void set(bool& flag, std::uint64_t bits) { flag = (bits & 1) != 0; }
template <class Field>
requires std::is_arithmetic_v<Field>
void set(Field& value, std::uint64_t bits) { std::memcpy(&value, &bits, sizeof value); }

template <class Record>
void apply(Edit const& edit, std::vector<traces::Column<Record>> const& columns, Record& record) {
  auto const& column = columns[edit.column % columns.size()];
  std::visit([&](auto member) { set(record.*member, edit.bits); }, column.member);
}

/// A column number of 255 takes the row away instead, 254 doubles it.
template <class Record>
void apply(Edit const& edit, traces::Table<Record> const& table, std::vector<Record>& rows) {
  if (rows.empty()) return;
  auto const row = rows.begin() + static_cast<std::ptrdiff_t>(edit.row % rows.size());
  if (edit.column == 255) {
    rows.erase(row);
  } else if (edit.column == 254) {
    rows.push_back(*row);
  } else {
    apply(edit, table.columns, *row);
  }
}

void apply(Edit const& edit, traces::Trace& trace) {
  constexpr int kGroups = 3;
  int index = 0, wanted = edit.table % (static_cast<int>(traces::Records::kSize) + kGroups);
  traces::for_each_table([&]<class Record>(traces::Table<Record> const& table) {
    if (index++ == wanted) apply(edit, table, traces::rows_of<Record>(trace));
  });
  traces::for_each_attribute_group([&](auto const& group) {
    if (index++ == wanted) apply(edit, group.columns, trace.*group.info);
  });
}

void report_on(traces::Trace const& trace) {
  std::string const label = "changed";
  auto const report = analysis::make_report(std::span(&trace, 1), std::span(&label, 1));
  static_cast<void>(analysis::report_json(report));
  for (auto const& text :
       {analysis::report_markdown(report), analysis::report_terminal(report, true)}) {
    for (char const* number : {" nan", "-nan", " inf", "-inf"}) {
      auto const at = text.find(number);
      if (at != std::string::npos) {
        fuzz::fault("a number that is none is printed: " + text.substr(at < 80 ? 0 : at - 80, 160));
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static traces::Trace const whole = simulated();
  traces::Trace trace = whole;
  for (std::size_t at = 0; at + kEditBytes <= size; at += kEditBytes)
    apply(edit_at(data + at), trace);
  if (fuzz::accepted("changed", [&] { traces::validate(trace, "changed"); })) report_on(trace);
  return 0;
}
