#pragma once
// Lays slices out so that a viewer of nested slices can draw them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/schedule/lanes.hpp"
#include "traces/export/perfetto_encoder.hpp"

namespace fluxscope::traces {

struct Slice {
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  std::string name;
  Annotations annotations;
};

/// Lane of each slice by first fit in order of begin (longest first): the slices of one lane are
/// apart or, where nesting is allowed, one holds the other.
[[nodiscard]] std::vector<std::size_t> assign_lanes(std::vector<Slice> const& slices,
                                                    Nesting nesting);

/// Packets of the slices of one lane, which nest or are apart, on `track`. Times are counted from
/// `origin_ns`, which is at or before the first of them.
[[nodiscard]] std::string encode_lane(std::vector<Slice> const& slices, std::uint64_t track,
                                      std::int64_t origin_ns);

}  // namespace fluxscope::traces
