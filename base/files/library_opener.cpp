#include "base/files/library_opener.hpp"

#include <dlfcn.h>

namespace fluxscope {
namespace {

class DynamicLoader : public LibraryOpener {
 public:
  void* open(std::string const& path) override { return dlopen(path.c_str(), RTLD_NOW); }

  void* symbol(void* library, char const* name) override { return dlsym(library, name); }

  std::string file_of(void* address) override {
    Dl_info info{};
    if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) return {};
    return info.dli_fname;
  }
};

}  // namespace

LibraryOpener& system_libraries() {
  static DynamicLoader loader;
  return loader;
}

}  // namespace fluxscope
