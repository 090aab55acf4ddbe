#include "plan/decisions/gate_file/gate_file.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "plan/decisions/gate_file/formats.hpp"

namespace fluxscope::plan {

using detail::GateFormat;

Gates read_gate_file(std::string const& path, Model const& model) {
  GateFormat const format = detail::gate_format_of(path);
  switch (format) {
    case GateFormat::csv:
      return detail::read_gate_csv(path, model);
    case GateFormat::jsonl:
      return detail::read_gate_jsonl(path, model);
    case GateFormat::hdf5:
      return detail::read_gate_hdf5(path, model);
    case GateFormat::number_table:
      return detail::read_mask_table(path, model);
    case GateFormat::minference:
      return detail::read_minference(path, model);
    case GateFormat::headwise:
      return detail::read_headwise(path, model);
    case GateFormat::retrieval_heads:
    case GateFormat::python_lists:
      break;
  }
  throw InputError(path + ": " + to_text(format) +
                   " are no decisions (which heads are full depends on an MSR) name the file as "
                   "`pattern` of policy duo, with an msr_ratio");
}

HeadScores read_head_scores(std::string const& path, Model const& model, std::string const& list) {
  GateFormat const format = detail::gate_format_of(path);
  if (!list.empty() && format != GateFormat::python_lists) {
    throw InputError(path + ": a " + to_text(format) +
                     " has no lists with names (only XAttention's thresholds do) leave out "
                     "pattern_list");
  }
  switch (format) {
    case GateFormat::number_table:
      return {.scores = detail::read_duo_scores(path, model)};
    case GateFormat::retrieval_heads:
      return {.per_q_head = true, .scores = detail::read_retrieval_heads(path, model)};
    case GateFormat::python_lists:
      return {.per_q_head = true, .scores = detail::read_python_lists(path, model, list)};
    default:
      break;
  }
  throw InputError(path + ": a " + to_text(format) +
                   " holds decisions, no scores (there is nothing to cut at an MSR) name the file "
                   "as `gates` of policy head_dynamic");
}

Gates gates_of_scores(Model const& model, HeadScores const& scores, double msr_ratio,
                      std::uint64_t seed) {
  if (!scores.per_q_head) return scored_gates(model, scores.scores, msr_ratio, seed);
  Model by_query = model;
  by_query.attention.kv_heads = model.attention.q_heads;
  Gates const cut = scored_gates(by_query, scores.scores, msr_ratio, seed);
  Gates gates = grouped_gates(model, cut.full);
  if (cut.tied_kv_heads == 0) return gates;
  double lowest = 0;  // the score of the cut: of a full head
  bool any = false;
  for (std::size_t head = 0; head < cut.full.size(); ++head) {
    if (cut.full[head] == 0 || (any && scores.scores[head] >= lowest)) continue;
    lowest = scores.scores[head], any = true;
  }
  auto const group = cut.full.size() / gates.full.size();
  for (std::size_t head = 0; head < gates.full.size(); ++head) {
    auto const first = scores.scores.begin() + static_cast<std::ptrdiff_t>(head * group);
    bool const tied = std::count(first, first + static_cast<std::ptrdiff_t>(group), lowest) > 0;
    gates.tied_kv_heads += tied ? 1 : 0;
  }
  gates.tie_seed = seed;
  return gates;
}

void detail::expect_decisions(std::int64_t decisions, std::string const& path) {
  if (decisions <= limits::kDecisions) return;
  throw InputError(path + ": more than " + std::to_string(limits::kDecisions) +
                   " decisions (requests x layers x KV heads are held in memory) give fewer " +
                   "requests");
}

}  // namespace fluxscope::plan
