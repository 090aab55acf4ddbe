#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

namespace fluxscope {

/// Whether an interval may lie in another one of its lane.
enum class Nesting : std::uint8_t { forbidden, allowed };

/// First fit: each interval takes the lowest lane where it is apart from the intervals before it
/// or, where nesting is allowed, inside the innermost that is open. An interval that ends where
/// another begins is apart from it. Intervals come in ascending order of their begins; any number
/// of them take O(log lanes) each.
class Lanes {
 public:
  explicit Lanes(Nesting nesting) : nesting_(nesting) {}

  /// The lane of [begin, end]. Throws ContractError where `begin` is before that of the interval
  /// before.
  [[nodiscard]] std::size_t take(std::int64_t begin, std::int64_t end);

  [[nodiscard]] std::size_t count() const { return open_.size(); }

 private:
  using End = std::pair<std::int64_t, std::size_t>;  // of an open interval, and its lane
  static constexpr std::int64_t kFree = std::numeric_limits<std::int64_t>::max();

  [[nodiscard]] std::size_t lowest_with(std::int64_t room) const;
  void close_until(std::int64_t time);
  void grow();
  void set_room(std::size_t lane);

  Nesting nesting_;
  std::int64_t now_ = std::numeric_limits<std::int64_t>::min();
  std::vector<std::vector<std::int64_t>> open_;  // [lane] ends, outermost first
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  // Maxima over pairs of nodes, from leaves up: until when the innermost interval of a lane is
  // open, kFree where none is. Node 1 is the root; leaf of lane i is leaves_ + i.
  std::size_t leaves_ = 1;
  std::vector<std::int64_t> room_ = {kFree, kFree};
};

}  // namespace fluxscope
