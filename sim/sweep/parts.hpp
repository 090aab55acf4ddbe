#pragma once
// The finished points of a sweep on the way to its file.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/output/stop_note.hpp"
#include "sim/sweep/file.hpp"

namespace fluxscope::sim {

/// Files part-<number>.h5 in the folder <output>.parts, each whole or absent. Nothing else in
/// that folder is read, changed or removed. One run at a time: the caller holds <output>.
class SweepParts {
 public:
  /// Makes the folder. Takes over the parts that an earlier run left there, or removes them where
  /// `restart`. Throws InputError where they are of another sweep than `empty`, with what differs.
  SweepParts(std::string const& output, SweepTable const& empty, bool restart);

  /// Whether an earlier run finished the point.
  [[nodiscard]] bool holds(std::uint32_t point) const { return done_.contains(point); }
  /// Points of earlier runs.
  [[nodiscard]] std::size_t points() const { return done_.size(); }

  /// Writes rows, at least one, as a part.
  void add(SweepTable const& part);
  /// All rows of all parts, and those of `empty` where there is none.
  [[nodiscard]] SweepTable table() const;
  /// Removes the parts, then the folder where nothing else is in it.
  void remove();

 private:
  void take_over();

  std::string folder_;
  SweepTable empty_;
  StopNote note_;
  std::vector<std::string> files_;
  std::set<std::uint32_t> done_;
};

}  // namespace fluxscope::sim
