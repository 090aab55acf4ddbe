// The column declarations cover the record structs, each field once.

#include "traces/schema/schema.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

namespace fluxscope::testing {
namespace {

struct AnyField {
  template <class T>
  operator T() const;  // NOLINT: stands for every field's type
};

// Number of fields of an aggregate: the most initializers that it takes.
template <class Record, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires { Record{(static_cast<void>(I), AnyField{})...}; };
}

template <class Record, std::size_t N = 64>
constexpr std::size_t field_count() {
  if constexpr (takes<Record>(std::make_index_sequence<N>{})) {
    return N;
  } else {
    return field_count<Record, N - 1>();
  }
}

template <class Columns>
void expect_distinct(Columns const& columns, std::string const& where) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    EXPECT_TRUE(names.insert(std::string(columns[i].name)).second) << where << columns[i].name;
    EXPECT_FALSE(columns[i].units.empty()) << where << columns[i].name;
    EXPECT_FALSE(columns[i].long_name.empty()) << where << columns[i].name;
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_FALSE(columns[i].member == columns[j].member)
          << where << columns[i].name << " and " << columns[j].name << " are one field";
    }
  }
}

TEST(Schema, EveryFieldOfEveryRecordIsOneColumn) {
  traces::for_each_table([]<class Record>(traces::Table<Record> const& table) {
    EXPECT_EQ(table.columns.size(), field_count<Record>()) << table.group;
    expect_distinct(table.columns, std::string(table.group) + "/");
  });
}

TEST(Schema, EveryFieldOfEveryInfoIsOneAttribute) {
  traces::for_each_attribute_group([]<class Info>(traces::AttributeGroup<Info> const& group) {
    EXPECT_EQ(group.columns.size(), field_count<Info>()) << group.group;
    expect_distinct(group.columns, std::string(group.group) + "@");
  });
}

TEST(Schema, EveryRecordOfTheListHasAGroupOfItsOwn) {
  std::set<std::string_view> groups;

  traces::for_each_type(traces::Records{}, [&]<class Record>() {
    auto const& table = traces::table<Record>();
    EXPECT_TRUE(table.group.starts_with('/')) << table.group;
    EXPECT_FALSE(table.columns.empty()) << table.group;
    EXPECT_TRUE(groups.insert(table.group).second) << table.group << " is the group of two tables";
  });

  EXPECT_EQ(groups.size(), traces::Records::kSize);
}

// Rows put in by type are those that the name shows.
TEST(Schema, TheRowsOfARecordHaveAName) {
  traces::Trace trace;

  traces::rows_of<traces::CtaRecord>(trace).resize(3);
  traces::rows_of<traces::LossRecord>(trace).resize(2);

  EXPECT_EQ(trace.ctas.size(), 3u);
  EXPECT_EQ(trace.losses.size(), 2u);
  auto const batch = traces::view<traces::RunningRecords>(trace);
  EXPECT_EQ(batch.ctas.data(), trace.ctas.data());
  EXPECT_EQ(batch.ctas.size(), 3u);
}

TEST(Schema, TheVersionIsWrittenAsItIsCompared) {
  EXPECT_EQ(traces::kSchemaVersion, std::to_string(traces::kSchemaMajor) + "." +
                                        std::to_string(traces::kSchemaMinor) + ".0");
}

// The first column says how many rows a table has, so it is as old as its table.
TEST(Schema, NothingIsNewerThanTheSchemaNorOlderThanItsTable) {
  traces::for_each_table([](auto const& table) {
    EXPECT_EQ(table.columns.front().since.minor, table.since.minor) << table.group;
    for (auto const& column : table.columns) {
      EXPECT_LE(column.since.minor, traces::kSchemaMinor) << column.name;
      EXPECT_GE(column.since.minor, table.since.minor) << column.name;
    }
  });
}

template <class Record>
void expect_ranges(std::vector<traces::Column<Record>> const& columns) {
  for (auto const& column : columns) {
    bool const is_float = std::holds_alternative<double Record::*>(column.member) ||
                          std::holds_alternative<float Record::*>(column.member);
    EXPECT_FALSE(is_float && column.rule == traces::Rule::any) << column.name;
  }
}

TEST(Schema, NoFloatMayBeInfinite) {
  traces::for_each_table([](auto const& table) { expect_ranges(table.columns); });
  traces::for_each_attribute_group([](auto const& group) { expect_ranges(group.columns); });
}

TEST(Schema, TimesAreInNanosecondsAndCyclesInCycles) {
  traces::for_each_table([](auto const& table) {
    for (auto const& column : table.columns) {
      if (column.name.ends_with("_ns")) {
        EXPECT_EQ(column.units, "ns") << column.name;
      }
      if (column.name.ends_with("_cyc")) {
        EXPECT_TRUE(column.units.ends_with("cycle")) << column.name;
      }
      if (column.name.starts_with("kv_bytes")) {
        EXPECT_EQ(column.units, "byte") << column.name;
      }
    }
  });
}

}  // namespace
}  // namespace fluxscope::testing
