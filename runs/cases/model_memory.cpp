#include "runs/cases/model_memory.hpp"

#include <algorithm>
#include <iostream>
#include <vector>

#include "runs/cases/layout.hpp"

namespace fluxscope::runs {

std::string model_memory_note(std::span<traces::RowRecord const> rows,
                              std::span<traces::RowLayerRecord const> row_layers,
                              std::span<traces::CaseRecord const> cases,
                              std::int64_t memory_bytes) {
  std::vector<std::int64_t> held(rows.size(), 0);
  for (traces::RowLayerRecord const& layer : row_layers) {
    held[layer.row_id] += cases[layer.case_id].kv_bytes_held;
  }
  auto const beyond = [&](std::int64_t bytes) { return bytes > memory_bytes; };
  auto const count = std::count_if(held.begin(), held.end(), beyond);
  if (memory_bytes == 0 || count == 0) return {};
  auto const largest = std::max_element(held.begin(), held.end());
  traces::RowRecord const& row = rows[static_cast<std::size_t>(largest - held.begin())];
  return "in " + std::to_string(count) + " of " + std::to_string(rows.size()) +
         " rows K and V of all layers together are more than the GPU's " + gigabytes(memory_bytes) +
         " (up to " + gigabytes(*largest) + ": " + row.policy + ", batch " +
         std::to_string(row.batch) + ", kv_len " + std::to_string(row.kv_len) +
         "); each layer fits alone, a whole model of that size needs several GPUs";
}

void warn_of_model_memory(std::string const& command, std::span<traces::RowRecord const> rows,
                          std::span<traces::RowLayerRecord const> row_layers,
                          std::span<traces::CaseRecord const> cases, std::int64_t memory_bytes) {
  std::string const note = model_memory_note(rows, row_layers, cases, memory_bytes);
  if (!note.empty()) std::cerr << command << ": note: " << note << '\n';
}

}  // namespace fluxscope::runs
