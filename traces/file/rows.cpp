#include "traces/file/rows.hpp"

#include <fmt/format.h>

#include <cstring>
#include <type_traits>

namespace fluxscope::traces {
namespace {

template <class Stored, class Record, class Field>
void gather_field(Field Record::*member, std::span<Record const> records, std::byte* out) {
  for (Record const& record : records) {
    auto const value = static_cast<Stored>(record.*member);
    std::memcpy(out, &value, sizeof value);
    out += sizeof value;
  }
}

}  // namespace

template <class Record>
std::span<std::byte const> gather(Column<Record> const& column, std::span<Record const> records,
                                  StringTable& strings, std::vector<std::byte>& buffer) {
  buffer.resize(records.size() * hdf5::size_of(stored_type(column.member)));
  std::visit(
      [&]<class Field>(Field Record::*member) {
        if constexpr (std::is_same_v<Field, std::string>) {
          std::byte* out = buffer.data();
          for (Record const& record : records) {
            std::uint32_t const row = strings.intern(record.*member);
            std::memcpy(out, &row, sizeof row);
            out += sizeof row;
          }
        } else if constexpr (std::is_same_v<Field, bool>) {
          gather_field<std::uint8_t>(member, records, buffer.data());
        } else {
          gather_field<Field>(member, records, buffer.data());
        }
      },
      column.member);
  return buffer;
}

template <class Record>
std::optional<std::string> scatter(Column<Record> const& column,
                                   std::span<std::byte const> elements,
                                   std::span<std::string const> strings,
                                   std::span<Record> records) {
  std::size_t const stride = hdf5::size_of(stored_type(column.member));
  return std::visit(
      [&]<class Field>(Field Record::*member) -> std::optional<std::string> {
        for (std::size_t i = 0; i < records.size(); ++i) {
          std::byte const* const from = elements.data() + i * stride;
          if constexpr (std::is_same_v<Field, std::string>) {
            std::uint32_t row = 0;
            std::memcpy(&row, from, sizeof row);
            if (row >= strings.size()) {
              return fmt::format("row {}: names text {} of {}", i, row, strings.size());
            }
            records[i].*member = strings[row];
          } else if constexpr (std::is_same_v<Field, bool>) {
            auto const flag = std::to_integer<unsigned>(*from);
            if (flag > 1) return fmt::format("row {}: is {}, expected 0 or 1", i, flag);
            records[i].*member = flag == 1;
          } else {
            std::memcpy(&(records[i].*member), from, sizeof(Field));
          }
        }
        return std::nullopt;
      },
      column.member);
}

#define FLUXSCOPE_INSTANTIATE(Record)                                                            \
  template std::span<std::byte const> gather(Column<Record> const&, std::span<Record const>,     \
                                             StringTable&, std::vector<std::byte>&);             \
  template std::optional<std::string> scatter(Column<Record> const&, std::span<std::byte const>, \
                                              std::span<std::string const>, std::span<Record>);
FLUXSCOPE_INSTANTIATE(CaseRecord)
FLUXSCOPE_INSTANTIATE(RowRecord)
FLUXSCOPE_INSTANTIATE(RowLayerRecord)
FLUXSCOPE_INSTANTIATE(TileRow)
FLUXSCOPE_INSTANTIATE(SampleRecord)
FLUXSCOPE_INSTANTIATE(LaunchRecord)
FLUXSCOPE_INSTANTIATE(SmRecord)
FLUXSCOPE_INSTANTIATE(CtaRecord)
FLUXSCOPE_INSTANTIATE(WorkRecord)
FLUXSCOPE_INSTANTIATE(WarpRecord)
FLUXSCOPE_INSTANTIATE(TileTimeRecord)
FLUXSCOPE_INSTANTIATE(CounterRecord)
FLUXSCOPE_INSTANTIATE(ActivityRecord)
FLUXSCOPE_INSTANTIATE(OverheadRecord)
FLUXSCOPE_INSTANTIATE(CrosscheckRecord)
FLUXSCOPE_INSTANTIATE(SmClockRecord)
FLUXSCOPE_INSTANTIATE(PassRecord)
FLUXSCOPE_INSTANTIATE(LossRecord)
#undef FLUXSCOPE_INSTANTIATE

}  // namespace fluxscope::traces
