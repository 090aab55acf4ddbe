#pragma once
// Speed-ups and what is said of them, once for reports of traces and of sweeps.

#include <cstdint>
#include <limits>
#include <span>
#include <string>

namespace fluxscope {

/// Times closer than this count as equal: medians of two runs of the same experiment differ by as
/// much.
inline constexpr double kEqualTimesRatio = 0.02;

/// Whether a run does all the work of full attention, whatever its policy is called: a window that
/// covers the context reads everything too.
[[nodiscard]] constexpr bool reads_everything(std::int64_t full_blocks,
                                              std::int64_t selected_blocks) {
  return full_blocks > 0 && selected_blocks >= full_blocks;
}

/// What speed-ups are over: the quickest of the runs that read everything, whatever their
/// scheduler, execution and splits. A full run that was ordered or split badly is no reference.
class FullReference {
 public:
  /// Whether this row is the quickest so far.
  bool add(double full_time_ns);
  /// NaN where no row has a time.
  [[nodiscard]] double time_ns() const { return time_ns_; }
  [[nodiscard]] double speedup(double time_ns) const { return time_ns_ / time_ns; }

 private:
  double time_ns_ = std::numeric_limits<double>::quiet_NaN();
};

/// The speed-up that only the work allows: (query block, KV block) pairs in prefill, KV blocks,
/// hence bytes, in decode; of every head full over the selected ones. 1 where nothing is selected.
[[nodiscard]] double ideal_speedup(std::int64_t full_blocks, std::int64_t selected_blocks);

/// Whether a speed-up is above its ideal by more than kEqualTimesRatio. It can be: the ideal counts
/// blocks, while the quickest full run may leave slots idle in its last wave, pay more tiles or
/// wait longer for shared memory than the run that reads less.
[[nodiscard]] bool beyond_ideal(double speedup_ratio, double ideal_ratio);

struct ContextSpeedup {
  std::int64_t kv_len = 0;  ///< tokens
  double speedup_ratio = 0;
  bool certain = true;  ///< false: an interval says that it may be none; it does not pay then
};

/// From which context on something is quicker by more than kEqualTimesRatio.
struct BreakEven {
  enum class Kind : std::uint8_t {
    always,  ///< at every context, the smallest included
    from,    ///< from a context between two of them on
    never,   ///< not at the largest context
  };
  Kind kind = Kind::never;
  double kv_len_tokens = 0;  ///< always: the smallest, never: the largest context; from: see below
};

/// Of contexts in ascending order, at least one. Contexts behind one that does not pay do not
/// count, however quick they are. Between the last context that does not pay and the next, the
/// speed-up is taken to be linear in log2(context); where the last one's speed-up is not below the
/// threshold (not certain, NaN), it is the next one. Throws ContractError for another order.
[[nodiscard]] BreakEven break_even(std::span<ContextSpeedup const> contexts);

/// "<= 4096", "11585", "never (up to 131072)".
[[nodiscard]] std::string to_text(BreakEven const& break_even);

}  // namespace fluxscope
