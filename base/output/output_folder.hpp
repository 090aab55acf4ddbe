#pragma once
// A folder of files as one output.

#include <memory>
#include <string>

#include "base/output/output_file.hpp"
#include "base/output/owned_folder.hpp"

namespace fluxscope {

/// Written as <path>.tmp/ beside <path> and exchanged for it by commit(): at any moment <path> is
/// the old folder or the new one, whole. An older folder is replaced where it holds nothing but
/// regular files of these names and this kind, else refused. <path>.tmp/ is locked while this
/// lives; what a dead run left there is taken away. A link is followed. Where the file system
/// cannot exchange two folders, the old one is <path>.tmp.old for a moment; a run that was killed
/// in it is mended by the next. Not thread-safe. Throws InputError "path: ...".
class OutputFolder {
 public:
  OutputFolder(std::string path, FolderRules rules);
  /// Removes the unfinished folder.
  ~OutputFolder();
  OutputFolder(OutputFolder const&) = delete;
  OutputFolder& operator=(OutputFolder const&) = delete;

  /// A file of the folder, one of the rules' names; to be committed before the folder is.
  [[nodiscard]] OutputFile file(std::string const& name);
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fluxscope
