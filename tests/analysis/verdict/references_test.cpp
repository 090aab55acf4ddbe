#include "analysis/verdict/references.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <tuple>

#include "analysis/verdict/comparable.hpp"
#include "analysis/verdict/results.hpp"

namespace fluxscope::analysis {
namespace {

constexpr auto kKind = IntervalKind::samples;
using Rows = std::vector<VerdictRow>;

bool same_shape(VerdictRow const& a, VerdictRow const& b) {
  return a.row.phase == b.row.phase && a.row.batch == b.row.batch && a.row.q_len == b.row.q_len &&
         a.row.kv_len == b.row.kv_len;
}

bool is_of(VerdictRow const& row, char const* level) {
  return row.row.level == level && std::isfinite(row.time_ns);
}

// Three shapes, all levels, amounts that are equal, equal within 1 % and unequal, missing times.
Rows random_rows(unsigned seed) {
  std::mt19937 random(seed);
  auto const below = [&](int count) {
    return std::uniform_int_distribution<int>(0, count - 1)(random);
  };
  Rows rows(80);
  for (VerdictRow& row : rows) {
    row.row.phase = "decode";
    row.row.batch = 1 + below(3);
    row.row.level = std::string(below(3) == 0 ? "full" : below(2) == 0 ? "layer" : "head");
    row.row.policy = std::string(1, static_cast<char>('p' + below(2)));
    row.row.scheduler = std::string(1, static_cast<char>('a' + below(4)));
    row.row.msr_ratio = below(9) == 0 ? std::numeric_limits<double>::quiet_NaN() : below(4) / 4.0;
    row.kv_bytes_selected = 1000 + below(40);
    row.selected_blocks = 100 + below(3);
    row.time_ns = below(8) == 0 ? std::numeric_limits<double>::quiet_NaN() : 100 + below(12);
    row.time_low_ns = row.time_ns * 0.999;
    row.time_high_ns = row.time_ns * 1.001;
  }
  return rows;
}

/// The layer row that a head row is set against, row after row.
std::optional<std::uint32_t> searched_layer(Rows const& rows, VerdictRow const& head) {
  std::optional<std::uint32_t> nearest;
  auto const rank = [&](VerdictRow const& other) {
    double const difference = kv_difference(kv_of(head), kv_of(other));
    bool const unequal = difference > kEqualKvTolerance;
    return std::make_tuple(unequal, unequal ? difference : 0.0,
                           other.row.scheduler != head.row.scheduler, other.time_ns);
  };
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    if (!is_of(rows[i], "layer") || !same_shape(rows[i], head)) continue;
    if (!nearest || rank(rows[i]) < rank(rows[*nearest])) nearest = i;
  }
  return nearest;
}

TEST(References, HeadRowsAreSetAgainstTheLayerRowThatASearchFinds) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    Rows rows = random_rows(seed);
    relate_to_layer(rows, kKind);
    for (VerdictRow const& row : rows) {
      std::optional<std::uint32_t> want;
      if (is_of(row, "head")) want = searched_layer(rows, row);
      ASSERT_EQ(row.layer_row, want) << "seed " << seed;
      if (!want) continue;
      EXPECT_EQ(row.over_layer->value, rows[*want].time_ns / row.time_ns);
    }
  }
}

TEST(References, SpeedUpsAreOverTheFullRowsThatASearchFinds) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    Rows rows = random_rows(seed);
    relate_to_full(rows, kKind);
    for (VerdictRow const& row : rows) {
      std::optional<double> same_ns;
      std::optional<double> best_ns;
      for (VerdictRow const& other : rows) {
        if (!is_of(other, "full") || !same_shape(other, row)) continue;
        if (other.row.scheduler == row.row.scheduler) same_ns = other.time_ns;
        best_ns = std::min(best_ns.value_or(other.time_ns), other.time_ns);
      }
      bool const timed = std::isfinite(row.time_ns);
      ASSERT_EQ(row.speedup_same_scheduler.has_value(), timed && same_ns) << "seed " << seed;
      ASSERT_EQ(row.speedup_best_full.has_value(), timed && best_ns) << "seed " << seed;
      if (timed && same_ns) {
        EXPECT_EQ(*row.speedup_same_scheduler, *same_ns / row.time_ns);
      }
      if (timed && best_ns) {
        EXPECT_EQ(*row.speedup_best_full, *best_ns / row.time_ns);
      }
    }
  }
}

TEST(References, HeadlinesHaveTheHeadRowsThatASearchFinds) {
  std::size_t headlines = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    Rows const rows = random_rows(seed);
    for (auto const& headline : head_against_layer(rows, kKind)) {
      auto const& layer = rows[headline.layer_row];
      double best_ns = std::numeric_limits<double>::infinity();
      double worst_ns = 0;
      for (VerdictRow const& head : rows) {
        if (!is_of(head, "head") || !same_shape(head, layer)) continue;
        if (kv_difference(kv_of(head), kv_of(layer)) > kEqualKvTolerance) continue;
        best_ns = std::min(best_ns, head.time_ns);
        worst_ns = std::max(worst_ns, head.time_ns);
      }
      EXPECT_EQ(rows[headline.head.best_row].time_ns, best_ns) << "seed " << seed;
      EXPECT_EQ(rows[headline.head_worst_row].time_ns, worst_ns) << "seed " << seed;
      ++headlines;
    }
  }
  EXPECT_GT(headlines, 100u);
}

TEST(References, PoliciesAreGroupedAsASearchThroughAllRowsGroupsThem) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    Rows const rows = random_rows(seed);
    std::vector<std::uint32_t> first;  // row of each group
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
      if (!std::isfinite(rows[i].time_ns)) continue;
      bool const known = std::any_of(first.begin(), first.end(), [&](std::uint32_t one) {
        auto const& a = rows[one];
        auto const& b = rows[i];
        return same_shape(a, b) && a.row.policy == b.row.policy && a.row.level == b.row.level &&
               a.row.msr_ratio == b.row.msr_ratio;
      });
      if (!known) first.push_back(i);
    }
    auto const results = policy_results(rows, kKind);
    ASSERT_EQ(results.size(), first.size()) << "seed " << seed;
    for (std::size_t i = 0; i < first.size(); ++i) {
      EXPECT_EQ(rows[results[i].best_row].row.policy, rows[first[i]].row.policy);
      EXPECT_LE(rows[results[i].best_row].time_ns, rows[first[i]].time_ns);
    }
  }
}

}  // namespace
}  // namespace fluxscope::analysis
