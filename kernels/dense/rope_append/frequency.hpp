#pragma once
// The frequencies of the rotary embedding, made on the host.

#include <cstdint>
#include <optional>
#include <vector>

namespace fluxscope::kernels {

/// How Llama 3.1 stretches its context ("rope_scaling" of type llama3 in its config.json): waves
/// longer than original_tokens / low_factor turn `factor` times slower, those shorter than
/// original_tokens / high_factor as before, between them by a line.
struct Llama3Scaling {
  double factor = 8;
  double low_factor = 1;
  double high_factor = 4;
  double original_tokens = 8192;
};

/// [head_dim / 2] radians per position: theta^(-2i / head_dim), scaled. Throws InputError for an
/// odd or non-positive head_dim or a theta that is not above 1.
[[nodiscard]] std::vector<float> rope_frequency(std::int32_t head_dim, double theta,
                                                std::optional<Llama3Scaling> const& scaling);

}  // namespace fluxscope::kernels
