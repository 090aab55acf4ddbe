#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "base/error.hpp"
#include "base/files/input_log.hpp"
#include "plan/decisions/gate_file/formats.hpp"

namespace fluxscope::plan::detail {
namespace {

constexpr hsize_t kMaxRequests = 1 << 20;
constexpr hsize_t kChecksumBytes = 4;  // of fletcher32: HDF5 1.10 crashes on chunks without it

/// Closes an HDF5 handle of any kind; throws where opening failed.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t), std::string const& problem) : id_(id), close_(close) {
    if (id_ < 0) throw InputError(problem);
  }
  ~Handle() { close_(id_); }
  Handle(Handle const&) = delete;
  Handle& operator=(Handle const&) = delete;
  [[nodiscard]] hid_t id() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

struct Shape {
  int rank = 0;
  std::array<hsize_t, 3> sizes{};
};

Shape checked_shape(hid_t dataset, std::string const& path, Model const& model) {
  Handle const space(H5Dget_space(dataset), H5Sclose, path + ": /full has no readable shape.");
  Handle const type(H5Dget_type(dataset), H5Tclose, path + ": /full has no readable type.");
  if (H5Tget_class(type.id()) != H5T_INTEGER || H5Tget_size(type.id()) != 1) {
    throw InputError(path + ": /full is not of 8-bit integers. Write it as uint8.");
  }
  Shape shape{.rank = H5Sget_simple_extent_ndims(space.id())};
  if (shape.rank != 2 && shape.rank != 3) {
    throw InputError(path + ": /full has " + std::to_string(shape.rank) +
                     " axes, expected [requests, layers] or [requests, layers, kv_heads].");
  }
  if (H5Sget_simple_extent_dims(space.id(), shape.sizes.data(), nullptr) < 0) {
    throw InputError(path + ": /full has no readable shape.");
  }
  if (shape.sizes[0] < 1 || shape.sizes[0] > kMaxRequests ||
      shape.sizes[1] != static_cast<hsize_t>(model.layers) ||
      (shape.rank == 3 && shape.sizes[2] != static_cast<hsize_t>(model.attention.kv_heads))) {
    throw InputError(path + ": the shape of /full does not fit " + model.name + " (" +
                     std::to_string(model.layers) + " layers, " +
                     std::to_string(model.attention.kv_heads) + " KV heads).");
  }
  return shape;
}

[[noreturn]] void refuse(std::string const& path, std::string const& problem) {
  throw InputError(path + ": /full " + problem +
                   ". Write a decision for every layer into the file itself.");
}

// HDF5 gives the fill value, 0, for what was never written: it would read as "sparse".
void check_chunks(hid_t dataset, hid_t properties, Shape const& shape, std::string const& path) {
  std::array<hsize_t, 3> chunk{};
  if (H5Pget_chunk(properties, shape.rank, chunk.data()) != shape.rank) {
    refuse(path, "has no readable chunks");
  }
  hsize_t expected = 1;
  for (int axis = 0; axis < shape.rank; ++axis) {
    auto const i = static_cast<std::size_t>(axis);
    expected *= (shape.sizes[i] + chunk[i] - 1) / chunk[i];
  }
  bool const has_checksum = H5Zfilter_avail(H5Z_FILTER_FLETCHER32) > 0 &&
                            H5Pget_filter_by_id2(properties, H5Z_FILTER_FLETCHER32, nullptr,
                                                 nullptr, nullptr, 0, nullptr, nullptr) >= 0;
  Handle const all(H5Dget_space(dataset), H5Sclose, path + ": /full has no readable shape.");
  hsize_t written = 0;
  if (H5Dget_num_chunks(dataset, all.id(), &written) < 0 || written != expected) {
    refuse(path, "is written only in part (" + std::to_string(written) + " of " +
                     std::to_string(expected) + " chunks)");
  }
  for (hsize_t i = 0; has_checksum && i < written; ++i) {
    hsize_t bytes = 0;
    if (H5Dget_chunk_info(dataset, all.id(), i, nullptr, nullptr, nullptr, &bytes) < 0 ||
        bytes <= kChecksumBytes) {
      refuse(path, "has a chunk that is shorter than its checksum");
    }
  }
}

/// Refuses values that lie in another file or were never written.
void check_written(hid_t dataset, Shape const& shape, std::string const& path) {
  Handle const properties(H5Dget_create_plist(dataset), H5Pclose,
                          path + ": /full has no readable properties.");
  H5D_layout_t const layout = H5Pget_layout(properties.id());
  if (layout == H5D_VIRTUAL || H5Pget_external_count(properties.id()) != 0) {
    refuse(path, "keeps its values in another file (virtual or external)");
  }
  if (layout == H5D_CHUNKED) return check_chunks(dataset, properties.id(), shape, path);
  H5D_space_status_t status = H5D_SPACE_STATUS_ERROR;
  if (H5Dget_space_status(dataset, &status) < 0 || status != H5D_SPACE_STATUS_ALLOCATED) {
    refuse(path, "was created and never written");
  }
}

// Where HDF5 took the space before anything was written, nothing but the values tells.
void check_not_only_fill(hid_t dataset, std::vector<std::int16_t> const& values,
                         std::string const& path) {
  Handle const properties(H5Dget_create_plist(dataset), H5Pclose,
                          path + ": /full has no readable properties.");
  H5D_alloc_time_t when = H5D_ALLOC_TIME_DEFAULT;
  std::int16_t fill = 0;
  if (H5Pget_alloc_time(properties.id(), &when) < 0 ||
      H5Pget_fill_value(properties.id(), H5T_NATIVE_INT16, &fill) < 0) {
    refuse(path, "has no readable fill value");
  }
  if (when != H5D_ALLOC_TIME_EARLY) return;
  if (std::all_of(values.begin(), values.end(), [&](auto value) { return value == fill; })) {
    refuse(path, "holds its fill value only and may never have been written");
  }
}

}  // namespace

Gates read_gate_hdf5(std::string const& path, Model const& model) {
  note_input(path);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // problems are reported by us, not printed by HDF5
  Handle const file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose,
                    path + ": not a readable HDF5 file. Check the path and that it is whole.");
  Handle const dataset(H5Dopen2(file.id(), "full", H5P_DEFAULT), H5Dclose,
                       path + ": no dataset /full. Write the decisions under that name.");
  Shape const shape = checked_shape(dataset.id(), path, model);
  check_written(dataset.id(), shape, path);
  hsize_t const per_layer = shape.rank == 3 ? shape.sizes[2] : 1;
  // Wider than the file: -1 must not be clipped to 0.
  std::vector<std::int16_t> raw(shape.sizes[0] * shape.sizes[1] * per_layer);
  if (H5Dread(dataset.id(), H5T_NATIVE_INT16, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()) < 0) {
    throw InputError(path + ": /full cannot be read (is the file truncated?).");
  }
  check_not_only_fill(dataset.id(), raw, path);
  Gates gates = full_gates(model, static_cast<std::int32_t>(shape.sizes[0]));
  for (std::size_t i = 0; i < gates.full.size(); ++i) {
    std::int16_t const value =
        raw[shape.rank == 3 ? i : i / static_cast<std::size_t>(gates.kv_heads)];
    if (value < 0 || value > 1) {
      throw InputError(path + ": /full holds " + std::to_string(value) + ", expected 0 or 1.");
    }
    gates.full[i] = static_cast<std::uint8_t>(value);
  }
  return gates;
}

}  // namespace fluxscope::plan::detail
