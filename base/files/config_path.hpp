#pragma once

#include <string>
#include <vector>

namespace fluxscope {

/// Whether `name` is a path, not a name in configs/: it has a '/' or ends in ".toml" or ".json".
[[nodiscard]] bool names_a_path(std::string const& name);

/// The file that a user's `name` of a kind ("gpus", "models", ...) means. A path is taken
/// as it stands; a name is <configs>/<kind>/<name>.toml, where <configs> is $FLUXSCOPE_CONFIGS,
/// ./configs, or the source tree that this binary was built from. Throws InputError with the near
/// miss or the known names.
[[nodiscard]] std::string config_path(std::string const& kind, std::string const& name);

/// Names of a kind, sorted.
[[nodiscard]] std::vector<std::string> config_names(std::string const& kind);

}  // namespace fluxscope
