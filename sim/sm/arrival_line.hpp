#pragma once
// What is under way to a resource, in the order in which it arrives.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fluxscope::sim {

/// Arrivals by (time, slot). They come nearly in order, for they are `now` plus one of a few fixed
/// times: a new one is put in place from the back.
class ArrivalLine {
 public:
  struct Arrival {
    std::int64_t time = 0;
    std::uint32_t slot = 0;
    double blocks = 0;  ///< that it brings

    [[nodiscard]] bool before(Arrival const& other) const {
      return time < other.time || (time == other.time && slot < other.slot);
    }
  };

  /// At most `slots` are under way at once.
  explicit ArrivalLine(std::uint32_t slots)
      : mask_(std::bit_ceil(std::size_t{slots}) - 1), ring_(mask_ + 1) {}

  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] Arrival const& first() const { return ring_[begin_ & mask_]; }

  void add(Arrival arrival) {
    std::size_t at = end_++;
    for (; at != begin_ && arrival.before(ring_[(at - 1) & mask_]); --at) {
      ring_[at & mask_] = ring_[(at - 1) & mask_];
    }
    ring_[at & mask_] = arrival;
  }
  void take() { ++begin_; }

 private:
  std::size_t mask_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::vector<Arrival> ring_;  // [mask_ + 1]
};

}  // namespace fluxscope::sim
