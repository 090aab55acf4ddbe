#pragma once
// The derived numbers of a case that every trace carries (runs/cases/record.hpp).

#include <cstdint>
#include <string>

#include "plan/experiment/experiment.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::plan {

struct CaseSummary {
  std::string phase;
  std::string execution;
  std::string scheduler;
  std::int32_t batch = 0;
  std::int32_t q_len = 0;   ///< largest of the batch
  std::int32_t kv_len = 0;  ///< largest of the batch
  std::int32_t launches = 0;
  std::int64_t tiles = 0;                ///< of the attention launches
  std::int64_t longest_tile_blocks = 0;  ///< of the attention launches
  std::int64_t selected_blocks = 0;
  std::int64_t visited_blocks = 0;
  std::int64_t full_blocks = 0;        ///< the same layer with every head full
  std::int64_t kv_bytes_selected = 0;  ///< of the distinct selected KV blocks; bf16
  std::int64_t kv_bytes_held = 0;
};

[[nodiscard]] CaseSummary summarize(Case const& layer_case, LayerWork const& work);

}  // namespace fluxscope::plan
