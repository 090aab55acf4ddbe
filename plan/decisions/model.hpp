#pragma once

#include <cstdint>
#include <string>

#include "plan/layer/layer_plan.hpp"

namespace fluxscope::plan {

/// A transformer's shape; configs/models/<name>.toml.
struct Model {
  std::string name;
  std::int32_t layers = 0;
  std::int32_t hidden_size = 0;
  std::int32_t intermediate_size = 0;
  std::int32_t vocab_size = 0;
  AttentionShape attention;
};

/// Reads a model file. Throws InputError with file:line.
[[nodiscard]] Model load_model(std::string const& path);

}  // namespace fluxscope::plan
