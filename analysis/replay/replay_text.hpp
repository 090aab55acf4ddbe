#pragma once
// A replay for readers: for the terminal, as Markdown, as CSV, as a page.

#include <string>
#include <vector>

#include "base/output/file_kind.hpp"
#include "traces/replay/replay.hpp"

namespace fluxscope::analysis {

/// The mix, the quickest run of each policy over each task, break-evens, and what is not in them.
[[nodiscard]] std::string replay_terminal(traces::Replay const& replay);
/// The same with every run of every task.
[[nodiscard]] std::string replay_markdown(traces::Replay const& replay);
/// Every row, with its unit in the column's name; numbers that are none are empty.
[[nodiscard]] std::string replay_csv(traces::Replay const& replay);
/// Self-contained page: tables and two charts; fetches nothing. `json`: the replay as
/// traces::replay_json() writes it.
[[nodiscard]] std::string replay_html(traces::Replay const& replay, std::string const& json);

/// What these texts are told by.
[[nodiscard]] std::vector<FileKind> replay_text_kinds();

/// "from 11.2K (9.1K to 14K)", "always (1K to 512K)", "never within 1K to 512K".
[[nodiscard]] std::string break_even_text(traces::BreakEvenRow const& row);

}  // namespace fluxscope::analysis
