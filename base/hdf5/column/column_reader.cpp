#include "base/hdf5/column/column_reader.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/hdf5/column/chunk_filters.hpp"
#include "base/hdf5/contents_reader.hpp"
#include "base/hdf5/digest.hpp"
#include "base/hdf5/native_type.hpp"

namespace fluxscope::hdf5 {
namespace {

constexpr std::uint64_t kMaxChunkBytes = std::uint64_t{1} << 22;  // ours: up to 2^16
// A zlib stream has 2 bytes in front, at least 2 of data, and a checksum of 4.
constexpr std::uint64_t kMinStoredBytes = 8 + kFletcherBytes;

// Beyond this, HDF5's deflate filter stores nothing: it allows a thousandth more than the rows.
std::uint64_t max_stored_bytes(std::uint64_t chunk_bytes) {
  return chunk_bytes + chunk_bytes / 1000 + 16 + kFletcherBytes;
}

std::size_t checked_rows(Id dataset, std::string const& where) {
  Handle const space(checked(H5Dget_space(dataset), where, "get the extent"), H5Sclose);
  if (H5Sget_simple_extent_type(space.get()) != H5S_SIMPLE ||
      H5Sget_simple_extent_ndims(space.get()) != 1) {
    throw InputError(where + ": is not one-dimensional; fluxscope wrote no such column");
  }
  hsize_t rows = 0;
  checked(H5Sget_simple_extent_dims(space.get(), &rows, nullptr), where, "get the extent");
  return static_cast<std::size_t>(rows);
}

std::uint64_t header_address(Id dataset, std::string const& where) {
#if H5_VERSION_GE(1, 12, 0)
  H5O_info1_t info{};
#else
  H5O_info_t info{};
#endif
  checked(H5Oget_info2(dataset, &info, H5O_INFO_BASIC), where, "find the header");
  return info.addr;
}

}  // namespace

ColumnReader::ColumnReader(Handle dataset, Type type, FileBytes const& bytes, std::string where)
    : dataset_(std::move(dataset)),
      type_(type),
      bytes_(bytes),
      where_(std::move(where)),
      rows_(checked_rows(dataset_.get(), where_)),
      digest_(digest_attribute(dataset_.get(), where_)) {
  Handle const held(checked(H5Dget_type(dataset_.get()), where_, "get the type"), H5Tclose);
  if (checked(H5Tequal(held.get(), file_type(type)), where_, "compare the type") == 0) {
    refuse(fmt::format("has another element type (expected little-endian {})", name_of(type)));
  }
}

void ColumnReader::refuse(std::string const& problem) const {
  throw InputError(
      fmt::format("{}: {}; fluxscope wrote no such column, make the trace anew", where_, problem));
}

// Exactly ours, in our order: undo_filters() undoes no other.
void ColumnReader::check_filters(Id properties) const {
  std::vector<H5Z_filter_t> expected = {H5Z_FILTER_DEFLATE, H5Z_FILTER_FLETCHER32};
  if (size_of(type_) > 1) expected.insert(expected.begin(), H5Z_FILTER_SHUFFLE);
  int const count = checked(H5Pget_nfilters(properties), where_, "count filters");
  std::vector<H5Z_filter_t> got;
  for (int i = 0; i < count; ++i) {
    unsigned flags = 0;
    unsigned config = 0;
    std::size_t values = 0;
    got.push_back(checked(H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &values,
                                         nullptr, 0, nullptr, &config),
                          where_, "get a filter"));
  }
  if (got == expected) return;
  refuse(fmt::format("uses HDF5 filters [{}] (expected: [{}]; 1 deflate, 2 shuffle, 3 fletcher32)",
                     fmt::join(got, ", "), fmt::join(expected, ", ")));
}

ChunkLayout ColumnReader::layout() const {
  Handle const properties(
      checked(H5Dget_create_plist(dataset_.get()), where_, "get the properties"), H5Pclose);
  if (checked(H5Pget_external_count(properties.get()), where_, "count external files") > 0) {
    refuse("stores its values in another file");
  }
  if (H5Pget_layout(properties.get()) != H5D_CHUNKED) {
    refuse("is not stored in chunks (contiguous, compact, or virtual: its values lie elsewhere)");
  }
  check_filters(properties.get());
  auto const layout = chunk_layout_at(bytes_, header_address(dataset_.get(), where_));
  if (!layout || layout->element_bytes != size_of(type_) || layout->chunk_rows == 0 ||
      layout->chunk_rows > kMaxChunkBytes / size_of(type_)) {
    refuse("has chunks of another form");
  }
  return *layout;
}

void ColumnReader::locate() {
  ChunkLayout const found = layout();
  chunk_rows_ = found.chunk_rows;
  if (rows_ == 0) return;
  chunks_ = read_chunk_index(bytes_, found.index_address,
                             {.rows = rows_,
                              .chunk_rows = chunk_rows_,
                              .min_bytes = kMinStoredBytes,
                              .max_bytes = max_stored_bytes(chunk_rows_ * size_of(type_))},
                             where_);
}

void ColumnReader::read_chunk(StoredChunk const& chunk, std::size_t first_row,
                              std::span<std::byte> out) const {
  std::vector<std::byte> stored(chunk.bytes);
  if (!bytes_.read(chunk.address, stored)) {
    refuse(fmt::format("has a chunk at row {} that cannot be read", first_row));
  }
  if (auto const problem = undo_filters(stored, size_of(type_), out)) {
    throw InputError(fmt::format(
        "{}: its chunk at row {} {} (the file was changed or damaged); make it anew, or take a "
        "whole copy",
        where_, first_row, *problem));
  }
}

void ColumnReader::read(std::span<std::byte> out) const {
  expects(out.size() == rows_ * size_of(type_), "read() fills exactly the whole column");
  std::size_t const chunk_bytes = chunk_rows_ * size_of(type_);
  std::vector<std::byte> last;
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    auto const rest = out.subspan(i * chunk_bytes);
    if (rest.size() >= chunk_bytes) {
      read_chunk(chunks_[i], i * chunk_rows_, rest.first(chunk_bytes));
      continue;
    }
    last.resize(chunk_bytes);
    read_chunk(chunks_[i], i * chunk_rows_, last);
    std::copy_n(last.begin(), rest.size(), rest.begin());
  }
  if (digest_ && *digest_ != digest_of(out)) {
    throw InputError(
        where_ +
        " does not hold the values that were written (its digest does not match: the file was "
        "changed or damaged); make it anew, or take a whole copy");
  }
}

}  // namespace fluxscope::hdf5
