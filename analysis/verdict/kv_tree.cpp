#include "analysis/verdict/kv_tree.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace fluxscope::analysis {
namespace {

constexpr std::size_t kLeafPoints = 8;
// Differences are rounded: a bound that is not exact leaves so much room.
constexpr double kSlack = 1e-9;

using Bounds = KvTree::Bounds;

Bounds either(Bounds const& a, Bounds const& b) {
  return {std::max(a.low, b.low), std::max(a.high, b.high)};
}

/// Bounds from the differences at both ends of a range; between them it falls to 0 where the
/// range holds `of`.
Bounds between(double at_low, double at_high, bool holds) {
  double const nearest = holds ? 0 : std::min(at_low, at_high);
  return {nearest * (1 - kSlack), std::max(at_low, at_high) * (1 + kSlack)};
}

/// relative_difference(of, x) for x in [low, high].
Bounds to_range(std::int64_t of, std::int64_t low, std::int64_t high) {
  double const at_low = relative_difference(of, low);
  if (low == high) return {at_low, at_low};
  if (of < 0 || low <= 0) return {};  // no amounts
  return between(at_low, relative_difference(of, high), low <= of && of <= high);
}

/// relative_difference(x, of) for x in [low, high].
Bounds from_range(std::int64_t low, std::int64_t high, std::int64_t of) {
  double const at_low = relative_difference(low, of);
  if (low == high) return {at_low, at_low};
  if (of < 0 || low < 0) return {};  // no amounts
  return between(at_low, relative_difference(high, of), low <= of && of <= high);
}

auto rank(KvTree::Nearest const& one) {
  return std::make_tuple(one.unequal, one.difference, one.time_ns, one.row);
}

KvTree::Nearest at_difference(double difference, double time_ns, std::uint32_t row) {
  bool const unequal = difference > kEqualKvTolerance;
  return {unequal, unequal ? difference : 0, time_ns, row};
}

void keep_nearer(std::optional<KvTree::Nearest>& best, KvTree::Nearest const& one) {
  if (!best || rank(one) < rank(*best)) best = one;
}

}  // namespace

KvTree::KvTree(std::vector<Point> points) : points_(std::move(points)) {
  if (!points_.empty()) build(0, points_.size());
}

std::size_t KvTree::build(std::size_t first, std::size_t last) {
  std::size_t const index = nodes_.size();
  Node node{first, last, 0, points_[first].kv, points_[first].kv, {}};
  node.quickest = {points_[first].time_ns, points_[first].row};
  for (auto const& point : std::span(points_).subspan(first, last - first)) {
    node.low.bytes = std::min(node.low.bytes, point.kv.bytes);
    node.low.blocks = std::min(node.low.blocks, point.kv.blocks);
    node.high.bytes = std::max(node.high.bytes, point.kv.bytes);
    node.high.blocks = std::max(node.high.blocks, point.kv.blocks);
    node.quickest = std::min(node.quickest, {point.time_ns, point.row});
  }
  nodes_.push_back(node);
  bool const one_amount = node.low == node.high;
  if (one_amount || last - first <= kLeafPoints) return index;
  // Blocks of all amounts are as far apart as their bytes, in shares: the wider of the two.
  auto const width = [](std::int64_t low, std::int64_t high) {
    return (static_cast<double>(high) - static_cast<double>(low)) /
           std::max(1.0, static_cast<double>(high));
  };
  auto const member =
      width(node.low.bytes, node.high.bytes) < width(node.low.blocks, node.high.blocks)
          ? &KvAmount::blocks
          : &KvAmount::bytes;
  std::size_t const middle = first + (last - first) / 2;
  auto const at = [&](std::size_t i) { return points_.begin() + static_cast<std::ptrdiff_t>(i); };
  std::nth_element(at(first), at(middle), at(last),
                   [&](Point const& a, Point const& b) { return a.kv.*member < b.kv.*member; });
  build(first, middle);
  std::size_t const right = build(middle, last);
  nodes_[index].right = right;
  return index;
}

KvTree::Bounds KvTree::bounds_to(Node const& node, KvAmount const& of) const {
  return either(to_range(of.bytes, node.low.bytes, node.high.bytes),
                to_range(of.blocks, node.low.blocks, node.high.blocks));
}

KvTree::Nearest KvTree::at_best(Node const& node, KvAmount const& of) const {
  return at_difference(bounds_to(node, of).low, node.quickest.first, node.quickest.second);
}

void KvTree::search(std::size_t index, KvAmount const& of, std::optional<Nearest>& best) const {
  Node const& node = nodes_[index];
  auto const bounds = bounds_to(node, of);
  auto const optimum = at_best(node, of);
  if (best && rank(optimum) >= rank(*best)) return;
  if (bounds.low == bounds.high || bounds.high <= kEqualKvTolerance) {
    keep_nearer(best, optimum);
  } else if (node.right == 0) {
    for (auto const& point : points_of(node)) {
      keep_nearer(best, at_difference(kv_difference(of, point.kv), point.time_ns, point.row));
    }
  } else {
    std::size_t near = index + 1;
    std::size_t far = node.right;
    if (rank(at_best(nodes_[far], of)) < rank(at_best(nodes_[near], of))) std::swap(near, far);
    search(near, of, best);
    search(far, of, best);
  }
}

void KvTree::collect(std::size_t index, KvAmount const& of,
                     std::vector<std::uint32_t>& rows) const {
  Node const& node = nodes_[index];
  auto const bounds = either(from_range(node.low.bytes, node.high.bytes, of.bytes),
                             from_range(node.low.blocks, node.high.blocks, of.blocks));
  if (bounds.low > kEqualKvTolerance) return;
  if (node.right == 0 || bounds.high <= kEqualKvTolerance) {
    for (auto const& point : points_of(node)) {
      if (kv_difference(point.kv, of) <= kEqualKvTolerance) rows.push_back(point.row);
    }
    return;
  }
  collect(index + 1, of, rows);
  collect(node.right, of, rows);
}

std::optional<KvTree::Nearest> KvTree::nearest(KvAmount const& of) const {
  std::optional<Nearest> best;
  if (!nodes_.empty()) search(0, of, best);
  return best;
}

std::vector<std::uint32_t> KvTree::equal_to(KvAmount const& of) const {
  std::vector<std::uint32_t> rows;
  if (!nodes_.empty()) collect(0, of, rows);
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace fluxscope::analysis
