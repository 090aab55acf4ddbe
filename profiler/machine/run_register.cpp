#include "profiler/machine/run_register.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sstream>
#include <system_error>

namespace fluxscope::profiler {
namespace {

bool running(std::int64_t pid) { return kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM; }

}  // namespace

std::string shared_folder() {
  std::error_code error;
  auto const folder = std::filesystem::temp_directory_path(error);
  return error ? "/tmp" : folder.string();
}

RunRegister::RunRegister(std::string const& folder, std::string const& gpu, std::int64_t pid) {
  std::string const path = folder + "/fluxscope-gpu-" + gpu + ".runs";
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (file_ < 0) return;
  (void)fchmod(file_, 0666);  // other users' runs enter too
  if (flock(file_, LOCK_EX | LOCK_NB) == 0 && ftruncate(file_, 0) != 0) return;
  (void)flock(file_, LOCK_SH);
  std::string const line = std::to_string(pid) + "\n";
  if (write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) return;
  own_end_ = lseek(file_, 0, SEEK_CUR);
  before_ = pids(0, own_end_ - static_cast<off_t>(line.size()));
  before_.erase(std::remove_if(before_.begin(), before_.end(),
                               [&](std::int64_t one) { return one == pid || !running(one); }),
                before_.end());
}

RunRegister::~RunRegister() {
  if (file_ >= 0) (void)close(file_);
}

std::vector<std::int64_t> RunRegister::others() const {
  std::vector<std::int64_t> all = before_;
  if (own_end_ == 0) return all;
  struct stat facts {};
  if (fstat(file_, &facts) != 0) return all;
  for (std::int64_t const pid : pids(own_end_, facts.st_size)) all.push_back(pid);
  return all;
}

std::vector<std::int64_t> RunRegister::pids(off_t begin, off_t end) const {
  std::string text(static_cast<std::size_t>(std::max<off_t>(end - begin, 0)), '\0');
  ssize_t const bytes = pread(file_, text.data(), text.size(), begin);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(bytes, 0)));
  std::istringstream lines(text);
  std::vector<std::int64_t> found;
  for (std::int64_t pid = 0; lines >> pid;) found.push_back(pid);
  return found;
}

}  // namespace fluxscope::profiler
