#include "tests/traces/random_trace.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

namespace fluxscope::testing {
namespace {

using namespace fluxscope::traces;  // NOLINT: this file is about nothing else

constexpr std::int32_t kSms = 132;

class Maker {
 public:
  Maker(std::uint64_t seed, std::size_t rows) : random_(seed), rows_(rows) {}

  std::uint64_t up_to(std::uint64_t last) {
    return std::uniform_int_distribution<std::uint64_t>(0, last)(random_);
  }

  template <class Record>
  void fill(Column<Record> const& column, std::size_t row, Record& record) {
    std::visit([&](auto member) { set(record.*member, column.rule, column.one_of, row); },
               column.member);
  }

 private:
  void set(std::string& text, Rule, Texts one_of, std::size_t row) {
    if (!one_of.empty()) {
      text = std::string(one_of[up_to(one_of.size() - 1)]);
      return;
    }
    // Row numbers keep names unique. Non-ASCII letters, quotes and line ends must survive.
    static constexpr std::array kEnds = {"", "a", "\"q\", b", "Grüße", "line\nline", "x#y"};
    text = std::to_string(row) + kEnds[up_to(kEnds.size() - 1)];
  }
  void set(bool& flag, Rule, Texts, std::size_t) { flag = up_to(1) == 1; }

  template <class Field>
  requires std::is_floating_point_v<Field>
  void set(Field& value, Rule rule, Texts, std::size_t) {
    double const high = rule == Rule::share ? 1 : 1e9;
    value = static_cast<Field>(std::uniform_real_distribution<double>(0, high)(random_));
    if (rule == Rule::positive) value += 1;
    if (rule == Rule::finite_or_missing && up_to(1) == 1) value = -value;
    if (may_be_nan(rule) && up_to(9) == 0) value = std::numeric_limits<Field>::quiet_NaN();
  }

  template <class Field>
  requires std::is_integral_v<Field>
  void set(Field& value, Rule rule, Texts, std::size_t row) {
    switch (rule) {
      case Rule::row_index:
        value = static_cast<Field>(row);
        return;
      case Rule::case_id:
      case Rule::launch_id:
      case Rule::row_id:
      case Rule::step_id:
        value = static_cast<Field>(up_to(rows_ - 1));
        return;
      case Rule::sm:
        value = static_cast<Field>(up_to(kSms - 1));
        return;
      case Rule::case_id_or_none:
        value = static_cast<Field>(up_to(9) == 0 ? kNoRow : up_to(rows_ - 1));
        return;
      case Rule::index_or_none:
        value = up_to(9) == 0 ? static_cast<Field>(kNoRow) : static_cast<Field>(up_to(1000));
        return;
      default: {
        auto const most = static_cast<std::uint64_t>(std::numeric_limits<Field>::max());
        bool const amount = rule == Rule::not_negative;
        value =
            static_cast<Field>(up_to(amount ? std::min<std::uint64_t>(most, kMaxAmount) : most));
      }
    }
    if (rule == Rule::time || rule == Rule::time_or_missing) {
      std::int64_t const ns = static_cast<std::int64_t>(up_to(2 * kMaxTimeNs)) - kMaxTimeNs;
      value = static_cast<Field>(ns);
      if constexpr (std::is_same_v<Field, std::int64_t>) {
        if (rule == Rule::time_or_missing && up_to(9) == 0) value = kMissingNs;
      }
    }
  }

  std::mt19937_64 random_;
  std::size_t rows_;
};

template <class Record>
void order_times(Table<Record> const& table, Record& record) {
  for (auto const& [begin, end] : table.intervals) {
    if (record.*begin != kMissingNs && record.*end != kMissingNs && record.*begin > record.*end) {
      std::swap(record.*begin, record.*end);
    }
  }
}

template <class Field>
bool same_field(Field const& a, Field const& b) {
  if constexpr (std::is_same_v<Field, std::string>) {
    return a == b;
  } else {
    return std::memcmp(&a, &b, sizeof a) == 0;
  }
}

template <class Record>
::testing::AssertionResult same_columns(std::vector<Column<Record>> const& columns,
                                        std::string_view where, std::span<Record const> got,
                                        std::span<Record const> want) {
  if (got.size() != want.size()) {
    return ::testing::AssertionFailure()
           << where << ": " << got.size() << " rows, want " << want.size();
  }
  for (auto const& column : columns) {
    for (std::size_t i = 0; i < got.size(); ++i) {
      bool const same = std::visit(
          [&](auto member) { return same_field(got[i].*member, want[i].*member); }, column.member);
      if (!same) {
        return ::testing::AssertionFailure() << where << "/" << column.name << " row " << i;
      }
    }
  }
  return ::testing::AssertionSuccess();
}

}  // namespace

Trace random_trace(std::uint64_t seed, std::size_t rows) {
  Maker maker(seed, rows);
  Trace trace;
  for_each_attribute_group([&](auto const& group) {
    for (auto const& column : group.columns) maker.fill(column, 0, trace.*group.info);
  });
  trace.device.sm_count = kSms;
  for_each_table([&]<class Record>(Table<Record> const& table) {
    auto& records = rows_of<Record>(trace);
    records.resize(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      for (auto const& column : table.columns) maker.fill(column, row, records[row]);
      order_times(table, records[row]);
    }
  });
  // Rules that concern two tables or two columns without being times.
  for (auto& launch : trace.launches) launch.grid_ctas = 1 + launch.grid_ctas / 2;
  auto const into_grid = [&](auto& records) {
    for (auto& record : records) {
      record.cta %= static_cast<std::uint32_t>(trace.launches[record.launch_id].grid_ctas);
    }
  };
  into_grid(trace.ctas);
  into_grid(trace.work);
  into_grid(trace.warps);
  for (auto& warp : trace.warps) {
    if (warp.in_cyc > warp.out_cyc) std::swap(warp.in_cyc, warp.out_cyc);
  }
  return trace;
}

::testing::AssertionResult same_trace(Trace const& got, Trace const& want) {
  ::testing::AssertionResult result = ::testing::AssertionSuccess();
  for_each_attribute_group([&]<class Info>(AttributeGroup<Info> const& group) {
    if (!result) return;
    result = same_columns<Info>(group.columns, group.group, std::span(&(got.*group.info), 1),
                                std::span(&(want.*group.info), 1));
  });
  for_each_table([&]<class Record>(Table<Record> const&) {
    if (!result) return;
    result = same_rows<Record>(rows_of<Record>(got), rows_of<Record>(want));
  });
  return result;
}

template <class Record>
::testing::AssertionResult same_rows(std::span<Record const> got, std::span<Record const> want) {
  return same_columns<Record>(table<Record>().columns, table<Record>().group, got, want);
}

template ::testing::AssertionResult same_rows(std::span<LaunchRecord const>,
                                              std::span<LaunchRecord const>);
template ::testing::AssertionResult same_rows(std::span<SmRecord const>, std::span<SmRecord const>);
template ::testing::AssertionResult same_rows(std::span<CtaRecord const>,
                                              std::span<CtaRecord const>);

}  // namespace fluxscope::testing
