#pragma once

#include <vector>

#include "plan/decisions/hugging_face/config.hpp"
#include "plan/decisions/model.hpp"

namespace fluxscope::plan::hugging_face {

/// What each of the `layers` layers reads by the model's own design, from, in this order,
///   layer_types           "full_attention", "sliding_attention"
///   hybrid_layer_pattern  0 full, 1 sliding window (MiMo-V2)
///   block_configs         attention.window_length of each (Nemotron-NAS)
///   use_sliding_window, max_window_layers   (Qwen2: layers from that one on)
///   sliding_window_pattern                  (Gemma 3: each n-th layer is full)
///   sliding_window        all layers (Mistral, Phi-3), every other one (Gemma 2)
/// and sparse_attention_config.sparse_attention_freq (MiniMax-M3). Lists may have further entries
/// for the num_nextn_predict_layers layers behind the model's. Throws InputError for every other
/// kind of layer: linear attention, none, chunks.
[[nodiscard]] std::vector<OwnAttention> read_layer_kinds(Config const& config, std::int32_t layers);

/// A list of the file says what each layer is.
[[nodiscard]] bool lists_layers(Config const& config);

}  // namespace fluxscope::plan::hugging_face
