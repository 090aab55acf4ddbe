#pragma once

#include <string>

namespace fluxscope {

/// Waits until names made, renamed or removed in the folder are on the disk. Nothing is done where
/// the folder may not be read: the names are as they should be, only not yet safe from a power cut.
void sync_folder(std::string const& folder);

}  // namespace fluxscope
