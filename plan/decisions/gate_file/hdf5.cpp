#include <hdf5.h>

#include <array>
#include <cstring>
#include <memory>

#include "base/error.hpp"
#include "base/files/input_log.hpp"
#include "plan/decisions/gate_file/gate_file.hpp"

namespace fluxscope::plan::detail {
namespace {

constexpr hsize_t kMaxRequests = 1 << 20;

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

}  // namespace

Gates read_gate_hdf5(std::string const& path, Model const& model) {
  note_input(path);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // problems are reported by us, not printed by HDF5
  Handle const file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose,
                    path + ": not a readable HDF5 file. Check the path and that it is whole.");
  Handle const dataset(H5Dopen2(file.id(), "full", H5P_DEFAULT), H5Dclose,
                       path + ": no dataset /full. Write the decisions under that name.");
  Shape const shape = checked_shape(dataset.id(), path, model);
  hsize_t const per_layer = shape.rank == 3 ? shape.sizes[2] : 1;
  // Wider than the file: -1 must not be clipped to 0.
  std::vector<std::int16_t> raw(shape.sizes[0] * shape.sizes[1] * per_layer);
  if (H5Dread(dataset.id(), H5T_NATIVE_INT16, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()) < 0) {
    throw InputError(path + ": /full cannot be read (is the file truncated?).");
  }
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
