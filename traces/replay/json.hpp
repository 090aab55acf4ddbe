#pragma once
// A replay as a file.

#include <string>

#include "base/output/file_kind.hpp"
#include "traces/replay/replay.hpp"

namespace fluxscope::traces {

/// JSON, strict: the fields by their names, times in ns, numbers that are none as null.
[[nodiscard]] std::string replay_json(Replay const& replay);

/// What replay_json() wrote. Throws InputError "path: ..." for another text, an unknown or absent
/// key, a value of another type, or another version of the format.
[[nodiscard]] Replay read_replay(std::string const& path);

/// What such a file is told by.
[[nodiscard]] FileKind replay_kind();

}  // namespace fluxscope::traces
