#include "base/files/config_path.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/build_info.hpp"
#include "base/error.hpp"
#include "base/near_miss.hpp"

namespace fluxscope {
namespace {

namespace fs = std::filesystem;

fs::path configs_folder() {
  if (char const* set = std::getenv("FLUXSCOPE_CONFIGS")) return set;
  if (fs::is_directory("configs")) return "configs";
  return fs::path(build_info().source_folder) / "configs";
}

}  // namespace

std::vector<std::string> config_names(std::string const& kind) {
  std::vector<std::string> names;
  fs::path const folder = configs_folder() / kind;
  if (!fs::is_directory(folder)) return names;
  for (auto const& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string config_path(std::string const& kind, std::string const& name) {
  if (name.find('/') != std::string::npos || name.ends_with(".toml")) return name;
  fs::path const path = configs_folder() / kind / (name + ".toml");
  if (fs::exists(path)) return path.string();
  auto const names = config_names(kind);
  if (names.empty()) {
    throw InputError("'" + name + "' in " + configs_folder().string() + "/" + kind +
                     ": no such folder or it is empty. Set FLUXSCOPE_CONFIGS to the configs "
                     "folder, or give a path to a .toml file.");
  }
  throw InputError("'" + name + "' is not known in " + kind + "; " + expected_one_of(name, names) +
                   ", or give a path to a .toml file.");
}

}  // namespace fluxscope
