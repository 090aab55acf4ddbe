#pragma once
// The HDF5 file driver that puts a file into a JournaledStore.

#include "base/hdf5/handle.hpp"
#include "base/hdf5/journaled_store.hpp"

namespace fluxscope::hdf5 {

/// A file access property list for H5Fcreate, whose bytes go to `store`. The store must outlive
/// the file; HDF5's flush does not commit it.
[[nodiscard]] Handle journal_access(JournaledStore& store, std::string const& path);

}  // namespace fluxscope::hdf5
