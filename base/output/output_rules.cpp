#include "base/output/output_rules.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/error.hpp"

namespace fluxscope {
namespace {

using Status = struct stat;

bool same_file(Status const& a, Status const& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

[[noreturn]] void refuse(std::string const& path, std::string const& problem) {
  throw InputError(path + ": " + problem);
}

void refuse_odd_name(std::string const& path) {
  if (path.empty())
    throw InputError("the output's name is empty (nothing can be written) give one");
  if (path == "-") {
    refuse(path,
           "is no name of a file here (outputs are written beside their name and renamed) "
           "give a file; ./- means a file of that name");
  }
  if (path.ends_with('/')) refuse(path, "names a folder (the output is a file) name a file in it");
}

/// Only what is written to the end and then renamed can be replaced whole.
void refuse_unless_regular(std::string const& path, Status const& status) {
  if (S_ISREG(status.st_mode)) return;
  if (S_ISDIR(status.st_mode)) {
    refuse(path, "is a folder (the output would be a file of that name) give a file");
  }
  char const* const what = S_ISFIFO(status.st_mode)   ? "a pipe"
                           : S_ISSOCK(status.st_mode) ? "a socket"
                                                      : "a device";
  refuse(path, std::string("is ") + what +
                   " (an output is written beside its name and renamed, which would replace it) "
                   "give a regular file");
}

void refuse_standard_streams(std::string const& path, Status const& status) {
  for (int const fd : {STDOUT_FILENO, STDERR_FILENO}) {
    Status stream{};
    if (::fstat(fd, &stream) == 0 && same_file(status, stream)) {
      refuse(path,
             "is where standard output or standard error goes (it would be replaced) give "
             "another file");
    }
  }
}

/// `status` is of an existing file, links followed.
void check_existing(std::string const& path, Status const& status, OutputRules const& rules) {
  refuse_unless_regular(path, status);
  refuse_standard_streams(path, status);
  if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) {
    refuse(path, std::string("may not be written (") + std::strerror(errno) +
                     ") choose another output, or chmod u+w it");
  }
  if (!rules.force && status.st_size > 0 && !is_of(path, rules.kinds)) {
    refuse(path, "exists and is not " + names_of(rules.kinds) +
                     " (the command did not write it, and would destroy it) choose another "
                     "output, or say --force");
  }
}

}  // namespace

void check_folder_of(std::string const& path, std::string const& target) {
  std::string const folder = folder_of(target);
  Status status{};
  if (::stat(folder.c_str(), &status) != 0) {
    refuse(path, "cannot be written (folder " + folder + ": " + std::strerror(errno) +
                     ") make the folder, or choose another output");
  }
  if (!S_ISDIR(status.st_mode)) {
    refuse(path, "cannot be written (" + folder + " is no folder) choose another output");
  }
  if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    refuse(path, "cannot be written (folder " + folder + ": " + std::strerror(errno) +
                     ") choose another output, or mend the folder's permissions");
  }
}

std::string link_target(std::string const& path) {
  std::unique_ptr<char, decltype(&std::free)> const real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (real == nullptr) {
    refuse(path, std::string("is a link to nothing (") + std::strerror(errno) +
                     ") remove it, or name the file itself");
  }
  return real.get();
}

std::string folder_of(std::string const& path) {
  auto const folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

void refuse_input(std::string const& path, std::vector<std::string> const& inputs) {
  Status output{};
  if (::stat(path.c_str(), &output) != 0) return;
  for (std::string const& input : inputs) {
    Status status{};
    if (::stat(input.c_str(), &status) != 0 || !same_file(output, status)) continue;
    refuse(path, "is an input of this command" + (input == path ? "" : " (" + input + ")") +
                     ", which the output would destroy; choose another output");
  }
}

std::string checked_output(std::string const& path, OutputRules const& rules) {
  refuse_odd_name(path);
  Status own{};
  bool const there = ::lstat(path.c_str(), &own) == 0;
  if (!there && errno != ENOENT) {
    refuse(path,
           std::string("cannot be written (") + std::strerror(errno) + ") choose another output");
  }
  bool const link = there && S_ISLNK(own.st_mode);
  Status status{};
  if (there && (!link || ::stat(path.c_str(), &status) == 0)) {
    refuse_input(path, rules.inputs);
    check_existing(path, link ? status : own, rules);
  }
  std::string const target = link ? link_target(path) : path;
  check_folder_of(path, target);
  return target;
}

}  // namespace fluxscope
