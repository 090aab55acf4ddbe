#pragma once
// The formats of files of decisions, a reader each.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/json/place.hpp"
#include "plan/decisions/gate_file/gate_file.hpp"

namespace fluxscope::plan::detail {

enum class GateFormat : std::uint8_t {
  csv,
  jsonl,
  hdf5,
  number_table,  ///< PruLong's masks, DuoAttention's scores
  minference,
  headwise,         ///< rtp-llm
  retrieval_heads,  ///< HeadKV, Retrieval_Head
  python_lists,     ///< XAttention
};

/// By the content, and where that tells nothing by the ending (.csv, .jsonl, .h5, .hdf5). Throws
/// InputError for a file of no known format.
[[nodiscard]] GateFormat gate_format_of(std::string const& path);

/// "MInference pattern", ...
[[nodiscard]] std::string to_text(GateFormat format);

/// JSON that is read whole, and how it is refused.
struct PatternFile {
  std::string path;
  std::string text;
  nlohmann::json root;

  /// Throws InputError "file:line: PROBLEM", the line being that of `place`.
  [[noreturn]] void refuse(JsonPath const& place, std::string const& problem) const;
};
[[nodiscard]] PatternFile read_pattern_file(std::string const& path);

void expect_decisions(std::int64_t decisions, std::string const& path);
[[nodiscard]] Gates read_gate_csv(std::string const& path, Model const& model);
[[nodiscard]] Gates read_gate_jsonl(std::string const& path, Model const& model);
[[nodiscard]] Gates read_gate_hdf5(std::string const& path, Model const& model);
[[nodiscard]] Gates read_mask_table(std::string const& path, Model const& model);
[[nodiscard]] Gates read_minference(std::string const& path, Model const& model);
[[nodiscard]] Gates read_headwise(std::string const& path, Model const& model);

[[nodiscard]] std::vector<double> read_duo_scores(std::string const& path, Model const& model);
[[nodiscard]] std::vector<double> read_retrieval_heads(std::string const& path, Model const& model);
[[nodiscard]] std::vector<double> read_python_lists(std::string const& path, Model const& model,
                                                    std::string const& list);

}  // namespace fluxscope::plan::detail
