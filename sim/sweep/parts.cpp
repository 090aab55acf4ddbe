#include "sim/sweep/parts.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>

#include "base/error.hpp"
#include "base/output/sync_folder.hpp"

namespace fluxscope::sim {
namespace {

namespace fs = std::filesystem;

/// "part-00000000.h5", and with `unfinished` what a killed writer of one leaves.
bool is_part_name(std::string name, bool unfinished) {
  constexpr std::string_view kBegin = "part-";
  std::string const end = unfinished ? ".h5.tmp" : ".h5";
  if (!name.starts_with(kBegin) || !name.ends_with(end)) return false;
  name = name.substr(kBegin.size(), name.size() - kBegin.size() - end.size());
  return name.size() >= 8 && std::all_of(name.begin(), name.end(),
                                         [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// Regular files of the folder with such a name and of this kind, sorted.
std::vector<std::string> own_files(std::string const& folder, bool unfinished) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string const path = entry->path().string();
    struct stat status {};
    if (!is_part_name(entry->path().filename().string(), unfinished)) continue;
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (unfinished ? may_become(path, {sweep_kind()}) : is_of(path, {sweep_kind()})) {
      files.push_back(path);
    }
  }
  if (error) {
    throw InputError(folder + ": cannot be listed (" + error.message() +
                     ") mend its permissions, or choose another output");
  }
  std::sort(files.begin(), files.end());
  return files;
}

void remove_files(std::vector<std::string> const& files) {
  for (std::string const& file : files) ::unlink(file.c_str());
}

void make_folder(std::string const& folder) {
  std::error_code error;
  fs::create_directory(folder, error);
  if (!error && fs::is_directory(folder, error)) return;
  throw InputError(folder + ": cannot make the folder for parts (" +
                   (error ? error.message() : "a file is in the way") +
                   ") choose another output path");
}

}  // namespace

SweepParts::SweepParts(std::string const& output, SweepTable const& empty, bool restart)
    : folder_(output + ".parts"),
      empty_(empty),
      note_("", "finished points are in " + folder_ +
                    "; the same command goes on from there, with --restart it begins anew") {
  make_folder(folder_);
  remove_files(own_files(folder_, true));
  files_ = own_files(folder_, false);
  if (restart) {
    remove_files(files_);
    files_.clear();
  }
  take_over();
}

void SweepParts::take_over() {
  for (std::string const& file : files_) {
    SweepTable part;
    try {
      part = read_sweep(file);
    } catch (InputError const& error) {
      throw InputError(std::string(error.what()) + "; --restart discards the parts in " + folder_);
    }
    std::string const differs = difference(part.identity, empty_.identity);
    if (!differs.empty()) {
      throw InputError(folder_ + ": holds parts of another sweep (different: " + differs +
                       ") end that sweep with what it began with, choose another output, or "
                       "discard them with --restart");
    }
    for (SweepRow const& row : part.rows) done_.insert(row.point);
  }
}

void SweepParts::add(SweepTable const& part) {
  expects(!part.rows.empty(), "a part has points");
  std::string path;
  struct stat status {};
  // The first free number from the first point on: earlier runs may have cut their parts elsewhere.
  for (std::uint32_t number = part.rows[0].point;; ++number) {
    path = folder_ + fmt::format("/part-{:08}.h5", number);
    if (::lstat(path.c_str(), &status) != 0) break;
  }
  write_sweep(path, part);
  files_.push_back(path);
}

SweepTable SweepParts::table() const {
  return files_.empty() ? empty_ : merge_sweeps(files_, false);
}

void SweepParts::remove() {
  remove_files(files_);
  sync_folder(folder_);
  if (::rmdir(folder_.c_str()) != 0 && errno == ENOTEMPTY) {
    std::cerr << folder_ << ": stays, it holds files that are not of this sweep\n";
  }
}

}  // namespace fluxscope::sim
