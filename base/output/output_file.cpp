#include "base/output/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "base/output/stop_note.hpp"
#include "base/output/sync_folder.hpp"
#include "base/output/temporary_file.hpp"

namespace fluxscope {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 18;

std::string checked_target(std::string const& path, OutputRules const& rules) {
  expects(!rules.kinds.empty(), "an output is of some kind");
  std::string target = checked_output(path, rules);
  refuse_own_temporary(path, target);
  return target;
}

}  // namespace

struct OutputFile::Impl {
  std::string path;
  std::string target;  // links followed
  std::string temporary;
  std::optional<TemporaryFile> file;  // until it has its name
  bool kept = false;
  bool whole = false;  // all but the name
  std::string buffer;
  std::optional<StopNote> note;

  Impl(std::string given, OutputRules const& rules)
      : path(std::move(given)), target(checked_target(path, rules)), temporary(target + ".tmp") {
    file.emplace(temporary, path, rules);
    note.emplace(temporary, "");
  }
  ~Impl() {
    if (file && !kept) static_cast<void>(::unlink(temporary.c_str()));
  }

  [[nodiscard]] InputError error(std::string const& problem, std::string const& reason) const {
    return InputError(path + ": " + problem + " (" + reason +
                      "); check the folder, its permissions and the free space" +
                      (whole  ? "; the new file is whole, as " + temporary
                       : kept ? "; what was written so far is in " + temporary
                              : ""));
  }
  void flush() {
    std::string_view bytes = buffer;
    while (!bytes.empty()) {
      ssize_t const put = ::write(file->descriptor(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) throw error("cannot be written", std::strerror(errno));
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    buffer.clear();
  }
  void take_permissions() const {
    struct stat old {};
    if (::stat(target.c_str(), &old) != 0) return;
    static_cast<void>(::fchmod(file->descriptor(), old.st_mode & 0777));
  }
  void commit() {
    flush();
    take_permissions();
    if (::fsync(file->descriptor()) != 0) throw error("cannot be written", std::strerror(errno));
    if (std::rename(temporary.c_str(), target.c_str()) != 0) {
      std::string const reason = std::strerror(errno);
      kept = whole = true;
      throw error("cannot be given its name", reason);
    }
    note.reset();
    file.reset();
    sync_folder(folder_of(target));
  }
};

OutputFile::OutputFile(std::string path, OutputRules const& rules)
    : impl_(std::make_unique<Impl>(std::move(path), rules)) {}
OutputFile::~OutputFile() = default;
OutputFile::OutputFile(OutputFile&&) noexcept = default;
OutputFile& OutputFile::operator=(OutputFile&&) noexcept = default;

std::string const& OutputFile::path() const { return impl_->path; }
std::string const& OutputFile::temporary() const { return impl_->temporary; }
int OutputFile::descriptor() const { return impl_->file->descriptor(); }

void OutputFile::write(std::string_view bytes) {
  expects(impl_ != nullptr && impl_->file, "write() comes before commit()");
  impl_->buffer += bytes;
  if (impl_->buffer.size() >= kBufferBytes) impl_->flush();
}

void OutputFile::keep_unfinished() {
  if (std::exchange(impl_->kept, true)) return;
  impl_->note.reset();
  impl_->note.emplace("", "what was written so far is in " + temporary());
}

void OutputFile::commit() {
  expects(impl_ != nullptr && impl_->file, "commit() is called once");
  impl_->commit();
}

InputError OutputFile::error(std::string const& problem, std::string const& reason) const {
  return impl_->error(problem, reason);
}

void write_output(std::string const& path, OutputRules const& rules, std::string_view text) {
  OutputFile file(path, rules);
  file.write(text);
  file.commit();
}

}  // namespace fluxscope
