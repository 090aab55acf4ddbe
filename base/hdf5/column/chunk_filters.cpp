#include "base/hdf5/column/chunk_filters.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace fluxscope::hdf5 {
namespace {

// True where `stored` is one whole stream of exactly out.size() bytes.
bool inflate_all(std::span<std::byte const> stored, std::span<std::byte> out) {
  if (stored.size() > std::numeric_limits<uInt>::max()) return false;
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return false;
  // zlib does not write through next_in; its type lacks the const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(stored.data()));
  stream.avail_in = static_cast<uInt>(stored.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  int const code = inflate(&stream, Z_FINISH);
  bool const whole = code == Z_STREAM_END && stream.avail_out == 0 && stream.avail_in == 0;
  inflateEnd(&stream);
  return whole;
}

// Byte j of all elements lies together, for every j.
void unshuffle(std::span<std::byte const> in, std::size_t element_bytes, std::span<std::byte> out) {
  std::size_t const elements = out.size() / element_bytes;
  for (std::size_t j = 0; j < element_bytes; ++j) {
    std::byte const* from = in.data() + j * elements;
    std::byte* to = out.data() + j;
    for (std::size_t i = 0; i < elements; ++i, to += element_bytes) *to = from[i];
  }
}

}  // namespace

std::uint32_t fletcher32(std::span<std::byte const> bytes) {
  constexpr std::size_t kWordsWithoutCarry = 360;
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  auto const fold = [](std::uint32_t sum) { return (sum & 0xFFFFu) + (sum >> 16); };
  auto const word_at = [&](std::size_t i) {
    auto const first = std::to_integer<std::uint32_t>(bytes[i]);
    return first << 8 | (i + 1 < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + 1]) : 0);
  };
  std::size_t at = 0;
  while (at < bytes.size()) {
    std::size_t const end = std::min(bytes.size(), at + 2 * kWordsWithoutCarry);
    for (; at < end; at += 2) {
      low += word_at(at);
      high += low;
    }
    low = fold(low);
    high = fold(high);
  }
  return fold(high) << 16 | fold(low);
}

std::optional<std::string_view> undo_filters(std::span<std::byte const> stored,
                                             std::size_t element_bytes, std::span<std::byte> out) {
  if (stored.size() <= kFletcherBytes) return "is shorter than its checksum";
  auto const deflated = stored.first(stored.size() - kFletcherBytes);
  std::uint32_t checksum = 0;
  std::memcpy(&checksum, stored.data() + deflated.size(), sizeof checksum);
  if (checksum != fletcher32(deflated)) return "does not match its checksum";
  if (element_bytes == 1) {
    if (!inflate_all(deflated, out)) return "does not inflate to its rows";
    return std::nullopt;
  }
  std::vector<std::byte> shuffled(out.size());
  if (!inflate_all(deflated, shuffled)) return "does not inflate to its rows";
  unshuffle(shuffled, element_bytes, out);
  return std::nullopt;
}

}  // namespace fluxscope::hdf5
