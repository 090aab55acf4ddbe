#include "sim/sm/shared_rates.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "sim/sm/tile_source.hpp"
#include "sim/sm/winner_tree.hpp"

namespace fluxscope::sim {
namespace {

/// Min-heap of (key, slot); ties go to the lowest slot.
template <class Key>
class SlotHeap {
 public:
  [[nodiscard]] bool empty() const { return items_.empty(); }
  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] std::pair<Key, std::uint32_t> const& top() const { return items_.front(); }
  void push(Key key, std::uint32_t slot) {
    items_.emplace_back(key, slot);
    std::push_heap(items_.begin(), items_.end(), std::greater<>());
  }
  void pop() {
    std::pop_heap(items_.begin(), items_.end(), std::greater<>());
    items_.pop_back();
  }

 private:
  std::vector<std::pair<Key, std::uint32_t>> items_;
};

/// The CTAs that share one resource.
class Domain {
 public:
  Domain(double block_ps, double shared_block_ps)
      : block_ps_(block_ps), shared_block_ps_(shared_block_ps) {}

  /// `slot` starts to use the resource at `time`, which is not before any handled event.
  void arrive_at(std::int64_t time, std::uint32_t slot) { arrivals_.push(time, slot); }

  [[nodiscard]] std::int64_t next_time() const {
    return std::min(finish_time(), arrivals_.empty() ? WinnerTree::kNever : arrivals_.top().first);
  }
  [[nodiscard]] bool next_is_finish() const { return finish_time() <= next_time(); }

  /// Handles the next event, a finish; returns its slot.
  std::uint32_t finish() {
    time_ = finish_time();
    auto const [virtual_end, slot] = sharing_.top();
    virtual_ = virtual_end;
    sharing_.pop();
    return slot;
  }

  /// Handles the next event, an arrival; `blocks_of` gives the slot's work.
  template <class BlocksOf>
  void arrive(BlocksOf blocks_of) {
    auto const [time, slot] = arrivals_.top();
    arrivals_.pop();
    if (!sharing_.empty()) {
      double const per_block = ps_per_block();
      if (per_block > 0) virtual_ += static_cast<double>(time - time_) / per_block;
      virtual_ = std::min(virtual_, sharing_.top().first);
    }
    time_ = time;
    sharing_.push(virtual_ + blocks_of(slot), slot);
  }

 private:
  [[nodiscard]] double ps_per_block() const {
    return std::max(block_ps_, static_cast<double>(sharing_.size()) * shared_block_ps_);
  }
  [[nodiscard]] std::int64_t finish_time() const {
    if (sharing_.empty()) return WinnerTree::kNever;
    double const left = (sharing_.top().first - virtual_) * ps_per_block();
    // Virtual time carries rounding errors of its own; whole picoseconds hide them.
    return time_ + static_cast<std::int64_t>(std::ceil(left - 1e-3));
  }

  double block_ps_;
  double shared_block_ps_;
  double virtual_ = 0;     // blocks that a CTA present since time 0 has done
  std::int64_t time_ = 0;  // of virtual_
  SlotHeap<std::int64_t> arrivals_;
  SlotHeap<double> sharing_;
};

class SharedRateRun {
 public:
  SharedRateRun(plan::WorkList const& list, LaunchModel const& model, Detail detail)
      : list_(list),
        fixed_(model.cost),
        slots_(used_slots(list, model)),
        domain_count_(model.limit == plan::OpLimit::device_memory
                          ? 1
                          : std::min(slots_, static_cast<std::uint32_t>(model.sm_count))),
        source_(list, slots_),
        recorder_(list, detail),
        running_(slots_),
        domains_(domain_count_,
                 Domain(model.cost.block_ns * 1e3, model.cost.shared_block_ns * 1e3)),
        events_(domain_count_) {}

  LaunchTimes run() {
    std::uint32_t dispatched = 0;
    for (;;) {
      if (dispatched < slots_ && dispatched * fixed_.dispatch_ps <= events_.time()) {
        start_next(dispatched, dispatched * fixed_.dispatch_ps);
        ++dispatched;
        continue;
      }
      if (events_.time() >= WinnerTree::kNever) break;
      std::uint32_t const d = events_.winner();
      Domain& domain = domains_[d];
      std::int64_t const now = events_.time();
      if (domain.next_is_finish()) {
        std::uint32_t const slot = domain.finish();
        recorder_.end(running_[slot].tile, running_[slot].cta, now);
        events_.set(d, domain.next_time());
        start_next(slot, now);
      } else {
        domain.arrive([&](std::uint32_t slot) {
          return static_cast<double>(plan::visited_blocks(list_.tiles[running_[slot].tile]));
        });
        events_.set(d, domain.next_time());
      }
    }
    return recorder_.take();
  }

 private:
  void start_next(std::uint32_t slot, std::int64_t now) {
    TileSource::Step& step = running_[slot];
    if (!source_.take(slot, step)) return;
    std::int64_t const begin = now + (step.new_cta ? fixed_.start_ps : 0);
    recorder_.begin(step, slot, begin);
    std::uint32_t const d = slot % domain_count_;
    domains_[d].arrive_at(begin + fixed_.of(list_.tiles[step.tile]), slot);
    events_.set(d, domains_[d].next_time());
  }

  plan::WorkList const& list_;
  FixedTimes fixed_;
  std::uint32_t slots_;
  std::uint32_t domain_count_;
  TileSource source_;
  SpanRecorder recorder_;
  std::vector<TileSource::Step> running_;  // [slots]
  std::vector<Domain> domains_;
  WinnerTree events_;
};

}  // namespace

LaunchTimes shared_rate_times(plan::WorkList const& list, LaunchModel const& model, Detail detail) {
  return SharedRateRun(list, model, detail).run();
}

}  // namespace fluxscope::sim
