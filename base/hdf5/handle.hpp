#pragma once
// Ownership of HDF5 identifiers and the check of every return code. Includes no HDF5 header.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace fluxscope::hdf5 {

using Id = std::int64_t;  // hid_t

/// Owns one identifier and closes it with the function of its kind.
class Handle {
 public:
  using Close = int (*)(Id);

  Handle() = default;
  Handle(Id id, Close close) : id_(id), close_(close) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept
      : id_(std::exchange(other.id_, -1)), close_(std::exchange(other.close_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      id_ = std::exchange(other.id_, -1);
      close_ = std::exchange(other.close_, nullptr);
    }
    return *this;
  }

  [[nodiscard]] Id get() const { return id_; }
  /// Closes now. False where HDF5 reports a failure.
  bool reset() {
    Id const id = std::exchange(id_, -1);
    return id < 0 || close_ == nullptr || close_(id) >= 0;
  }

 private:
  Id id_ = -1;
  Close close_ = nullptr;
};

/// Throws InputError "path: cannot <action> (<HDF5's innermost message>)".
[[noreturn]] void fail(std::string const& path, std::string_view action);

/// The code itself, or fail() where it is negative. For every call that returns id, herr_t or size.
template <class Code>
Code checked(Code code, std::string const& path, std::string_view action) {
  if (code < 0) fail(path, action);
  return code;
}

/// Initializes HDF5 and switches off its printing of errors, for this process; idempotent.
void initialize();

}  // namespace fluxscope::hdf5
