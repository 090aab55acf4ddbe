#pragma once
// CTAs that share a device's memory through the paths of their groups.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "sim/cost/kernel_cost.hpp"
#include "sim/sm/arrival_line.hpp"
#include "sim/sm/soonest.hpp"

namespace fluxscope::sim {

/// Time per block of a CTA by how many of its group and of the device share: KernelCost's formula,
/// each pair computed once. Rounded to 24 bits, which hides the last bit of pow().
class BlockTimes {
 public:
  BlockTimes(KernelCost const& cost, std::uint32_t slots)
      : cost_(cost), width_(slots + 1), ps_(std::size_t{width_} * width_, 0) {}

  double operator()(std::uint32_t in_group, std::uint32_t sharing) {
    float& ps = ps_[std::size_t{in_group} * width_ + sharing];
    if (ps == 0) ps = static_cast<float>(1e3 * block_time_ns(cost_, in_group, sharing));
    return static_cast<double>(ps);
  }

 private:
  KernelCost cost_;
  std::uint32_t width_;
  std::vector<float> ps_;  // [in group, sharing]; 0: not computed
};

/// The same events as SharedDomain has, for slots in groups: [slots] their groups. All CTAs of a
/// group progress alike, so a virtual clock per group serves them.
class NestedDomain {
 public:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  NestedDomain(std::vector<std::int32_t> const& group_of_slot, std::int32_t groups,
               KernelCost const& cost)
      : arrivals_(static_cast<std::uint32_t>(group_of_slot.size())),
        times_(cost, static_cast<std::uint32_t>(group_of_slot.size())) {
    std::vector<std::uint32_t> members(static_cast<std::size_t>(groups), 0);
    for (std::int32_t const group : group_of_slot) {
      auto const g = static_cast<std::uint32_t>(group);
      place_.push_back({g, members[g]++});
    }
    for (std::uint32_t const count : members) groups_.emplace_back(std::max(count, 1u));
    for (std::uint32_t slot = 0; slot < place_.size(); ++slot) {
      groups_[place_[slot].group].slots.push_back(slot);
    }
  }

  void arrive_at(std::int64_t time, std::uint32_t slot, double blocks) {
    arrivals_.add({time, slot, blocks});
  }
  [[nodiscard]] bool idle() const { return sharing_ == 0 && arrivals_.empty(); }
  [[nodiscard]] std::int64_t next_time() const { return std::min(finish_time(), arrival_time()); }
  [[nodiscard]] std::int64_t finish_time() const {
    if (sharing_ == 0) return kNever;
    double const left = std::ceil(left_ps_);
    return time_ + static_cast<std::int64_t>(std::max(left, 0.0));
  }
  [[nodiscard]] bool next_is_finish() const { return finish_time() <= arrival_time(); }

  std::uint32_t finish(std::int64_t now) {
    advance(now);
    Group& group = groups_[next_];
    group.blocks = group.first_end();
    std::uint32_t const slot = group.slots[group.ends.player()];
    group.ends.take();
    --sharing_;
    set_left();
    return slot;
  }

  void arrive() {
    auto const [time, slot, blocks] = arrivals_.first();
    arrivals_.take();
    advance(time);
    Group& group = groups_[place_[slot].group];
    group.ends.set(place_[slot].number, std::bit_cast<std::int64_t>(group.blocks + blocks));
    ++sharing_;
    set_left();
  }

 private:
  struct Place {
    std::uint32_t group = 0;
    std::uint32_t number = 0;  // in its group
  };
  struct Group {
    explicit Group(std::uint32_t count) : ends(count) {}
    [[nodiscard]] double first_end() const { return std::bit_cast<double>(ends.key()); }

    std::vector<std::uint32_t> slots;  // [members]
    double blocks = 0;                 // that a member present since time 0 has done
    double ps_per_block = 0;
    Soonest ends;  // of the members, in blocks; bits of doubles >= 0 are in their order
  };

  [[nodiscard]] std::int64_t arrival_time() const {
    return arrivals_.empty() ? kNever : arrivals_.first().time;
  }

  void advance(std::int64_t now) {
    auto const passed = static_cast<double>(now - time_);
    time_ = now;
    for (Group& group : groups_) {
      if (group.ends.empty() || group.ps_per_block <= 0) continue;
      group.blocks = std::min(group.blocks + passed / group.ps_per_block, group.first_end());
    }
  }

  void set_left() {
    left_ps_ = std::numeric_limits<double>::infinity();
    for (std::uint32_t g = 0; g < groups_.size(); ++g) {
      Group& group = groups_[g];
      if (group.ends.empty()) continue;
      group.ps_per_block = times_(group.ends.size(), sharing_);
      // Whole picoseconds, rounded up, hide the rounding errors of virtual time.
      double const left = (group.first_end() - group.blocks) * group.ps_per_block - 1e-3;
      if (left >= left_ps_) continue;
      left_ps_ = left;
      next_ = g;
    }
  }

  std::vector<Place> place_;  // [slots]
  std::vector<Group> groups_;
  ArrivalLine arrivals_;
  BlockTimes times_;
  std::uint32_t sharing_ = 0;
  std::uint32_t next_ = 0;  // group of the next finish
  std::int64_t time_ = 0;
  double left_ps_ = std::numeric_limits<double>::infinity();  // from time_ to the next finish
};

}  // namespace fluxscope::sim
