#include "base/output/owned_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/error.hpp"

namespace fluxscope {
namespace {

namespace fs = std::filesystem;

constexpr char kOld[] = ".tmp.old";

[[noreturn]] void fail(std::string const& to, int error) {
  throw InputError(to + ": cannot be given its name (" + std::strerror(error) +
                   ") check the folder around it and its permissions");
}

bool is_owned(fs::directory_entry const& entry, FolderRules const& rules) {
  std::string name = entry.path().filename().string();
  bool const unfinished = name.ends_with(".tmp");
  if (unfinished) name.resize(name.size() - 4);
  struct stat status {};
  bool const known = std::find(rules.files.begin(), rules.files.end(), name) != rules.files.end();
  if (!known || ::lstat(entry.path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return false;
  }
  return unfinished || status.st_size == 0 || is_of(entry.path().string(), {rules.kind});
}

}  // namespace

std::string foreign_entry(std::string const& folder, FolderRules const& rules) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!is_owned(*entry, rules)) return entry->path().filename().string();
  }
  if (error) {
    throw InputError(folder + ": cannot be listed (" + error.message() +
                     ") choose another output, or mend its permissions");
  }
  return {};
}

bool remove_owned(std::string const& folder, FolderRules const& rules) {
  for (std::string const& name : rules.files) {
    ::unlink((folder + "/" + name).c_str());
    ::unlink((folder + "/" + name + ".tmp").c_str());
  }
  return ::rmdir(folder.c_str()) == 0 || errno == ENOENT;
}

void put_in_place(std::string const& from, std::string const& to) {
  // Enough where `to` is absent or empty.
  if (std::rename(from.c_str(), to.c_str()) == 0) return;
  if (errno != ENOTEMPTY && errno != EEXIST) fail(to, errno);
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) return;
  put_in_place_by_two_renames(from, to);
}

void put_in_place_by_two_renames(std::string const& from, std::string const& to) {
  std::string const old = to + kOld;
  if (std::rename(to.c_str(), old.c_str()) != 0) fail(to, errno);
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    int const error = errno;
    static_cast<void>(std::rename(old.c_str(), to.c_str()));
    fail(to, error);
  }
  static_cast<void>(std::rename(old.c_str(), from.c_str()));
}

void mend_exchange(std::string const& to, FolderRules const& rules) {
  std::string const old = to + kOld;
  struct stat status {};
  if (::lstat(old.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return;
  if (!foreign_entry(old, rules).empty()) return;
  if (::lstat(to.c_str(), &status) == 0) {
    remove_owned(old, rules);
  } else if (std::rename(old.c_str(), to.c_str()) != 0) {
    fail(to, errno);
  }
}

}  // namespace fluxscope
