#include "plan/layer/kv_sections.hpp"

#include "base/checked.hpp"

namespace fluxscope::plan {

std::vector<std::int32_t> kv_sections(AttentionShape const& shape,
                                      std::span<SequenceShape const> sequences,
                                      std::int64_t section_bytes) {
  std::vector<std::int32_t> sections;
  sections.reserve(sequences.size() * static_cast<std::size_t>(shape.q_heads));
  std::int32_t section = 0;
  std::int64_t filled_bytes = 0;
  for (SequenceShape const& sequence : sequences) {
    std::int64_t const head_bytes = sequence.kv_len * kv_token_bytes(shape);
    for (std::int32_t kv_head = 0; kv_head < shape.kv_heads; ++kv_head) {
      bool const nearer_without = filled_bytes + head_bytes / 2 > section_bytes;
      if (section_bytes > 0 && filled_bytes > 0 && nearer_without) {
        ++section;
        filled_bytes = 0;
      }
      filled_bytes += head_bytes;
      sections.insert(sections.end(), static_cast<std::size_t>(shape.q_heads / shape.kv_heads),
                      section);
    }
  }
  return sections;
}

std::vector<std::int32_t> section_first_rows(AttentionShape const& shape,
                                             std::span<SequenceShape const> sequences,
                                             std::int64_t section_bytes) {
  std::vector<std::int32_t> const sections = kv_sections(shape, sequences, section_bytes);
  auto const heads = static_cast<std::size_t>(shape.q_heads);
  std::vector<std::int32_t> first_rows;
  std::int64_t row = 0;
  for (std::size_t pair = 0; pair < sections.size(); ++pair) {
    if (pair == 0 || sections[pair] != sections[pair - 1]) {
      first_rows.push_back(checked_cast<std::int32_t>(row, "rows of a launch"));
    }
    row += blocks_of(sequences[pair / heads].q_len);
  }
  return first_rows;
}

}  // namespace fluxscope::plan
