#include "plan/decisions/sparse_table.hpp"

#include "plan/layer/names.hpp"

namespace fluxscope::plan {

Selection read_sparse_table(TomlTable const& table) {
  constexpr std::int64_t kMost = 1 << 30;
  auto const tokens = [&](std::string const& key, std::int64_t least) {
    return static_cast<std::int32_t>(table.integer(key, {least, kMost}));
  };
  std::string const triangle = to_text(SelectionKind::triangle);
  std::string const kind = table.choice("kind", {to_text(SelectionKind::streaming), triangle});
  Selection selection{.kind = kind == triangle ? SelectionKind::triangle : SelectionKind::streaming,
                      .sink_tokens = tokens("sink_tokens", 0),
                      .local_tokens = tokens("local_tokens", 1)};
  if (kind == triangle) selection.last_tokens = tokens("last_tokens", 1);
  table.close();
  return selection;
}

}  // namespace fluxscope::plan
