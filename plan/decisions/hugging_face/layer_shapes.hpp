#pragma once

#include "plan/decisions/hugging_face/config.hpp"
#include "plan/decisions/model.hpp"

namespace fluxscope::plan::hugging_face {

/// Sets attention and shapes of `model`, whose layers and own attention are known, from
///   q_heads   num_attention_heads
///   kv_heads  num_key_value_heads (also num_attention_groups, num_key_value_heads_per_layer, and
///             block_configs' n_heads_in_group); null, or absent in a "llama": q_heads
///   head_dim  default: hidden_size / num_attention_heads
/// each a number, or a list with one per layer. Layers of full attention take global_head_dim and
/// num_global_key_value_heads (Gemma 4), those with a window swa_... (MiMo-V2) and
/// attention_other_setting (Step-3). Throws InputError naming the layer, the key and the value for
/// a shape that validate(AttentionShape) refuses, or layers of unequal head_dim.
void read_shapes(Config const& config, Model& model);

}  // namespace fluxscope::plan::hugging_face
