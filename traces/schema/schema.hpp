#pragma once
// Schema v1: all tables and attribute groups.

#include "traces/schema/column.hpp"

namespace fluxscope::traces {

inline constexpr std::string_view kSchemaName = "fluxscope-trace";
inline constexpr std::string_view kSchemaVersion = "1.4.0";
inline constexpr int kSchemaMajor = 1;
inline constexpr int kSchemaMinor = 4;
/// From this minor version on, files carry digests of their columns and attributes.
inline constexpr int kMinorWithDigests = 2;

/// The table of one record struct. Defined for every type of Records.
template <class Record>
[[nodiscard]] Table<Record> const& table();

/// The attributes of RunInfo, DeviceInfo or ClockInfo.
template <class Info>
[[nodiscard]] AttributeGroup<Info> const& attributes();

/// Calls visit(table) for every table, in the order of Records: ids before their use.
template <class Visit>
void for_each_table(Visit&& visit) {
  for_each_type(Records{}, [&]<class Record>() { visit(table<Record>()); });
}

template <class Visit>
void for_each_attribute_group(Visit&& visit) {
  visit(attributes<RunInfo>());
  visit(attributes<DeviceInfo>());
  visit(attributes<ClockInfo>());
}

}  // namespace fluxscope::traces
