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

// 18 vectors, 3 infos and `complete`.
TEST(Schema, EveryTableOfATraceIsVisited) {
  std::set<std::string> groups;

  traces::for_each_table([&](auto const& table) { groups.insert(std::string(table.group)); });

  EXPECT_EQ(groups.size() + 3 + 1, field_count<traces::Trace>());
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
