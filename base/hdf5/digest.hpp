#pragma once
// A digest of bytes: tells a damaged copy from a whole one. Not a defence against forgery.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace fluxscope {

/// XXH64 with seed 0 (Collet, xxHash specification 0.1.1), over bytes that come in pieces. Any
/// tool for XXH64 gives the same number, e.g. Python's xxhash.xxh64(data).intdigest().
class Digest {
 public:
  void update(std::span<std::byte const> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text))); }

  /// Of all bytes so far; more may follow.
  [[nodiscard]] std::uint64_t value() const;

 private:
  static constexpr std::size_t kBlock = 32;

  void take_block(std::byte const* block);

  std::array<std::uint64_t, 4> lanes_ = {0x60EA27EEADC0B5D6u, 0xC2B2AE3D27D4EB4Fu, 0,
                                         0x61C8864E7A143579u};
  std::array<std::byte, kBlock> rest_{};  // the bytes behind the last whole block
  std::size_t rest_bytes_ = 0;
  std::uint64_t total_bytes_ = 0;
};

[[nodiscard]] std::uint64_t digest_of(std::span<std::byte const> bytes);
[[nodiscard]] std::uint64_t digest_of(std::string_view text);

}  // namespace fluxscope
