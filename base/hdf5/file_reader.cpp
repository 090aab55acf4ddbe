#include "base/hdf5/file_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <hdf5.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.hpp"
#include "base/files/input_log.hpp"
#include "base/hdf5/attribute_reader.hpp"
#include "base/hdf5/contents_reader.hpp"
#include "base/hdf5/journaled_store.hpp"

namespace fluxscope::hdf5 {
namespace {

void check_file(std::string const& path) {
  std::error_code error;
  auto const status = std::filesystem::status(path, error);
  if (error || !std::filesystem::exists(status)) {
    throw InputError(path + ": no such file; check the path");
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw InputError(path + ": is not a file; name an HDF5 trace");
  }
  auto const bytes = std::filesystem::file_size(path, error);
  if (error) throw InputError(path + ": cannot be read (" + error.message() + ")");
  if (bytes == 0) {
    throw InputError(path + ": is empty (its writer was stopped before the first row); run again");
  }
}

// HDF5 would refuse too, with its own words. File systems without locks let everybody pass.
void refuse_if_being_written(std::string const& path) {
  int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    throw InputError(fmt::format("{}: cannot be opened ({}); check its permissions", path,
                                 std::strerror(errno)));
  }
  bool const locked = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(fd);
  if (locked) {
    throw InputError(path + ": is being written by a running process; wait until it is done");
  }
}

// HDF5 copies the image, and wants a name under which there is no file.
Handle open_image(std::vector<std::byte> const& image, std::string const& path) {
  Handle const access(checked(H5Pcreate(H5P_FILE_ACCESS), path, "prepare file access"), H5Pclose);
  checked(H5Pset_fapl_core(access.get(), std::size_t{1} << 20, false), path, "set the file driver");
  checked(H5Pset_file_image(access.get(), const_cast<std::byte*>(image.data()), image.size()), path,
          "set the file image");
  return Handle(
      checked(H5Fopen((path + " with its journal applied").c_str(), H5F_ACC_RDONLY, access.get()),
              path, "open the repaired trace"),
      H5Fclose);
}

}  // namespace

FileReader::FileReader(std::string path) : path_(std::move(path)) {
  note_input(path_);
  initialize();
  check_file(path_);
  refuse_if_being_written(path_);
  if (auto repaired = load_with_journal(path_)) {
    bytes_ = std::make_unique<FileBytes>(std::move(*repaired));
    file_ = open_image(bytes_->image(), path_);
  } else {
    if (H5Fis_hdf5(path_.c_str()) <= 0) {
      throw InputError(path_ + ": is not an HDF5 file (no HDF5 signature); name a fluxscope trace");
    }
    bytes_ = std::make_unique<FileBytes>(path_);
    file_ = Handle(
        checked(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), path_, "open the trace"),
        H5Fclose);
  }
  digest_ = digest_attribute(file_.get(), path_);
}

void FileReader::check_links(std::string const& group) const {
  static_cast<void>(links_of(file_.get(), group, path_));
}

void FileReader::check_contents() const {
  if (!digest_) return;
  if (contents_of(file_.get(), bytes_->size(), path_).digest() == *digest_) return;
  throw InputError(path_ +
                   ": its columns' names, types, rows or digests, or its attributes, are not those "
                   "that were written (the file was changed or damaged); make it anew, or take a "
                   "whole copy");
}

bool FileReader::exists(std::string const& object) const {
  return checked(H5Lexists(file_.get(), object.c_str(), H5P_DEFAULT), path_, "look up " + object) >
         0;
}

std::optional<Value> FileReader::attribute(std::string const& object,
                                           std::string const& name) const {
  Handle const opened(
      checked(H5Oopen(file_.get(), object.c_str(), H5P_DEFAULT), path_, "open " + object),
      H5Oclose);
  return read_attribute(opened.get(), name, bytes_->size(),
                        fmt::format("{}: attribute {} of {}", path_, name, object));
}

ColumnReader FileReader::column(std::string const& name, Type type) const {
  Handle object(
      checked(H5Oopen(file_.get(), name.c_str(), H5P_DEFAULT), path_, "open column " + name),
      H5Oclose);
  if (H5Iget_type(object.get()) != H5I_DATASET) {
    throw InputError(fmt::format("{}: {} is not a dataset; make the trace anew", path_, name));
  }
  return ColumnReader(std::move(object), type, *bytes_, path_ + ": " + name);
}

}  // namespace fluxscope::hdf5
