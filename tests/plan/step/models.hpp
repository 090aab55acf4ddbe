#pragma once

#include <string>

#include "plan/decisions/model.hpp"

#include "fluxscope_test_paths.hpp"

namespace fluxscope::plan::testing {

/// A shipped model.
inline Model shipped_model(std::string const& name) {
  return load_model(std::string(FLUXSCOPE_SOURCE_DIR) + "/configs/models/" + name + ".toml");
}

}  // namespace fluxscope::plan::testing
