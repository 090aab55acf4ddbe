#pragma once
// One field of many records, without their type: what moving and checking a column work on.

#include <cstddef>
#include <span>
#include <variant>

#include "traces/schema/column.hpp"

namespace fluxscope::traces {

/// The same field of records that lie one behind the other. Field is const where it is only read.
template <class Field>
class Strided {
 public:
  template <class Record, class Plain>
  Strided(std::span<Record> records, Plain std::remove_const_t<Record>::*member)
      : first_(records.empty() ? nullptr : bytes_of(&(records.front().*member))),
        stride_(sizeof(Record)),
        size_(records.size()) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] Field& operator[](std::size_t row) const {
    return *reinterpret_cast<Field*>(first_ + row * stride_);
  }

 private:
  using Byte = std::conditional_t<std::is_const_v<Field>, std::byte const, std::byte>;
  static Byte* bytes_of(Field* field) { return reinterpret_cast<Byte*>(field); }

  Byte* first_;
  std::size_t stride_;
  std::size_t size_;
};

template <class Members, template <class> class Of>
struct OnePerField;
template <class Record, class... Field, template <class> class Of>
struct OnePerField<std::variant<Field Record::*...>, Of> {
  using Type = std::variant<Of<Field>...>;
};

template <class Field>
using StridedConst = Strided<Field const>;

/// A Strided of whatever type the field has.
using AnyField = OnePerField<Member<LossRecord>, Strided>::Type;
using AnyConstField = OnePerField<Member<LossRecord>, StridedConst>::Type;

template <class Record>
[[nodiscard]] AnyField field_of(Member<Record> const& member, std::span<Record> records) {
  return std::visit(
      [&]<class Field>(Field Record::*plain) -> AnyField { return Strided<Field>(records, plain); },
      member);
}
template <class Record>
[[nodiscard]] AnyConstField field_of(Member<Record> const& member,
                                     std::span<Record const> records) {
  return std::visit(
      [&]<class Field>(Field Record::*plain) -> AnyConstField {
        return Strided<Field const>(records, plain);
      },
      member);
}

}  // namespace fluxscope::traces
