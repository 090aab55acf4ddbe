// Decisions from text: the first byte, 'c', 'j', 'd' or 't', chooses the file's ending (.csv,
// .jsonl, none, .tsv) and, for 't', that scores are read; the rest is the file, whose content tells
// the format.

#include <cmath>
#include <cstdint>

#include "plan/decisions/gate_file/gate_file.hpp"
#include "tests/fuzz/input_file.hpp"
#include "tests/fuzz/refused.hpp"
#include "tests/fuzz/small_model.hpp"

namespace {

using namespace fluxscope;  // NOLINT: this file is about nothing else

void check(plan::Gates const& gates, plan::Model const& model) {
  auto const wanted = static_cast<std::size_t>(gates.requests) *
                      static_cast<std::size_t>(model.layers * model.attention.kv_heads);
  if (gates.requests < 1 || gates.full.size() != wanted) fuzz::fault("gates of another shape");
  for (auto const full : gates.full) {
    if (full > 1) fuzz::fault("a gate that is neither 0 nor 1");
  }
}

void check(plan::HeadScores const& read) {
  if (read.scores.size() != (read.per_q_head ? 12 : 6)) fuzz::fault("scores of another shape");
  for (double const score : read.scores) {
    if (!std::isfinite(score)) fuzz::fault("a score that is not finite");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static plan::Model const model = fuzz::small_model();
  static fuzz::InputFile const csv(".csv"), jsonl(".jsonl"), tsv(".tsv"), none("");
  if (size == 0) return 0;
  bool const lines = data[0] == 'j', scores = data[0] == 't';
  bool const by_content = data[0] == 'd';
  auto const& file = lines ? jsonl : scores ? tsv : by_content ? none : csv;
  file.write({data + 1, size - 1});
  static_cast<void>(fuzz::accepted(file.path(), [&] {
    if (scores) {
      check(plan::read_head_scores(file.path(), model));
    } else {
      check(plan::read_gate_file(file.path(), model), model);
    }
  }));
  return 0;
}
