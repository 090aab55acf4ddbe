#pragma once
// Element types of columns and values of attributes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace fluxscope::hdf5 {

/// Little-endian in the file. The order is that of the first alternatives of Value.
enum class Type : std::uint8_t { u8, u16, u32, u64, i32, i64, f32, f64 };

/// An attribute's value. Text is stored as a fixed-length UTF-8 string, padded with NUL.
using Value = std::variant<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, std::int32_t,
                           std::int64_t, float, double, std::string>;

[[nodiscard]] constexpr std::size_t size_of(Type type) {
  constexpr std::size_t kSizes[] = {1, 2, 4, 8, 4, 8, 4, 8};
  return kSizes[static_cast<std::size_t>(type)];
}

/// As h5py and numpy name it: "u1", "i8", "f8".
[[nodiscard]] constexpr std::string_view name_of(Type type) {
  constexpr std::string_view kNames[] = {"u1", "u2", "u4", "u8", "i4", "i8", "f4", "f8"};
  return kNames[static_cast<std::size_t>(type)];
}

/// Type of a C++ arithmetic type that a column can hold.
template <class T>
[[nodiscard]] constexpr Type type_of() {
  return static_cast<Type>(Value(T{}).index());
}

}  // namespace fluxscope::hdf5
