#include "sim/sm/shared_rates.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "sim/sm/nested_rates.hpp"
#include "sim/sm/shared_domain.hpp"
#include "sim/sm/tile_source.hpp"
#include "sim/sm/winner_tree.hpp"

namespace fluxscope::sim {
namespace {

/// One launch on `domains`, SharedDomain or NestedDomain: slot s is in domain s % domains, number
/// s / domains.
template <class Domain>
class SharedRateRun {
 public:
  SharedRateRun(plan::WorkList const& list, LaunchModel const& model, Detail detail,
                std::vector<Domain> domains)
      : list_(list),
        fixed_(model.cost),
        slots_(used_slots(list, model)),
        domain_count_(static_cast<std::uint32_t>(domains.size())),
        source_(list, slots_),
        recorder_(list, slots_, detail),
        running_(slots_),
        domains_(std::move(domains)) {}

  LaunchTimes run() {
    if (domain_count_ == 1) {
      run_one();
    } else {
      run_many();
    }
    return recorder_.take();
  }

 private:
  void run_one() {
    Domain& domain = domains_[0];
    while (dispatched_ < slots_) {
      if (!dispatch(domain.next_time())) handle_next(0);
    }
    while (!domain.idle()) handle_next(0);
  }

  void run_many() {
    Soonest events(domain_count_);
    WinnerTree first_events(domain_count_);
    while (dispatched_ < slots_) {
      std::uint32_t d = dispatched_ % domain_count_;
      if (!dispatch(first_events.time())) {
        d = first_events.winner();
        handle_next(d);
      }
      first_events.set(d, domains_[d].next_time());
    }
    // Domains meet only where a free slot takes the next tile. With all first CTAs placed, arrivals
    // are a domain's own affair: the finishes alone need a common order.
    for (std::uint32_t d = 0; d < domain_count_; ++d) {
      arrive_all(d);
      events.set(d, domains_[d].finish_time());
    }
    while (events.key() != Soonest::kNone) {
      std::uint32_t const d = events.player();
      finish(d, events.key());
      arrive_all(d);
      events.change(domains_[d].finish_time());
    }
  }

  /// Starts the next slot's first CTA where that is not after `next`, the next event.
  bool dispatch(std::int64_t next) {
    if (dispatched_ == slots_ || dispatched_ * fixed_.dispatch_ps > next) return false;
    start_next(dispatched_, dispatched_ * fixed_.dispatch_ps);
    ++dispatched_;
    return true;
  }

  void handle_next(std::uint32_t d) {
    if (domains_[d].next_is_finish()) {
      finish(d, domains_[d].finish_time());
    } else {
      domains_[d].arrive();
    }
  }

  void finish(std::uint32_t d, std::int64_t now) {
    std::uint32_t const slot = domains_[d].finish(now) * domain_count_ + d;
    recorder_.end(running_[slot].tile, running_[slot].cta, slot, now);
    start_next(slot, now);
  }

  void arrive_all(std::uint32_t d) {
    while (!domains_[d].next_is_finish()) domains_[d].arrive();
  }

  void start_next(std::uint32_t slot, std::int64_t now) {
    TileSource::Step& step = running_[slot];
    if (!source_.take(slot, step)) return;
    std::int64_t const begin = now + (step.new_cta ? fixed_.start_ps : 0);
    recorder_.begin(step, slot, begin);
    plan::Tile const& tile = list_.tiles[step.tile];
    domains_[slot % domain_count_].arrive_at(begin + fixed_.of(tile), slot / domain_count_,
                                             static_cast<double>(plan::visited_blocks(tile)));
  }

  plan::WorkList const& list_;
  FixedTimes fixed_;
  std::uint32_t slots_;
  std::uint32_t domain_count_;
  TileSource source_;
  SpanRecorder recorder_;
  std::vector<TileSource::Step> running_;  // [slots]
  std::vector<Domain> domains_;
  std::uint32_t dispatched_ = 0;
};

/// The memory group of every slot: those of a second CTA per SM repeat the first.
std::vector<std::int32_t> groups_of_slots(LaunchModel const& model, std::uint32_t slots) {
  if (!model.chip.known()) return std::vector<std::int32_t>(slots, 0);
  expects(model.chip.sms() == model.sm_count, "the parts of a chip are all its SMs");
  auto const sms = static_cast<std::uint32_t>(model.sm_count);
  auto groups =
      groups_of_ctas(model.chip, model.start, static_cast<std::int32_t>(std::min(slots, sms)));
  for (std::uint32_t slot = sms; slot < slots; ++slot) groups.push_back(groups[slot - sms]);
  return groups;
}

}  // namespace

bool nested_rates(LaunchModel const& model) {
  return model.limit == plan::OpLimit::device_memory &&
         (model.cost.saturation_power > 0 || model.cost.group_block_ns > 0);
}

LaunchTimes shared_rate_times(plan::WorkList const& list, LaunchModel const& model, Detail detail) {
  std::uint32_t const slots = used_slots(list, model);
  if (nested_rates(model)) {
    std::vector<NestedDomain> domains;
    domains.emplace_back(groups_of_slots(model, slots), model.chip.memory_groups(), model.cost);
    return SharedRateRun<NestedDomain>(list, model, detail, std::move(domains)).run();
  }
  std::uint32_t const count = model.limit == plan::OpLimit::device_memory
                                  ? 1
                                  : std::min(slots, static_cast<std::uint32_t>(model.sm_count));
  std::vector<SharedDomain> domains(
      count, SharedDomain((slots + count - 1) / count, model.cost.block_ns * 1e3,
                          model.cost.shared_block_ns * 1e3));
  return SharedRateRun<SharedDomain>(list, model, detail, std::move(domains)).run();
}

}  // namespace fluxscope::sim
