#include "traces/file/rows.hpp"

#include <fmt/format.h>

#include <cstring>
#include <type_traits>

namespace fluxscope::traces {
namespace {

template <class Stored, class Field, class Convert>
void put_all(Strided<Field> const& field, std::byte* out, Convert&& convert) {
  for (std::size_t i = 0; i < field.size(); ++i) {
    auto const value = static_cast<Stored>(convert(field[i]));
    std::memcpy(out, &value, sizeof value);
    out += sizeof value;
  }
}

std::optional<std::string> scatter_field(Strided<std::string> const& field, std::byte const* from,
                                         std::span<std::string const> strings) {
  for (std::size_t i = 0; i < field.size(); ++i) {
    std::uint32_t row = 0;
    std::memcpy(&row, from + i * sizeof row, sizeof row);
    if (row >= strings.size()) {
      return fmt::format("row {}: names text {} of {}", i, row, strings.size());
    }
    field[i] = strings[row];
  }
  return std::nullopt;
}

std::optional<std::string> scatter_field(Strided<bool> const& field, std::byte const* from,
                                         std::span<std::string const>) {
  for (std::size_t i = 0; i < field.size(); ++i) {
    auto const flag = std::to_integer<unsigned>(from[i]);
    if (flag > 1) return fmt::format("row {}: is {}, expected 0 or 1", i, flag);
    field[i] = flag == 1;
  }
  return std::nullopt;
}

template <class Field>
std::optional<std::string> scatter_field(Strided<Field> const& field, std::byte const* from,
                                         std::span<std::string const>) {
  for (std::size_t i = 0; i < field.size(); ++i) {
    std::memcpy(&field[i], from + i * sizeof(Field), sizeof(Field));
  }
  return std::nullopt;
}

}  // namespace

std::span<std::byte const> gather(AnyConstField const& field, StringTable& strings,
                                  std::vector<std::byte>& buffer) {
  std::visit(
      [&]<class Field>(Strided<Field const> const& values) {
        buffer.resize(values.size() * hdf5::size_of(stored_type_at(field.index())));
        if constexpr (std::is_same_v<Field, std::string>) {
          put_all<std::uint32_t>(values, buffer.data(),
                                 [&](std::string const& text) { return strings.intern(text); });
        } else if constexpr (std::is_same_v<Field, bool>) {
          put_all<std::uint8_t>(values, buffer.data(), [](bool flag) { return flag; });
        } else {
          put_all<Field>(values, buffer.data(), [](Field value) { return value; });
        }
      },
      field);
  return buffer;
}

std::optional<std::string> scatter(AnyField const& field, std::span<std::byte const> elements,
                                   std::span<std::string const> strings) {
  return std::visit(
      [&](auto const& values) { return scatter_field(values, elements.data(), strings); }, field);
}

}  // namespace fluxscope::traces
