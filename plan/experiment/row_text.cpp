#include "plan/experiment/row_text.hpp"

#include <fmt/format.h>

#include "plan/layer/names.hpp"

namespace fluxscope::plan {
namespace {

bool lengths_differ(Row const& row) {
  return row.kv_tokens != std::int64_t{row.batch} * row.kv_len;
}

}  // namespace

std::string row_text(Row const& row) {
  std::string const sum =
      lengths_differ(row) ? ", " + std::to_string(row.kv_tokens) + " tokens in all" : "";
  return row.policy + ", MSR " + std::to_string(row.msr_ratio) + ", " + to_text(row.phase) +
         ", batch " + std::to_string(row.batch) + ", q_len " + std::to_string(row.q_len) +
         ", kv_len " + std::to_string(row.kv_len) + sum + ", " + to_text(row.execution) + ", " +
         to_text(row.scheduler);
}

std::string row_path(Row const& row) {
  bool const part = row.phase == Phase::prefill && row.q_len != row.kv_len;
  return fmt::format("{}/b{}{}/kv{}{}/{}/msr{:.6g}/{}/{}", to_text(row.phase), row.batch,
                     part ? fmt::format("/q{}", row.q_len) : "", row.kv_len,
                     lengths_differ(row) ? fmt::format("+{}", row.kv_tokens) : "", row.policy,
                     row.msr_ratio, to_text(row.execution), to_text(row.scheduler));
}

}  // namespace fluxscope::plan
