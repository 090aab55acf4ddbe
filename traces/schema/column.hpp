#pragma once
// The columns of a table, each declared once. The writer, the reader, the validator, the CSV
// exporter and docs/trace_format.md all work from these declarations.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/hdf5/value.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::traces {

/// Where a field lies in its record. bool is stored as u1 (0 or 1), text as u4, a row of /strings.
template <class Record>
using Member =
    std::variant<bool Record::*, std::uint8_t Record::*, std::uint16_t Record::*,
                 std::uint32_t Record::*, std::uint64_t Record::*, std::int32_t Record::*,
                 std::int64_t Record::*, float Record::*, double Record::*, std::string Record::*>;

/// Times lie within +- 2^53 ns (104 days) of the origin, where a double still holds every one.
inline constexpr std::int64_t kMaxTimeNs = std::int64_t{1} << 53;

/// Durations, sizes and counts are at most this, so that sums of many stay exact and finite.
inline constexpr std::int64_t kMaxAmount = std::int64_t{1} << 53;

/// What values a column may hold.
enum class Rule : std::uint8_t {
  any,                      ///< everything; no rule for floats
  row_index,                ///< the row's own number
  case_id,                  ///< a row of /cases
  case_id_or_none,          ///< a row of /cases, kNoRow where there is none
  launch_id,                ///< a row of /launches
  row_id,                   ///< a row of /rows
  step_id,                  ///< a row of /steps
  sm,                       ///< less than device.sm_count, where that is known
  not_negative,             ///< 0 to kMaxAmount; no NaN
  not_negative_or_missing,  ///< the same, NaN where missing
  positive,                 ///< more than 0, up to kMaxAmount; no NaN
  share,                    ///< 0 to 1; no NaN
  finite_or_missing,        ///< neither infinity; NaN where missing
  time,                     ///< never kMissingNs
  time_or_missing,          ///< kMissingNs where missing
  index_or_none,            ///< kNoRow where there is none
};

[[nodiscard]] constexpr bool may_be_no_row(Rule rule) {
  return rule == Rule::index_or_none || rule == Rule::case_id_or_none;
}

/// Whether NaN stands for a missing value.
[[nodiscard]] constexpr bool may_be_nan(Rule rule) {
  return rule == Rule::not_negative_or_missing || rule == Rule::finite_or_missing;
}

/// Texts that an enumeration column may hold; empty: every text.
using Texts = std::span<std::string_view const>;

/// The minor version of the schema whose files are the first to have something. Records of older
/// files get the field's default, unless traces/file/upgrade.hpp knows better.
struct Since {
  int minor = 0;
};

template <class Record>
struct Column {
  std::string_view name;
  std::string_view units;
  std::string_view long_name;
  std::string_view description;
  Member<Record> member;
  Rule rule = Rule::any;
  Texts one_of = {};
  Since since = {};
};

/// One record struct and its group in the file.
template <class Record>
struct Table {
  std::string_view group;  ///< path, e.g. "/clock/sm"
  std::string_view description;
  std::size_t chunk_rows = 1024;
  std::vector<Column<Record>> columns;
  /// Pairs of times with begin <= end wherever both are present.
  std::vector<std::pair<std::int64_t Record::*, std::int64_t Record::*>> intervals = {};
  Since since = {};
};

/// Attributes of one group: RunInfo on "/", DeviceInfo on "/device", ClockInfo on "/clock".
template <class Info>
struct AttributeGroup {
  std::string_view group;
  std::string_view description;
  Info Trace::*info = nullptr;
  std::vector<Column<Info>> columns;
};

/// Element type in the file of the field type at that place in Member.
[[nodiscard]] inline hdf5::Type stored_type_at(std::size_t index) {
  using hdf5::Type;
  constexpr Type kTypes[] = {Type::u8,  Type::u8,  Type::u16, Type::u32, Type::u64,
                             Type::i32, Type::i64, Type::f32, Type::f64, Type::u32};
  return kTypes[index];
}

template <class Record>
[[nodiscard]] hdf5::Type stored_type(Member<Record> const& member) {
  return stored_type_at(member.index());
}

template <class Record>
[[nodiscard]] bool is_text(Column<Record> const& column) {
  return std::holds_alternative<std::string Record::*>(column.member);
}

}  // namespace fluxscope::traces
