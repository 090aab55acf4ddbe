#pragma once

#include <cstdint>

#include "plan/decisions/hugging_face/config.hpp"

namespace fluxscope::plan::hugging_face {

/// Throws InputError for a key that asks for attention which no kernel or model here knows. Keys
/// that concern MLPs, experts and rotary embeddings are left alone.
void expect_known_attention(Config const& config);

/// Throws InputError for a list that gives each of the `layers` layers a value of unknown meaning.
void expect_known_lists(Config const& config, std::int32_t layers);

}  // namespace fluxscope::plan::hugging_face
