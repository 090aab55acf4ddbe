#include "base/hdf5/handle.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <type_traits>

#include "base/error.hpp"
#include "base/hdf5/library_version.hpp"

namespace fluxscope::hdf5 {
namespace {

static_assert(std::is_same_v<Id, hid_t> || sizeof(Id) == sizeof(hid_t));

// Walked from the failing function outwards: the first text is the cause.
herr_t take_innermost(unsigned, H5E_error2_t const* error, void* out) {
  auto& text = *static_cast<std::string*>(out);
  if (text.empty() && error->desc != nullptr) text = error->desc;
  return 0;
}

}  // namespace

void fail(std::string const& path, std::string_view action) {
  std::string cause;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, &cause);
  H5Eclear2(H5E_DEFAULT);
  throw InputError(
      fmt::format("{}: cannot {} (HDF5: {}); the file is damaged, or the disk is full "
                  "or not writable",
                  path, action, cause.empty() ? "no reason given" : cause));
}

void initialize() {
  static bool const done = [] {
    if (H5open() < 0) throw ContractError("the HDF5 library cannot be initialized");
    return true;
  }();
  static_cast<void>(done);
  // Per thread in thread-safe builds, hence each time.
  if (H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) < 0) {
    throw ContractError("the HDF5 error printer cannot be switched off");
  }
}

std::string library_version() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  if (H5get_libversion(&major, &minor, &release) < 0) {
    throw ContractError("the HDF5 library does not tell its version");
  }
  return fmt::format("{}.{}.{}", major, minor, release);
}

}  // namespace fluxscope::hdf5
