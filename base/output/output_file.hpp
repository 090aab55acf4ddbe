#pragma once
// The one way to write a file that a user keeps.

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/output/output_rules.hpp"

namespace fluxscope {

/// Written as <path>.tmp beside <path>, synced to the disk and renamed by commit(): at any moment
/// <path> is the old file or the new one, whole. A link is followed: what it points to is replaced.
/// The new file has the old one's permissions. <path>.tmp is created when the object is, and locked
/// while it lives, so that a second run on the same output is refused before its work; what a dead
/// run left there is taken away, any other file of that name is refused. Links are not followed
/// there. Not thread-safe. Throws InputError "path: ...".
class OutputFile {
 public:
  OutputFile(std::string path, OutputRules const& rules);
  /// Removes the unfinished file, unless keep_unfinished() was called.
  ~OutputFile();
  OutputFile(OutputFile&&) noexcept;
  OutputFile& operator=(OutputFile&&) noexcept;

  /// As the user wrote it.
  [[nodiscard]] std::string const& path() const;
  /// Where the bytes go until commit().
  [[nodiscard]] std::string const& temporary() const;
  /// Of the unfinished file, open for reading and writing; for a writer of its own.
  [[nodiscard]] int descriptor() const;

  /// Appends; buffered.
  void write(std::string_view bytes);

  /// From here on the unfinished file holds something of use: it stays where commit() is not
  /// reached, and error(), Ctrl-C and `kill` say where it is.
  void keep_unfinished();

  /// Syncs, renames, syncs the folder. Nothing may be written afterwards.
  void commit();

  /// "path: <problem> (<reason>) ...", with what is left of the work.
  [[nodiscard]] InputError error(std::string const& problem, std::string const& reason) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A whole text as a file.
void write_output(std::string const& path, OutputRules const& rules, std::string_view text);

}  // namespace fluxscope
