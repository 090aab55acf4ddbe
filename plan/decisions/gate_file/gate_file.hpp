#pragma once
// Decisions and head scores from files, ours and those that other projects publish. The format is
// told by the content. Every bad row is an InputError "file:line: problem ...".

#include <optional>
#include <string>
#include <vector>

#include "base/files/file_format.hpp"
#include "plan/decisions/gates.hpp"

namespace fluxscope::plan {

/// Reads decisions for `model`.
///   CSV            header "request,layer,full" or "request,layer,kv_head,full"; full is 0 or 1;
///                  rows in any order, none missing, none twice, no cell more
///   JSON lines     a request per line, strict JSON: {"full": [one per layer]}; an entry may be a
///                  list, one per KV head
///   HDF5           dataset /full, 8-bit integers, [requests, layers] or
///                  [requests, layers, kv_heads]
///   PruLong        masks.tsv: a line per layer, 0 or 1 (full) per KV head
///   MInference     best pattern: a list over layers of {"HEAD": [type, ., ., .]} per query head;
///                  stream_llm is sparse, every other type full: it looks for tokens anywhere
///   rtp-llm        headwise_config, also inside a config.json: {"LAYER": [0 or 1 (full) per query
///                  head]}; a layer that is not there is full
/// The last three are of one request. Decisions per query head become those of KV heads by
/// grouped_gates().
/// Texts are read line by line or, JSON of others, whole: a byte order mark, "\r\n" and a last line
/// without an end are taken as they are meant, empty lines left out. Throws InputError for a file
/// that LineReader refuses, more than limits::kDecisions decisions, a layer, head or request out of
/// range, missing or given twice, a value other than 0 and 1, scores instead of decisions, or a
/// shape that is not the model's.
[[nodiscard]] Gates read_gate_file(std::string const& path, Model const& model);

/// Scores of a model's heads: the higher, the more a head gains from reading all KV.
struct HeadScores {
  bool per_q_head = false;     ///< else per KV head
  std::vector<double> scores;  ///< [layers, heads], finite
};

/// Reads head scores for `model`. Throws InputError as read_gate_file() does.
///   DuoAttention     full_attention_heads.tsv: a line per layer, a number per KV head; clipped to
///                    [0, 1] as DuoAttention's own loader does (most published files have negative
///                    ones)
///   HeadKV, Retrieval_Head   {"LAYER-HEAD": [numbers]} per query head; their mean counts
///   XAttention       thresholds as Python lists, NAME = [[...], ...], layers x query heads, in
///                    [0, 1]: a head of a high one keeps more of its attention; `list` names the
///                    one to take where the file has several
/// `list` is empty for the other formats.
[[nodiscard]] HeadScores read_head_scores(std::string const& path, Model const& model,
                                          std::string const& list = {});

/// gates of head scores: see scored_gates(). Per query head full_count() of the query heads are
/// full, and grouped_gates() follows.
[[nodiscard]] Gates gates_of_scores(Model const& model, HeadScores const& scores, double msr_ratio,
                                    std::uint64_t seed);

/// The formats that the two readers above know, a row each.
[[nodiscard]] std::vector<FileFormat> decision_formats();

/// What sparse heads read by the account of a pattern's own file; nothing where it says neither.
///   DuoAttention   config.json in the same folder: deploy_sink_size and deploy_recent_size, where
///                  they are null sink_size and recent_size
///   rtp-llm        sink_token_num, swa_token_num
/// Throws InputError for one without the other, or numbers that are no tokens.
[[nodiscard]] std::optional<Selection> pattern_selection(std::string const& path);

}  // namespace fluxscope::plan
