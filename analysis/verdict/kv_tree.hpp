#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "analysis/verdict/comparable.hpp"

namespace fluxscope::analysis {

/// Rows by what they select, so that those near in kv_difference() are found without looking at
/// all: a k-d tree over bytes and blocks.
class KvTree {
 public:
  struct Point {
    KvAmount kv;
    double time_ns = 0;  ///< finite
    std::uint32_t row = 0;
  };

  /// A row and how far it is. Of rows within kEqualKvTolerance, which are all equally near, and of
  /// rows at the same difference the quickest is found, of equal ones the first.
  struct Nearest {
    bool unequal = false;
    double difference = 0;  ///< 0 where not unequal
    double time_ns = 0;
    std::uint32_t row = 0;
  };

  /// Of a difference over all amounts of a box. Equal where it is the same everywhere.
  struct Bounds {
    double low = 0;
    double high = std::numeric_limits<double>::infinity();
  };

  explicit KvTree(std::vector<Point> points);

  /// The row whose kv_difference(of, row) is least; nullopt in an empty tree.
  [[nodiscard]] std::optional<Nearest> nearest(KvAmount const& of) const;

  /// Rows with kv_difference(row, of) <= kEqualKvTolerance, ascending.
  [[nodiscard]] std::vector<std::uint32_t> equal_to(KvAmount const& of) const;

 private:
  /// Points [first, last); inner nodes have their left child behind them.
  struct Node {
    std::size_t first = 0;
    std::size_t last = 0;
    std::size_t right = 0;  ///< 0: a leaf
    KvAmount low;           ///< least and most of both amounts
    KvAmount high;
    std::pair<double, std::uint32_t> quickest;  ///< time and row
  };

  std::size_t build(std::size_t first, std::size_t last);
  [[nodiscard]] Bounds bounds_to(Node const& node, KvAmount const& of) const;
  /// What the node's points may be at best.
  [[nodiscard]] Nearest at_best(Node const& node, KvAmount const& of) const;
  void search(std::size_t node, KvAmount const& of, std::optional<Nearest>& best) const;
  void collect(std::size_t node, KvAmount const& of, std::vector<std::uint32_t>& rows) const;
  [[nodiscard]] std::span<Point const> points_of(Node const& node) const {
    return std::span(points_).subspan(node.first, node.last - node.first);
  }

  std::vector<Point> points_;
  std::vector<Node> nodes_;
};

}  // namespace fluxscope::analysis
