#pragma once
// Undoes the filters of a chunk: fletcher32, deflate, shuffle.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace fluxscope::hdf5 {

inline constexpr std::size_t kFletcherBytes = 4;

/// Fletcher's checksum as HDF5's filter computes it: over big-endian words of 16 bits.
[[nodiscard]] std::uint32_t fletcher32(std::span<std::byte const> bytes);

/// Fills `out`, the bytes of a whole chunk of elements of `element_bytes`, from the stored bytes.
/// No byte beyond `out` and a buffer of its size is ever written, whatever is stored. Empty where
/// all went well, else what is wrong.
[[nodiscard]] std::optional<std::string_view> undo_filters(std::span<std::byte const> stored,
                                                           std::size_t element_bytes,
                                                           std::span<std::byte> out);

}  // namespace fluxscope::hdf5
