#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace fluxscope::hdf5 {

static_assert(std::endian::native == std::endian::little, "numbers are read as they lie in a file");

/// Takes numbers from the front of some bytes. After one that is not there whole, ok() is false and
/// all further ones are 0.
class LittleEndian {
 public:
  explicit LittleEndian(std::span<std::byte const> bytes) : rest_(bytes) {}

  template <class Number>
  [[nodiscard]] Number take() {
    Number number{};
    if (auto const bytes = take_bytes(sizeof number); !bytes.empty()) {
      std::memcpy(&number, bytes.data(), sizeof number);
    }
    return number;
  }

  /// Empty where fewer are left.
  std::span<std::byte const> take_bytes(std::size_t count) {
    ok_ = ok_ && count <= rest_.size();
    if (!ok_) return {};
    auto const taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t left() const { return ok_ ? rest_.size() : 0; }

 private:
  std::span<std::byte const> rest_;
  bool ok_ = true;
};

}  // namespace fluxscope::hdf5
