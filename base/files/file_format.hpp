#pragma once

#include <string>

namespace fluxscope {

/// A kind of file that people have, for `fluxscope list formats`.
struct FileFormat {
  std::string name;   ///< whose, or which: "DuoAttention scores"
  std::string holds;  ///< its form and units, in a few words
  std::string use;    ///< where its path goes
};

}  // namespace fluxscope
