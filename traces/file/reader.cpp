#include "traces/file/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/hdf5/file_reader.hpp"
#include "base/text/printable.hpp"
#include "traces/file/rows.hpp"
#include "traces/file/upgrade.hpp"
#include "traces/schema/schema.hpp"

namespace fluxscope::traces {
namespace {

constexpr std::uint64_t kMaxTextBytes = std::uint64_t{1} << 20;      // one interned text
constexpr std::uint64_t kMaxCopiedBytes = std::uint64_t{256} << 20;  // texts of one column

[[noreturn]] void refuse(std::string const& path, std::string const& problem) {
  throw InputError(fmt::format("{}: {}; make the trace anew", path, problem));
}

template <class T>
std::vector<T> read_values(hdf5::FileReader const& file, std::string const& column) {
  hdf5::ColumnReader reader = file.column(column, hdf5::type_of<T>());
  reader.locate();
  std::vector<T> values(reader.rows());
  reader.read(std::as_writable_bytes(std::span(values)));
  return values;
}

std::vector<std::string> read_strings(hdf5::FileReader const& file, std::string const& path) {
  for (char const* column : {"/strings/offset", "/strings/blob"}) {
    if (!file.exists(column)) refuse(path, fmt::format("has no dataset {}", column));
  }
  auto const offsets = read_values<std::uint64_t>(file, "/strings/offset");
  auto const blob = read_values<std::uint8_t>(file, "/strings/blob");
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != blob.size()) {
    refuse(path, "/strings/offset does not span /strings/blob");
  }
  std::vector<std::string> strings;
  strings.reserve(offsets.size() - 1);
  for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
    if (offsets[i] > offsets[i + 1] || offsets[i + 1] > blob.size() ||
        offsets[i + 1] - offsets[i] > kMaxTextBytes) {
      refuse(path, fmt::format("/strings/offset row {} is out of order or too long", i));
    }
    strings.emplace_back(blob.begin() + static_cast<std::ptrdiff_t>(offsets[i]),
                         blob.begin() + static_cast<std::ptrdiff_t>(offsets[i + 1]));
  }
  return strings;
}

std::string required_text(hdf5::FileReader const& file, std::string const& name,
                          std::string const& path) {
  auto const value = file.attribute("/", name);
  if (value && std::holds_alternative<std::string>(*value)) return std::get<std::string>(*value);
  throw InputError(fmt::format(
      "{}: is not a fluxscope trace (no root attribute '{}'); name a file that `fluxscope profile` "
      "or `fluxscope simulate` wrote",
      path, name));
}

struct SchemaVersion {
  int major = 0;
  int minor = 0;
};

/// Of "1.7.0": 1 and 7. Empty where the text does not begin so.
std::optional<SchemaVersion> parse_version(std::string const& text) {
  SchemaVersion version;
  char const* const end = text.data() + text.size();
  auto const major = std::from_chars(text.data(), end, version.major);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return std::nullopt;
  auto const minor = std::from_chars(major.ptr + 1, end, version.minor);
  if (minor.ec != std::errc{} || (minor.ptr != end && *minor.ptr != '.')) return std::nullopt;
  if (version.major < 0 || version.minor < 0) return std::nullopt;
  return version;
}

/// The minor version of the file, which is of our major one.
int checked_minor_version(hdf5::FileReader const& file, std::string const& path) {
  std::string const schema = required_text(file, "schema", path);
  if (schema != kSchemaName) {
    throw InputError(fmt::format("{}: has schema {} (expected '{}'); name a fluxscope trace", path,
                                 in_quotes(schema), kSchemaName));
  }
  std::string const version = required_text(file, "schema_version", path);
  auto const parsed = parse_version(version);
  if (!parsed) {
    refuse(path, fmt::format("has schema_version {} (expected e.g. '{}')", in_quotes(version),
                             kSchemaVersion));
  }
  if (parsed->major != kSchemaMajor) {
    throw InputError(fmt::format(
        "{}: has schema version {} (this fluxscope reads major version {}); use the fluxscope that "
        "wrote it, or make the trace anew",
        path, version, kSchemaMajor));
  }
  return parsed->minor;
}

// A file that says it is older, and carries digests, is held to them.
void check_digests(hdf5::FileReader const& file, int minor, std::string const& path) {
  if (minor >= kMinorWithDigests && !file.has_digests()) {
    refuse(path, "has no digest (root attribute digest), which every trace of its version has");
  }
  file.check_contents();
}

