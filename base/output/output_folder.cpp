#include "base/output/output_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/output/file_lock.hpp"
#include "base/output/stop_note.hpp"
#include "base/output/sync_folder.hpp"

namespace fluxscope {
namespace {

[[noreturn]] void refuse(std::string const& path, std::string const& problem) {
  throw InputError(path + ": " + problem);
}

/// The folder that `path` means, links followed.
std::string target_of(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path.empty() || path == "-") {
    refuse("'" + path + "'", "is no name of a folder (the output is one) give a folder");
  }
  struct stat own {};
  if (::lstat(path.c_str(), &own) != 0 || !S_ISLNK(own.st_mode)) return path;
  return link_target(path);
}

void check_older(std::string const& path, std::string const& target, FolderRules const& rules) {
  struct stat status {};
  if (::stat(target.c_str(), &status) != 0) {
    if (errno == ENOENT) return;
    refuse(path, std::string("cannot be made a folder (") + std::strerror(errno) +
                     "); choose another output");
  }
  if (!S_ISDIR(status.st_mode)) {
    refuse(path, "cannot be made a folder (a file is in the way); choose another output");
  }
  std::string const foreign = foreign_entry(target, rules);
  if (foreign.empty()) return;
  refuse(path, "holds " + foreign + ", which is not " + rules.kind.name +
                   " (the folder would be replaced whole) move it away, or choose another output");
}

void make_parent(std::string const& path, std::string const& target) {
  std::error_code error;
  std::filesystem::create_directories(folder_of(target), error);
  if (error) {
    refuse(path, "cannot be made a folder (" + error.message() + "); choose another output");
  }
  check_folder_of(path, target);
}

}  // namespace

struct OutputFolder::Impl {
  std::string path;
  FolderRules rules;
  std::string target;
  std::string temporary;
  int lock = -1;
  std::optional<StopNote> note;

  Impl(std::string given, FolderRules wanted)
      : path(std::move(given)),
        rules(std::move(wanted)),
        target(target_of(path)),
        temporary(target + ".tmp") {
    mend_exchange(target, rules);
    check_older(path, target, rules);
    make_parent(path, target);
    make_temporary();
    note.emplace("", temporary + " is unfinished, and may be removed");
  }
  ~Impl() {
    if (lock < 0) return;
    remove_owned(temporary, rules);
    ::close(lock);
  }

  /// Takes the lock of the folder `temporary`; false where another run renamed it just now.
  bool take_lock() {
    lock = ::open(temporary.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (lock < 0 && errno == ENOENT) return false;
    if (lock < 0) in_the_way("no folder");
    if (try_lock(lock)) {
      ::close(std::exchange(lock, -1));
      refuse(path, "is being written by another process (to " + temporary +
                       ") wait for it, or choose another output");
    }
    struct stat held {};
    struct stat named {};
    if (::fstat(lock, &held) == 0 && ::lstat(temporary.c_str(), &named) == 0 &&
        held.st_ino == named.st_ino && held.st_dev == named.st_dev) {
      return true;
    }
    ::close(std::exchange(lock, -1));
    return false;
  }
  void make_temporary() {
    for (int round = 0; round < 100; ++round) {
      bool const is_new = ::mkdir(temporary.c_str(), 0777) == 0;
      if (!is_new && errno != EEXIST) {
        refuse(path, "cannot be written (" + temporary + ": " + std::strerror(errno) +
                         ") check the folder and its permissions, or choose another output");
      }
      if (!take_lock()) continue;
      if (is_new) return;
      clear();
    }
    in_the_way("other runs keep making it");
  }
  /// Empties what a dead run left.
  void clear() {
    std::string const foreign = foreign_entry(temporary, rules);
    bool const removed = foreign.empty() && remove_owned(temporary, rules);
    ::close(std::exchange(lock, -1));
    if (!removed) in_the_way(foreign.empty() ? std::strerror(errno) : "it holds " + foreign);
  }
  [[noreturn]] void in_the_way(std::string const& why) const {
    refuse(path, "cannot be written, " + temporary + " is in the way (" + why +
                     "; outputs are written there first) move it away, or choose another output");
  }
};

OutputFolder::OutputFolder(std::string path, FolderRules rules)
    : impl_(std::make_unique<Impl>(std::move(path), std::move(rules))) {}
OutputFolder::~OutputFolder() = default;

OutputFile OutputFolder::file(std::string const& name) {
  return OutputFile(impl_->temporary + "/" + name, {.kinds = {impl_->rules.kind}});
}

void OutputFolder::commit() {
  put_in_place(impl_->temporary, impl_->target);
  sync_folder(folder_of(impl_->target));
  impl_->note.reset();
  // What was there before, or nothing.
  remove_owned(impl_->temporary, impl_->rules);
  ::close(std::exchange(impl_->lock, -1));
}

}  // namespace fluxscope
