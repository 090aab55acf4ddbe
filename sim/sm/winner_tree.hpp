#pragma once
// The smallest of a fixed set of keys, each of which changes in turn.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

namespace fluxscope::sim {

/// A tournament over `count` players. Each has a time >= 0; the winner is the earliest, ties go to
/// the lowest player. set() costs log2(count) comparisons.
class WinnerTree {
 public:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  explicit WinnerTree(std::uint32_t count)
      : leaves_(std::bit_ceil(std::max(count, 1u))), keys_(2 * std::size_t{leaves_}) {
    for (std::uint32_t player = 0; player < leaves_; ++player) {
      keys_[leaves_ + player] = pack(kNever, player);
    }
    for (std::uint32_t node = leaves_ - 1; node >= 1; --node) {
      keys_[node] = std::min(keys_[2 * node], keys_[2 * node + 1]);
    }
  }

  void set(std::uint32_t player, std::int64_t time) {
    Key key = pack(time, player);
    std::uint32_t node = leaves_ + player;
    keys_[node] = key;
    while (node > 1) {
      key = std::min(key, keys_[node ^ 1u]);
      node >>= 1;
      keys_[node] = key;
    }
  }

  [[nodiscard]] std::uint32_t winner() const { return static_cast<std::uint32_t>(keys_[1]); }
  [[nodiscard]] std::int64_t time() const {
    return static_cast<std::int64_t>(keys_[1] >> kPlayerBits);
  }

 private:
  // Time, then player, in one number: a comparison without branches, and no time is cut off.
  __extension__ typedef unsigned __int128 Key;
  static constexpr unsigned kPlayerBits = 32;

  static Key pack(std::int64_t time, std::uint32_t player) {
    return static_cast<Key>(time) << kPlayerBits | player;
  }

  std::uint32_t leaves_;
  std::vector<Key> keys_;  // [2 leaves], keys_[1] the root
};

}  // namespace fluxscope::sim
