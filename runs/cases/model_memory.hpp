#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "traces/record/trace.hpp"

namespace fluxscope::runs {

/// What to tell the user where whole models do not fit the device, whose layers are run one by one:
/// rows whose layers together hold more K and V (kv_bytes_held, summed over the layers) than the
/// device has memory. Weights and activations are not counted. Empty where all rows fit, or the
/// memory is unknown.
[[nodiscard]] std::string model_memory_note(std::span<traces::RowRecord const> rows,
                                            std::span<traces::RowLayerRecord const> row_layers,
                                            std::span<traces::CaseRecord const> cases,
                                            std::int64_t memory_bytes);

/// Prints the note to stderr, after "COMMAND: note: ".
void warn_of_model_memory(std::string const& command, std::span<traces::RowRecord const> rows,
                          std::span<traces::RowLayerRecord const> row_layers,
                          std::span<traces::CaseRecord const> cases, std::int64_t memory_bytes);

}  // namespace fluxscope::runs
