#include "base/hdf5/native_type.hpp"

#include <hdf5.h>

namespace fluxscope::hdf5 {

Id file_type(Type type) {
  hid_t const types[] = {H5T_STD_U8LE,  H5T_STD_U16LE, H5T_STD_U32LE,  H5T_STD_U64LE,
                         H5T_STD_I32LE, H5T_STD_I64LE, H5T_IEEE_F32LE, H5T_IEEE_F64LE};
  return types[static_cast<std::size_t>(type)];
}

Id memory_type(Type type) {
  hid_t const types[] = {H5T_NATIVE_UINT8, H5T_NATIVE_UINT16, H5T_NATIVE_UINT32, H5T_NATIVE_UINT64,
                         H5T_NATIVE_INT32, H5T_NATIVE_INT64,  H5T_NATIVE_FLOAT,  H5T_NATIVE_DOUBLE};
  return types[static_cast<std::size_t>(type)];
}

}  // namespace fluxscope::hdf5
