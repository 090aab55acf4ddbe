#include "analysis/verdict/kv_tree.hpp"

#include <gtest/gtest.h>

#include <random>
#include <tuple>

namespace fluxscope::analysis {
namespace {

using Point = KvTree::Point;

struct Draw {
  std::int64_t least = 0;
  std::int64_t most = 0;
  bool one_ratio = false;  ///< blocks follow bytes, as those of one model do
};

std::vector<Point> random_points(unsigned seed, std::size_t count, Draw const& draw) {
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> amount(draw.least, draw.most);
  std::uniform_int_distribution<int> time(0, 20);
  std::vector<Point> points(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto const bytes = amount(random);
    points[i] = {{bytes, draw.one_ratio ? bytes / 16 : amount(random)},
                 static_cast<double>(time(random)),
                 i};
  }
  return points;
}

auto rank(Point const& point, KvAmount const& of) {
  double const difference = kv_difference(of, point.kv);
  bool const unequal = difference > kEqualKvTolerance;
  return std::make_tuple(unequal, unequal ? difference : 0.0, point.time_ns, point.row);
}

void expect_like_a_search(std::vector<Point> const& points, std::vector<Point> const& asked) {
  KvTree const tree(points);
  for (Point const& one : asked) {
    auto const nearest = tree.nearest(one.kv);
    ASSERT_EQ(nearest.has_value(), !points.empty());
    std::vector<std::uint32_t> equal;
    auto const* want = points.data();
    for (Point const& point : points) {
      if (rank(point, one.kv) < rank(*want, one.kv)) want = &point;
      if (kv_difference(point.kv, one.kv) <= kEqualKvTolerance) equal.push_back(point.row);
    }
    EXPECT_EQ(tree.equal_to(one.kv), equal);
    if (!nearest) continue;
    EXPECT_EQ(nearest->row, want->row);
    EXPECT_EQ(std::make_tuple(nearest->unequal, nearest->difference, nearest->time_ns, want->row),
              rank(*want, one.kv));
  }
}

// From crowds of equal amounts over those within 1 % of each other to amounts far apart; zero and
// negative ones, which no trace should hold, too.
TEST(KvTree, FindsTheRowsThatASearchThroughAllRowsFinds) {
  std::vector<Draw> const draws = {
      {0, 3},         {-4, 4}, {900, 1100},        {10'000, 11'000},
      {1, 1'000'000}, {0, 0},  {1, 100'000, true}, {1'000'000'000'000, 1'020'000'000'000}};
  unsigned seed = 0;
  for (Draw const& draw : draws) {
    for (std::size_t const count : {0, 1, 7, 9, 100, 700}) {
      expect_like_a_search(random_points(seed, count, draw), random_points(seed + 1, 60, draw));
      seed += 2;
    }
  }
}

TEST(KvTree, FindsThemWhereOneAmountIsTheSameEverywhere) {
  for (std::int64_t const bytes : {0, 500, 100'000}) {
    auto points = random_points(1, 400, {1, 1000});
    for (Point& point : points) point.kv.bytes = bytes;
    expect_like_a_search(points, random_points(2, 100, {1, 1000}));
  }
}

}  // namespace
}  // namespace fluxscope::analysis
