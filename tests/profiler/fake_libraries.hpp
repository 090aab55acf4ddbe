#pragma once
// A LibraryOpener whose libraries and symbols the test decides.

#include <map>
#include <string>

#include "base/files/library_opener.hpp"

namespace fluxscope::profiler {

class FakeLibraries : public LibraryOpener {
 public:
  /// Makes `path` openable.
  void add_library(std::string const& path) { libraries_[path] = {}; }

  template <class F>
  void add_symbol(std::string const& path, std::string const& name, F* address) {
    libraries_[path][name] = reinterpret_cast<void*>(address);
  }
  void remove_symbol(std::string const& path, std::string const& name) {
    libraries_[path].erase(name);
  }

  void* open(std::string const& path) override {
    auto const found = libraries_.find(path);
    return found == libraries_.end() ? nullptr : &found->second;
  }

  void* symbol(void* library, char const* name) override {
    auto& symbols = *static_cast<std::map<std::string, void*>*>(library);
    auto const found = symbols.find(name);
    return found == symbols.end() ? nullptr : found->second;
  }

  std::string file_of(void*) override { return {}; }

 private:
  std::map<std::string, std::map<std::string, void*>> libraries_;
};

}  // namespace fluxscope::profiler
