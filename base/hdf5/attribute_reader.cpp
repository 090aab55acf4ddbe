#include "base/hdf5/attribute_reader.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include "base/error.hpp"
#include "base/hdf5/native_type.hpp"

namespace fluxscope::hdf5 {
namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{1} << 24;

template <class Wide>
Value read_number(Id attribute, Type wide, std::string const& where) {
  Wide value{};
  checked(H5Aread(attribute, memory_type(wide), &value), where, "read the attribute");
  return value;
}

Value read_text(Id attribute, Id type, std::uint64_t file_bytes, std::string const& where) {
  std::size_t const bytes = H5Tget_size(type);
  if (bytes == 0 || bytes > kMaxTextBytes || bytes > file_bytes) {
    throw InputError(
        fmt::format("{}: claims a text of {} bytes (more than the file can hold)", where, bytes));
  }
  std::string text(bytes, '\0');
  checked(H5Aread(attribute, type, text.data()), where, "read the attribute");
  text.resize(text.find_last_not_of('\0') + 1);
  return text;
}

Value value_of(Id attribute, std::uint64_t file_bytes, std::string const& where) {
  Handle const space(checked(H5Aget_space(attribute), where, "get the extent"), H5Sclose);
  Handle const type(checked(H5Aget_type(attribute), where, "get the type"), H5Tclose);
  if (H5Sget_simple_extent_npoints(space.get()) != 1) {
    throw InputError(where + ": is not a single value; make the trace anew");
  }
  std::size_t const bytes = H5Tget_size(type.get());
  switch (H5Tget_class(type.get())) {
    case H5T_INTEGER:
      if (bytes > 8) break;
      return H5Tget_sign(type.get()) == H5T_SGN_NONE
                 ? read_number<std::uint64_t>(attribute, Type::u64, where)
                 : read_number<std::int64_t>(attribute, Type::i64, where);
    case H5T_FLOAT:
      if (bytes > 8) break;
      return read_number<double>(attribute, Type::f64, where);
    case H5T_STRING:
      if (checked(H5Tis_variable_str(type.get()), where, "get the type") > 0) break;
      return read_text(attribute, type.get(), file_bytes, where);
    default:
      break;
  }
  throw InputError(where + ": is neither a number nor fixed-length text; make the trace anew");
}

}  // namespace

std::optional<Value> read_attribute(Id object, std::string const& name, std::uint64_t file_bytes,
                                    std::string const& where) {
  if (checked(H5Aexists(object, name.c_str()), where, "look up the attribute") == 0) {
    return std::nullopt;
  }
  Handle const held(
      checked(H5Aopen(object, name.c_str(), H5P_DEFAULT), where, "open the attribute"), H5Aclose);
  return value_of(held.get(), file_bytes, where);
}

}  // namespace fluxscope::hdf5
