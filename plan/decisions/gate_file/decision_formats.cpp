#include "plan/decisions/gate_file/gate_file.hpp"

namespace fluxscope::plan {

std::vector<FileFormat> decision_formats() {
  std::string const gates = "policy flux or head_dynamic: gates";
  std::string const heads = "policy head_dynamic: gates";
  std::string const scores = "policy duo: pattern, msr_ratio";
  return {
      {"gates, CSV", "request,layer,full or request,layer,kv_head,full; 1 = full", gates},
      {"gates, JSON lines", "{\"full\": [one per layer, or a list per KV head]} per request",
       gates},
      {"gates, HDF5", "8-bit /full [requests, layers] or [requests, layers, kv_heads]", gates},
      {"PruLong masks", "a line per layer, 0 or 1 (full) per KV head", heads},
      {"MInference pattern", "[{\"HEAD\": [type, ...]}, ...] per query head", heads},
      {"rtp-llm headwise_config",
       "{\"LAYER\": [0 or 1 (full) per query head]}, also in config.json", heads},
      {"DuoAttention scores", "full_attention_heads.tsv: a line per layer, a score per KV head",
       scores},
      {"HeadKV, Retrieval_Head scores", "{\"LAYER-HEAD\": [scores]} per query head", scores},
      {"XAttention thresholds", "Python lists NAME = [[a number per query head], ...]",
       scores + ", pattern_list"},
  };
}

}  // namespace fluxscope::plan
