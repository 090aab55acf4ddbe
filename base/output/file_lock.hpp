#pragma once

#include <optional>

namespace fluxscope {

/// Locks the open file for this process, until the last copy of `fd` is closed; a dead process
/// holds nothing. Where another one holds it: its id, 0 where the system does not tell (a file that
/// is not open for writing, another container). File systems without locks let everybody pass.
[[nodiscard]] std::optional<int> try_lock(int fd);

}  // namespace fluxscope
