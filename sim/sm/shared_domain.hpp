#pragma once
// The CTAs that share one resource: egalitarian processor sharing with a cap per CTA.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#include "sim/sm/arrival_line.hpp"
#include "sim/sm/soonest.hpp"

namespace fluxscope::sim {

/// `slots` slots of one domain, numbered from 0. Events are handled in the order of their times; a
/// finish comes before an arrival at the same time.
class SharedDomain {
 public:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  SharedDomain(std::uint32_t slots, double block_ps, double shared_block_ps)
      : block_ps_(block_ps), shared_block_ps_(shared_block_ps), arrivals_(slots), sharing_(slots) {}

  /// A tile of `blocks` on `slot` starts to use the resource at `time`, which is not before any
  /// handled event.
  void arrive_at(std::int64_t time, std::uint32_t slot, double blocks) {
    arrivals_.add({time, slot, blocks});
  }

  [[nodiscard]] bool idle() const { return sharing_.empty() && arrivals_.empty(); }
  [[nodiscard]] std::int64_t next_time() const { return std::min(finish_time(), arrival_time()); }
  [[nodiscard]] std::int64_t finish_time() const {
    if (sharing_.empty()) return kNever;
    auto const whole = static_cast<std::int64_t>(left_ps_);
    return time_ + whole + (static_cast<double>(whole) < left_ps_ ? 1 : 0);
  }
  /// finish_time() <= arrival_time(), without rounding where that is known.
  [[nodiscard]] bool next_is_finish() const {
    if (arrivals_.empty()) return true;
    std::int64_t const gap = arrivals_.first().time - time_;
    if (gap > kExact) return finish_time() <= arrival_time();
    return left_ps_ <= static_cast<double>(gap);
  }

  /// Handles the next event, a finish at finish_time() == `now`; returns its slot.
  std::uint32_t finish(std::int64_t now) {
    time_ = now;
    virtual_ = first_end();
    std::uint32_t const slot = sharing_.player();
    sharing_.take();
    set_left();
    return slot;
  }

  /// Handles the next event, an arrival.
  void arrive() {
    auto const [time, slot, blocks] = arrivals_.first();
    arrivals_.take();
    if (!sharing_.empty()) {
      double const per_block = ps_per_block();
      if (per_block > 0) virtual_ += static_cast<double>(time - time_) / per_block;
      virtual_ = std::min(virtual_, first_end());
    }
    time_ = time;
    sharing_.set(slot, std::bit_cast<std::int64_t>(virtual_ + blocks));
    set_left();
  }

 private:
  static constexpr std::int64_t kExact = std::int64_t{1} << 53;  // whole numbers in a double

  [[nodiscard]] std::int64_t arrival_time() const {
    return arrivals_.empty() ? kNever : arrivals_.first().time;
  }
  [[nodiscard]] double first_end() const { return std::bit_cast<double>(sharing_.key()); }
  [[nodiscard]] double ps_per_block() const {
    return std::max(block_ps_, static_cast<double>(sharing_.size()) * shared_block_ps_);
  }
  void set_left() {
    // Virtual time carries rounding errors of its own; whole picoseconds, rounded up, hide them.
    left_ps_ = sharing_.empty() ? std::numeric_limits<double>::infinity()
                                : (first_end() - virtual_) * ps_per_block() - 1e-3;
  }

  double block_ps_;
  double shared_block_ps_;
  double virtual_ = 0;     // blocks that a CTA present since time 0 has done
  std::int64_t time_ = 0;  // of virtual_
  double left_ps_ = std::numeric_limits<double>::infinity();  // from time_ to the next finish
  ArrivalLine arrivals_;
  Soonest sharing_;  // bits of virtual ends, which are not negative: their order is the numbers'
};

}  // namespace fluxscope::sim
