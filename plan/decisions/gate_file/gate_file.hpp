#pragma once
// Decisions from files. Every bad row is an InputError "file:line: problem ...".

#include <string>
#include <vector>

#include "plan/decisions/gates.hpp"

namespace fluxscope::plan {

/// Reads decisions for `model`; the ending of `path` chooses the format.
///   .csv    header "request,layer,full" or "request,layer,kv_head,full"; full is 0 or 1; rows in
///           any order, none missing, none twice, no cell more
///   .jsonl  a request per line, strict JSON: {"full": [one per layer]}; an entry may be a list,
///   one
///           per KV head
///   .h5     dataset /full, 8-bit integers, [requests, layers] or [requests, layers, kv_heads]
/// Texts are read line by line: a byte order mark, "\r\n" and a last line without an end are taken
/// as they are meant, empty lines left out. Throws InputError for a file that LineReader refuses,
/// more than limits::kDecisions decisions, a layer, head or request out of range, missing or given
/// twice, a value other than 0 and 1, or a shape that is not the model's.
[[nodiscard]] Gates read_gate_file(std::string const& path, Model const& model);

/// Reads a DuoAttention full_attention_heads.tsv: a line per layer, a score per KV head. Scores are
/// clipped to [0, 1] as DuoAttention's own loader does (most published files have negative ones).
/// Returns [layers, kv_heads]. Read as the texts above.
[[nodiscard]] std::vector<double> read_duo_scores(std::string const& path, Model const& model);

namespace detail {
void expect_decisions(std::int64_t decisions, std::string const& path);
[[nodiscard]] Gates read_gate_csv(std::string const& path, Model const& model);
[[nodiscard]] Gates read_gate_jsonl(std::string const& path, Model const& model);
[[nodiscard]] Gates read_gate_hdf5(std::string const& path, Model const& model);
}  // namespace detail

}  // namespace fluxscope::plan
