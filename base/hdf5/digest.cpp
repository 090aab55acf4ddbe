#include "base/hdf5/digest.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace fluxscope {
namespace {

constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87u;
constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4Fu;
constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9u;
constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63u;
constexpr std::uint64_t kPrime5 = 0x27D4EB2F165667C5u;

static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");

template <class Word>
std::uint64_t word_at(std::byte const* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

std::uint64_t mixed(std::uint64_t lane, std::uint64_t word) {
  return std::rotl(lane + word * kPrime2, 31) * kPrime1;
}

std::uint64_t merged(std::uint64_t hash, std::uint64_t lane) {
  return (hash ^ mixed(0, lane)) * kPrime1 + kPrime4;
}

}  // namespace

void Digest::take_block(std::byte const* block) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    lanes_[i] = mixed(lanes_[i], word_at<std::uint64_t>(block + 8 * i));
  }
}

void Digest::update(std::span<std::byte const> bytes) {
  total_bytes_ += bytes.size();
  if (rest_bytes_ > 0) {
    std::size_t const taken = std::min(kBlock - rest_bytes_, bytes.size());
    std::copy_n(bytes.begin(), taken, rest_.begin() + static_cast<std::ptrdiff_t>(rest_bytes_));
    rest_bytes_ += taken;
    bytes = bytes.subspan(taken);
    if (rest_bytes_ < kBlock) return;
    take_block(rest_.data());
    rest_bytes_ = 0;
  }
  for (; bytes.size() >= kBlock; bytes = bytes.subspan(kBlock)) take_block(bytes.data());
  std::copy(bytes.begin(), bytes.end(), rest_.begin());
  rest_bytes_ = bytes.size();
}

std::uint64_t Digest::value() const {
  std::uint64_t hash = kPrime5;
  if (total_bytes_ >= kBlock) {
    hash = std::rotl(lanes_[0], 1) + std::rotl(lanes_[1], 7) + std::rotl(lanes_[2], 12) +
           std::rotl(lanes_[3], 18);
    for (std::uint64_t const lane : lanes_) hash = merged(hash, lane);
  }
  hash += total_bytes_;
  std::byte const* at = rest_.data();
  std::byte const* const end = at + rest_bytes_;
  for (; end - at >= 8; at += 8) {
    hash = std::rotl(hash ^ mixed(0, word_at<std::uint64_t>(at)), 27) * kPrime1 + kPrime4;
  }
  for (; end - at >= 4; at += 4) {
    hash = std::rotl(hash ^ word_at<std::uint32_t>(at) * kPrime1, 23) * kPrime2 + kPrime3;
  }
  for (; at != end; ++at)
    hash = std::rotl(hash ^ word_at<std::uint8_t>(at) * kPrime5, 11) * kPrime1;
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

std::uint64_t digest_of(std::span<std::byte const> bytes) {
  Digest digest;
  digest.update(bytes);
  return digest.value();
}

std::uint64_t digest_of(std::string_view text) { return digest_of(std::as_bytes(std::span(text))); }

}  // namespace fluxscope
