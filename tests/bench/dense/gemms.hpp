#pragma once
// cuBLASLt's products at the shapes of the models.

namespace fluxscope::bench {

/// Prints a line of JSON for each product of a layer and the LM head of Llama-3.1-8B and 70B and
/// Qwen3-4B and 8B, whole models, at 1 to 16 requests of a decode step and 512 to 16,384 tokens of
/// a prefill: time and algorithm of the heuristic's choice and of the quickest of a search. Weights
/// come from memory.
void print_gemms();

}  // namespace fluxscope::bench
