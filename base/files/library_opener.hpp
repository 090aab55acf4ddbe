#pragma once
// Opening shared libraries behind an interface, so that tests can play an absent or broken one.

#include <memory>
#include <string>

namespace fluxscope {

class LibraryOpener {
 public:
  virtual ~LibraryOpener() = default;
  /// A handle, or null where the library cannot be opened. Handles live as long as the process:
  /// CUPTI and the driver cannot be unloaded safely.
  [[nodiscard]] virtual void* open(std::string const& path) = 0;
  /// Null where the library has no such symbol.
  [[nodiscard]] virtual void* symbol(void* library, char const* name) = 0;
  /// File that holds `address`; empty where unknown.
  [[nodiscard]] virtual std::string file_of(void* address) = 0;
};

/// dlopen, dlsym, dladdr.
[[nodiscard]] LibraryOpener& system_libraries();

/// The symbol as a function pointer of type F.
template <class F>
[[nodiscard]] F function(LibraryOpener& opener, void* library, char const* name) {
  return reinterpret_cast<F>(opener.symbol(library, name));
}

}  // namespace fluxscope
