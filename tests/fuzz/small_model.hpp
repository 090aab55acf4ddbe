#pragma once
// The model whose decisions the targets read.

#include "plan/decisions/model.hpp"

namespace fluxscope::fuzz {

/// 3 layers of 4 query and 2 KV heads.
inline plan::Model small_model() {
  plan::Model model;
  model.name = "small";
  model.layers = 3;
  model.attention = {.q_heads = 4, .kv_heads = 2, .head_dim = 128};
  return model;
}

}  // namespace fluxscope::fuzz
