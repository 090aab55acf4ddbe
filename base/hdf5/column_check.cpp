#include "base/hdf5/column_check.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include "base/error.hpp"
#include "base/hdf5/native_type.hpp"

namespace fluxscope::hdf5 {
namespace {

constexpr std::uint64_t kMaxChunkBytes = std::uint64_t{1} << 28;
// deflate shrinks at most 1032-fold; the rest is for the last, partly filled chunk.
constexpr std::uint64_t kMaxInflation = 1100;

[[noreturn]] void refuse(std::string const& where, std::string const& problem) {
  throw InputError(
      fmt::format("{}: {}; fluxscope wrote no such column, make the trace anew", where, problem));
}

void check_type(Id dataset, Type type, std::string const& where) {
  Handle const held(checked(H5Dget_type(dataset), where, "get the type"), H5Tclose);
  if (checked(H5Tequal(held.get(), file_type(type)), where, "compare the type") == 0) {
    refuse(where,
           fmt::format("has another element type (expected little-endian {})", name_of(type)));
  }
}

void check_filters(Id properties, std::string const& where) {
  int const count = checked(H5Pget_nfilters(properties), where, "count filters");
  for (int i = 0; i < count; ++i) {
    unsigned flags = 0;
    unsigned config = 0;
    std::size_t values = 0;
    H5Z_filter_t const filter = checked(H5Pget_filter2(properties, static_cast<unsigned>(i), &flags,
                                                       &values, nullptr, 0, nullptr, &config),
                                        where, "get a filter");
    if (filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_DEFLATE &&
        filter != H5Z_FILTER_FLETCHER32) {
      refuse(where, fmt::format("uses HDF5 filter {} (allowed: shuffle, deflate, fletcher32)",
                                static_cast<int>(filter)));
    }
  }
}

// A chunk that skips filters, lies outside the file or is absent is never ours.
void check_chunks(Id dataset, Id properties, Type type, hsize_t rows, std::uint64_t file_bytes,
                  std::string const& where) {
  hsize_t chunk = 0;
  if (checked(H5Pget_chunk(properties, 1, &chunk), where, "get the chunk size") != 1 ||
      chunk == 0 || chunk > kMaxChunkBytes / size_of(type)) {
    refuse(where, fmt::format("has chunks of {} rows", chunk));
  }
  for (hsize_t first = 0; first < rows; first += chunk) {
    unsigned skipped = 0;
    haddr_t address = HADDR_UNDEF;
    hsize_t bytes = 0;
    checked(H5Dget_chunk_info_by_coord(dataset, &first, &skipped, &address, &bytes), where,
            "find a chunk");
    bool const inside = address != HADDR_UNDEF && bytes > 0 && address < file_bytes &&
                        bytes <= file_bytes - address;
    if (!inside || skipped != 0) {
      refuse(where,
             fmt::format("has a chunk at row {} that is absent, cut off or unfiltered", first));
    }
  }
}

}  // namespace

std::size_t checked_rows(Id dataset, Type type, std::uint64_t file_bytes,
                         std::string const& where) {
  Handle const space(checked(H5Dget_space(dataset), where, "get the extent"), H5Sclose);
  if (H5Sget_simple_extent_type(space.get()) != H5S_SIMPLE ||
      H5Sget_simple_extent_ndims(space.get()) != 1) {
    refuse(where, "is not one-dimensional");
  }
  hsize_t rows = 0;
  checked(H5Sget_simple_extent_dims(space.get(), &rows, nullptr), where, "get the extent");
  check_type(dataset, type, where);

  Handle const properties(checked(H5Dget_create_plist(dataset), where, "get the properties"),
                          H5Pclose);
  check_filters(properties.get(), where);
  H5D_layout_t const layout = H5Pget_layout(properties.get());
  if (layout != H5D_CHUNKED && layout != H5D_CONTIGUOUS && layout != H5D_COMPACT) {
    refuse(where, "is a virtual dataset (its values lie in another file)");
  }
  if (checked(H5Pget_external_count(properties.get()), where, "count external files") > 0) {
    refuse(where, "stores its values in another file");
  }
  if (rows == 0) return 0;

  std::uint64_t const inflation = layout == H5D_CHUNKED ? kMaxInflation : 1;
  if (rows > file_bytes / size_of(type) * inflation ||
      rows > H5Dget_storage_size(dataset) * inflation / size_of(type)) {
    refuse(where, fmt::format("claims {} rows, more than its stored bytes can hold", rows));
  }
  if (layout == H5D_CHUNKED) {
    check_chunks(dataset, properties.get(), type, rows, file_bytes, where);
  }
  return static_cast<std::size_t>(rows);
}

}  // namespace fluxscope::hdf5
