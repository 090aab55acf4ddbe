#pragma once

#include <gtest/gtest.h>
#include <hdf5.h>

#include <string>
#include <vector>

namespace fluxscope::plan::testing {

/// Writes whole numbers to dataset `name` of HDF5 type `stored`.
inline void write_gates_hdf5(std::string const& path, std::vector<hsize_t> const& shape,
                             std::vector<int> const& values, hid_t stored = H5T_STD_U8LE,
                             std::string const& name = "full") {
  hid_t const file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  hid_t const space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  hid_t const data =
      H5Dcreate2(file, name.c_str(), stored, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  EXPECT_GE(H5Dwrite(data, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  H5Dclose(data);
  H5Sclose(space);
  H5Fclose(file);
}

}  // namespace fluxscope::plan::testing
