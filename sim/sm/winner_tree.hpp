#pragma once
// The smallest of a fixed set of keys, each of which changes in turn.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/error.hpp"

namespace fluxscope::sim {

/// A tournament over `count` players. Each has a time; the winner is the earliest, ties go to the
/// lowest player. set() costs log2(count) comparisons.
class WinnerTree {
 public:
  static constexpr std::int64_t kNever = std::int64_t{1} << 49;  // 563 s in picoseconds

  explicit WinnerTree(std::uint32_t count)
      : leaves_(std::bit_ceil(std::max(count, 1u))), keys_(2 * std::size_t{leaves_}) {
    expects(count <= kMaxPlayers, "a winner tree has at most 8192 players");
    for (std::uint32_t player = 0; player < leaves_; ++player) {
      keys_[leaves_ + player] = pack(kNever, player);
    }
    for (std::uint32_t node = leaves_ - 1; node >= 1; --node) {
      keys_[node] = std::min(keys_[2 * node], keys_[2 * node + 1]);
    }
  }

  void set(std::uint32_t player, std::int64_t time) {
    std::uint64_t key = pack(time, player);
    std::uint32_t node = leaves_ + player;
    keys_[node] = key;
    while (node > 1) {
      key = std::min(key, keys_[node ^ 1u]);
      node >>= 1;
      keys_[node] = key;
    }
  }

  [[nodiscard]] std::uint32_t winner() const {
    return static_cast<std::uint32_t>(keys_[1] & (kMaxPlayers - 1));
  }
  [[nodiscard]] std::int64_t time() const {
    return static_cast<std::int64_t>(keys_[1] >> kPlayerBits);
  }

 private:
  static constexpr unsigned kPlayerBits = 13;
  static constexpr std::uint32_t kMaxPlayers = 1u << kPlayerBits;

  static std::uint64_t pack(std::int64_t time, std::uint32_t player) {
    return static_cast<std::uint64_t>(time) << kPlayerBits | player;
  }

  std::uint32_t leaves_;
  std::vector<std::uint64_t> keys_;  // [2 leaves], keys_[1] the root
};

}  // namespace fluxscope::sim
