#pragma once

#include <string>

#include "plan/experiment/experiment.hpp"

namespace fluxscope::plan {

/// What tells a row from the others, in words: two rows of one text could not be told apart.
[[nodiscard]] std::string row_text(Row const& row);

/// The same as a path, e.g. "prefill/b2/q512/kv4096/flux/msr0.5/layer_uniform/natural"; where the
/// lengths of the requests differ, their sum stands behind the longest: "kv131072+135168".
[[nodiscard]] std::string row_path(Row const& row);

}  // namespace fluxscope::plan
