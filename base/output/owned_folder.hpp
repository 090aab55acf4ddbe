#pragma once
// Folders that hold nothing but files of one writer.

#include <string>
#include <vector>

#include "base/output/file_kind.hpp"

namespace fluxscope {

struct FolderRules {
  std::vector<std::string> files;  ///< names that the command writes into the folder
  FileKind kind;                   ///< of each of them
};

/// The first entry that is no regular file of these names and this kind, or empty. A file that was
/// not finished (<name>.tmp, or of no bytes) counts as the writer's.
[[nodiscard]] std::string foreign_entry(std::string const& folder, FolderRules const& rules);

/// Removes the rules' files, then the folder. False where something else is left in it.
bool remove_owned(std::string const& folder, FolderRules const& rules);

/// Puts the folder `from` in the place of `to`. The older `to`, where there was one, is `from`
/// afterwards. `to` is there whole at every moment where the file system can exchange two folders;
/// elsewhere it is <to>.tmp.old between two renames, and mend_exchange() takes it back. Throws
/// InputError; then `to` is the older one.
void put_in_place(std::string const& from, std::string const& to);

/// put_in_place() where a `to` is there and the file system cannot exchange.
void put_in_place_by_two_renames(std::string const& from, std::string const& to);

/// Ends what a process that died in put_in_place() left.
void mend_exchange(std::string const& to, FolderRules const& rules);

}  // namespace fluxscope
