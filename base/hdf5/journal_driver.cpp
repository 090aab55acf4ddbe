#include "base/hdf5/journal_driver.hpp"

#include <hdf5.h>
#if H5_VERSION_GE(1, 14, 0)
#include <H5FDdevelop.h>
#endif

#include <algorithm>
#include <exception>
#include <limits>
#include <memory>

#include "base/error.hpp"

namespace fluxscope::hdf5 {
namespace {

// HDF5 hands out pointers to the public part, which must come first.
struct JournalFile {
  H5FD_t head{};
  std::shared_ptr<JournaledStore*> store;  // to null where the store has gone
  haddr_t end_of_allocation = 0;
};

struct AccessInfo {
  JournaledStore* store = nullptr;
};

JournalFile& file_of(H5FD_t* file) { return *reinterpret_cast<JournalFile*>(file); }
JournalFile const& file_of(H5FD_t const* file) {
  return *reinterpret_cast<JournalFile const*>(file);
}

JournaledStore* store_of(H5FD_t const* file) { return *file_of(file).store; }

// No exception may pass through HDF5's C frames. The reason is kept on HDF5's error stack.
template <class Action>
herr_t guarded(Action&& action) {
  try {
    action();
    return 0;
  } catch (std::exception const& error) {
    H5Epush2(H5E_DEFAULT, __FILE__, "journal_driver", __LINE__, H5E_ERR_CLS, H5E_VFL,
             H5E_WRITEERROR, "%s", error.what());
    return -1;
  }
}

H5FD_t* open_file(char const*, unsigned, hid_t access, haddr_t) {
  auto const* info = static_cast<AccessInfo const*>(H5Pget_driver_info(access));
  if (info == nullptr || info->store == nullptr) return nullptr;
  auto file = std::make_unique<JournalFile>();
  file->store = info->store->self();
  return reinterpret_cast<H5FD_t*>(file.release());
}

herr_t close_file(H5FD_t* file) {
  delete &file_of(file);
  return 0;
}

herr_t query(H5FD_t const*, unsigned long* flags) {
  *flags =
      H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_AGGREGATE_SMALLDATA;
  return 0;
}

haddr_t get_eoa(H5FD_t const* file, H5FD_mem_t) { return file_of(file).end_of_allocation; }

herr_t set_eoa(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  file_of(file).end_of_allocation = address;
  return 0;
}

haddr_t get_eof(H5FD_t const* file, H5FD_mem_t type) {
  JournaledStore const* const store = store_of(file);
  return store != nullptr ? store->size() : get_eoa(file, type);
}

herr_t read_bytes(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, size_t size, void* buffer) {
  return guarded([&] {
    std::span const out(static_cast<std::byte*>(buffer), size);
    std::fill(out.begin(), out.end(), std::byte{0});
    if (JournaledStore const* const store = store_of(file)) store->read(address, out);
  });
}

herr_t write_bytes(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, size_t size,
                   void const* buffer) {
  return guarded([&] {
    if (JournaledStore* const store = store_of(file)) {
      store->write(address, {static_cast<std::byte const*>(buffer), size});
    }
  });
}

herr_t truncate(H5FD_t* file, hid_t, hbool_t) {
  return guarded([&] {
    JournaledStore* const store = store_of(file);
    if (store != nullptr) store->resize(file_of(file).end_of_allocation);
  });
}

H5FD_class_t make_driver() {
  H5FD_class_t driver{};
#if H5_VERSION_GE(1, 14, 0)
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(501);  // from the range for private drivers
#endif
  driver.name = "fluxscope_journal";
  driver.maxaddr = static_cast<haddr_t>(std::numeric_limits<std::int64_t>::max());
  driver.fc_degree = H5F_CLOSE_STRONG;
  driver.fapl_size = sizeof(AccessInfo);
  driver.open = open_file;
  driver.close = close_file;
  driver.query = query;
  driver.get_eoa = get_eoa;
  driver.set_eoa = set_eoa;
  driver.get_eof = get_eof;
  driver.read = read_bytes;
  driver.write = write_bytes;
  driver.truncate = truncate;
  std::fill(std::begin(driver.fl_map), std::end(driver.fl_map), H5FD_MEM_DEFAULT);
  return driver;
}

hid_t driver_id() {
  static H5FD_class_t const driver = make_driver();
  static hid_t const id = H5FDregister(&driver);
  if (id < 0) throw ContractError("the HDF5 journal driver cannot be registered");
  return id;
}

}  // namespace

Handle journal_access(JournaledStore& store, std::string const& path) {
  initialize();
  Handle access(checked(H5Pcreate(H5P_FILE_ACCESS), path, "prepare file access"), H5Pclose);
  AccessInfo const info{.store = &store};
  checked(H5Pset_driver(access.get(), driver_id(), &info), path, "set the file driver");
  // Objects of format 1.8 carry checksums; unlike format 1.10's, the superblock has no
  // "being written" mark that would make a killed run's file refuse to open.
  checked(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18), path,
          "set the format version");
  return access;
}

}  // namespace fluxscope::hdf5