// Integers of the file that do not fit the field are refused, not cut.
template <class Field>
bool assign(Field& field, hdf5::Value const& value) {
  if constexpr (std::is_same_v<Field, std::string>) {
    if (!std::holds_alternative<std::string>(value)) return false;
    field = std::get<std::string>(value);
    return true;
  } else if constexpr (std::is_floating_point_v<Field>) {
    if (!std::holds_alternative<double>(value)) return false;
    field = static_cast<Field>(std::get<double>(value));
    return true;
  } else if (auto const* wide = std::get_if<std::int64_t>(&value)) {
    if constexpr (!std::is_same_v<Field, bool>) {
      if (!std::in_range<Field>(*wide)) return false;
    }
    field = static_cast<Field>(*wide);
    return true;
  } else if (auto const* wide_unsigned = std::get_if<std::uint64_t>(&value)) {
    if constexpr (std::is_same_v<Field, bool>) {
      if (*wide_unsigned > 1) return false;
    } else {
      if (!std::in_range<Field>(*wide_unsigned)) return false;
    }
    field = static_cast<Field>(*wide_unsigned);
    return true;
  }
  return false;
}

template <class Info>
void read_attributes(hdf5::FileReader const& file, int minor, std::string const& path, Info& info) {
  AttributeGroup<Info> const& group = attributes<Info>();
  std::string const object(group.group);
  if (object != "/" && !file.exists(object)) refuse(path, "has no group " + object);
  for (Column<Info> const& column : group.columns) {
    if (column.since.minor > minor) continue;
    auto const value = file.attribute(object, std::string(column.name));
    if (!value) refuse(path, fmt::format("{} has no attribute {}", object, column.name));
    bool const fits =
        std::visit([&](auto member) { return assign(info.*member, *value); }, column.member);
    if (!fits) refuse(path, fmt::format("{}: attribute {} has a wrong type", object, column.name));
  }
}

// A short index column must not blow up into gigabytes of copied text.
void check_text_bytes(std::span<std::byte const> elements, std::span<std::string const> strings,
                      std::string const& where) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i + 4 <= elements.size(); i += 4) {
    std::uint32_t row = 0;
    std::memcpy(&row, elements.data() + i, sizeof row);
    if (row < strings.size()) total += strings[row].size();
  }
  if (total > kMaxCopiedBytes) refuse(where, fmt::format("holds {} bytes of text", total));
}

/// The columns that a file of 1.`minor` has, all of as many rows as the first.
template <class Record>
std::vector<std::pair<Column<Record> const*, hdf5::ColumnReader>> open_columns(
    hdf5::FileReader const& file, int minor, std::string const& path) {
  Table<Record> const& table = traces::table<Record>();
  std::string const group(table.group);
  std::vector<std::pair<Column<Record> const*, hdf5::ColumnReader>> columns;
  for (Column<Record> const& column : table.columns) {
    if (column.since.minor > minor) continue;
    std::string const name = fmt::format("{}/{}", group, column.name);
    if (!file.exists(name)) refuse(path, "has no dataset " + name);
    columns.emplace_back(&column, file.column(name, stored_type(column.member)));
    std::size_t const rows = columns.back().second.rows();
    std::size_t const expected = columns.front().second.rows();
    if (rows != expected) {
      refuse(path, fmt::format("{} has {} rows, but {}/{} has {}", name, rows, group,
                               columns.front().first->name, expected));
    }
  }
  return columns;
}

// Memory is taken only after every column is known to be there with all its rows.
template <class Record>
void read_table(hdf5::FileReader const& file, int minor, std::span<std::string const> strings,
                std::string const& path, std::vector<Record>& records) {
  Table<Record> const& table = traces::table<Record>();
  if (table.since.minor > minor) return;
  std::string const group(table.group);
  if (!file.exists(group)) refuse(path, "has no group " + group);
  file.check_links(group);
  auto columns = open_columns<Record>(file, minor, path);
  for (auto& [column, reader] : columns) reader.locate();
  records.resize(columns.front().second.rows());
  std::vector<std::byte> elements;
  for (auto const& [column, reader] : columns) {
    elements.resize(records.size() * hdf5::size_of(stored_type(column->member)));
    reader.read(elements);
    std::string const where = fmt::format("{}: {}/{}", path, group, column->name);
    if (is_text(*column)) check_text_bytes(elements, strings, where);
    auto const field = field_of<Record>(column->member, std::span(records));
    if (auto const problem = scatter(field, elements, strings)) refuse(where, *problem);
  }
}

}  // namespace

Trace read_trace(std::string const& path) {
  hdf5::FileReader const file(path);
  int const minor = checked_minor_version(file, path);
  file.check_links("/");
  for (char const* group : {"/strings", "/clock"}) {
    if (!file.exists(group)) refuse(path, std::string("has no group ") + group);
    file.check_links(group);
  }
  check_digests(file, minor, path);

  Trace trace;
  trace.has_digests = file.has_digests();
  auto const complete = file.attribute("/", "complete");
  if (!complete || !assign(trace.complete, *complete)) {
    refuse(path, "root attribute complete is absent or not 0 or 1");
  }
  for_each_attribute_group(
      [&](auto const& group) { read_attributes(file, minor, path, trace.*group.info); });
  std::vector<std::string> const strings = read_strings(file, path);
  for_each_type(Records{}, [&]<class Record>() {
    read_table(file, minor, strings, path, rows_of<Record>(trace));
  });
  upgrade(trace, minor);
  validate(trace, path);
  return trace;
}

}  // namespace fluxscope::traces
