#include "base/files/config_path.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/build_info.hpp"
#include "base/error.hpp"
#include "base/text/near_miss.hpp"
#include "base/text/printable.hpp"

namespace fluxscope {
namespace {

namespace fs = std::filesystem;

/// False also where the path cannot be looked at.
bool is_folder(fs::path const& path) {
  std::error_code none;
  return fs::is_directory(path, none);
}

fs::path configs_folder() {
  if (char const* set = std::getenv("FLUXSCOPE_CONFIGS")) return set;
  if (is_folder("configs")) return "configs";
  return fs::path(build_info().source_folder) / "configs";
}

}  // namespace

std::vector<std::string> config_names(std::string const& kind) {
  std::vector<std::string> names;
  fs::path const folder = configs_folder() / kind;
  if (!is_folder(folder)) return names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    fs::path const& path = entry->path();
    if (path.extension() == ".toml") names.push_back(path.stem().string());
  }
  if (error) {
    throw InputError(folder.string() + ": the folder cannot be read (" + error.message() +
                     ") check its permissions, or set FLUXSCOPE_CONFIGS to another");
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool names_a_path(std::string const& name) {
  return name.find('/') != std::string::npos || name.ends_with(".toml") || name.ends_with(".json");
}

std::string config_path(std::string const& kind, std::string const& name) {
  if (names_a_path(name)) return name;
  fs::path const path = configs_folder() / kind / (name + ".toml");
  std::error_code none;  // a name too long for a file is no file
  if (fs::exists(path, none)) return path.string();
  auto const names = config_names(kind);
  if (names.empty()) {
    throw InputError(in_quotes(name) + " in " + configs_folder().string() + "/" + kind +
                     ": no such folder or it is empty. Set FLUXSCOPE_CONFIGS to the configs "
                     "folder, or give a path to a .toml file.");
  }
  throw InputError(in_quotes(name) + " is not known in " + kind + "; " +
                   expected_one_of(name, names) + ", or give a path to a .toml file.");
}

}  // namespace fluxscope
