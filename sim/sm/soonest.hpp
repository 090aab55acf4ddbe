#pragma once
// The smallest of a fixed set of keys that are set and taken one at a time.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace fluxscope::sim {

/// Up to `players` players, each with a key or none; keys are below kNone. Setting a key compares
/// twice. Taking the smallest looks through its group of at most 16 players and through the groups'
/// smallest, without a branch that depends on keys: for some hundred players that is less work than
/// a heap, whose comparisons nobody can foresee. Ties go to the lowest player.
class Soonest {
 public:
  using Key = std::int64_t;
  static constexpr Key kNone = std::numeric_limits<Key>::max();

  explicit Soonest(std::uint32_t players)
      : in_group_(players <= kGroup ? even(players) : kGroup),
        groups_(players <= kGroup ? 0 : even((players + kGroup - 1) / kGroup)),
        keys_(std::max(in_group_, groups_ * kGroup), kNone),
        group_keys_(groups_, kNone),
        group_players_(groups_) {}

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::uint32_t size() const { return count_; }
  [[nodiscard]] Key key() const { return key_; }
  [[nodiscard]] std::uint32_t player() const { return player_; }

  /// Of a player without one.
  void set(std::uint32_t player, Key key) {
    ++count_;
    keys_[player] = key;
    if (before(key, player, key_, player_)) {
      key_ = key;
      player_ = player;
    }
    if (groups_ == 0) return;
    std::uint32_t const group = player / kGroup;
    if (before(key, player, group_keys_[group], group_players_[group])) {
      group_keys_[group] = key;
      group_players_[group] = player;
    }
  }

  /// Takes the smallest key away.
  void take() {
    --count_;
    change(kNone);
  }

  /// Gives the player of the smallest key another one.
  void change(Key key) {
    keys_[player_] = key;
    std::uint32_t const group = player_ / kGroup;
    std::uint32_t const first = group * kGroup;
    player_ = first + smallest(keys_.data() + first, in_group_);
    key_ = keys_[player_];
    if (groups_ == 0) return;
    group_keys_[group] = key_;
    group_players_[group] = player_;
    std::uint32_t const soonest = smallest(group_keys_.data(), groups_);
    key_ = group_keys_[soonest];
    player_ = group_players_[soonest];
  }

 private:
  static constexpr std::uint32_t kGroup = 16;

  static std::uint32_t even(std::uint32_t count) { return std::max(2u, count + count % 2); }

  static bool before(Key key, std::uint32_t player, Key other, std::uint32_t other_player) {
    return key < other || (key == other && player < other_player);
  }

  /// Index of the first smallest of `count` keys, an even number: the two halves side by side, for
  /// each comparison waits for the one before.
  static std::uint32_t smallest(Key const* keys, std::uint32_t count) {
    std::uint32_t const half = count / 2;
    Key low = keys[0];
    Key high = keys[half];
    std::uint32_t low_at = 0;
    std::uint32_t high_at = 0;
    for (std::uint32_t i = 1; i < half; ++i) {
      Key const a = keys[i];
      Key const b = keys[half + i];
      low_at = a < low ? i : low_at;
      low = a < low ? a : low;
      high_at = b < high ? i : high_at;
      high = b < high ? b : high;
    }
    return high < low ? half + high_at : low_at;
  }

  std::uint32_t in_group_;  // keys that one look goes through
  std::uint32_t groups_;    // 0: one group, whose smallest is the smallest of all
  std::uint32_t count_ = 0;
  std::vector<Key> keys_;        // [groups, kGroup], or of the one group
  std::vector<Key> group_keys_;  // [groups]
  std::vector<std::uint32_t> group_players_;
  Key key_ = kNone;
  std::uint32_t player_ = 0;
};

}  // namespace fluxscope::sim
