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
#include "base/hdf5/column_check.hpp"
#include "base/hdf5/journaled_store.hpp"
#include "base/hdf5/native_type.hpp"

namespace fluxscope::hdf5 {
namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{1} << 24;

std::uint64_t checked_file_size(std::string const& path) {
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
  return bytes;
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

herr_t stop_at_other_link(hid_t, char const* name, H5L_info_t const* info, void* out) {
  if (info->type == H5L_TYPE_HARD) return 0;
  *static_cast<std::string*>(out) = name;
  return 1;
}

template <class Wide>
Value read_number(Id attribute, Type wide, std::string const& where) {
  Wide value{};
  checked(H5Aread(attribute, memory_type(wide), &value), where, "read the attribute");
  return value;
}

Value read_text(Id attribute, Id type, std::uint64_t file_bytes, std::string const& where) {
  std::size_t const bytes = H5Tget_size(type);
  if (bytes == 0 || bytes > kMaxTextBytes || bytes > file_bytes) {
    throw InputError(
        fmt::format("{}: claims a text of {} bytes (more than the file can hold)", where, bytes));
  }
  std::string text(bytes, '\0');
  checked(H5Aread(attribute, type, text.data()), where, "read the attribute");
  text.resize(text.find_last_not_of('\0') + 1);
  return text;
}

Value read_attribute(Id attribute, std::uint64_t file_bytes, std::string const& where) {
  Handle const space(checked(H5Aget_space(attribute), where, "get the extent"), H5Sclose);
  Handle const type(checked(H5Aget_type(attribute), where, "get the type"), H5Tclose);
  if (H5Sget_simple_extent_npoints(space.get()) != 1) {
    throw InputError(where + ": is not a single value; make the trace anew");
  }
  std::size_t const bytes = H5Tget_size(type.get());
  switch (H5Tget_class(type.get())) {
    case H5T_INTEGER:
      if (bytes > 8) break;
      return H5Tget_sign(type.get()) == H5T_SGN_NONE
                 ? read_number<std::uint64_t>(attribute, Type::u64, where)
                 : read_number<std::int64_t>(attribute, Type::i64, where);
    case H5T_FLOAT:
      if (bytes > 8) break;
      return read_number<double>(attribute, Type::f64, where);
    case H5T_STRING:
      if (checked(H5Tis_variable_str(type.get()), where, "get the type") > 0) break;
      return read_text(attribute, type.get(), file_bytes, where);
    default:
      break;
  }
  throw InputError(where + ": is neither a number nor fixed-length text; make the trace anew");
}

// HDF5 copies the image, and wants a name under which there is no file.
Handle open_image(std::vector<std::byte>& image, std::string const& path) {
  Handle const access(checked(H5Pcreate(H5P_FILE_ACCESS), path, "prepare file access"), H5Pclose);
  checked(H5Pset_fapl_core(access.get(), std::size_t{1} << 20, false), path, "set the file driver");
  checked(H5Pset_file_image(access.get(), image.data(), image.size()), path, "set the file image");
  return Handle(
      checked(H5Fopen((path + " with its journal applied").c_str(), H5F_ACC_RDONLY, access.get()),
              path, "open the repaired trace"),
      H5Fclose);
}

}  // namespace

FileReader::FileReader(std::string path) : path_(std::move(path)) {
  note_input(path_);
  initialize();
  file_bytes_ = checked_file_size(path_);
  refuse_if_being_written(path_);
  if (auto repaired = load_with_journal(path_)) {
    file_bytes_ = repaired->size();
    file_ = open_image(*repaired, path_);
    return;
  }
  if (H5Fis_hdf5(path_.c_str()) <= 0) {
    throw InputError(path_ + ": is not an HDF5 file (no HDF5 signature); name a fluxscope trace");
  }
  file_ =
      Handle(checked(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), path_, "open the trace"),
             H5Fclose);
}

void FileReader::check_links(std::string const& group) const {
  Handle const opened(
      checked(H5Gopen2(file_.get(), group.c_str(), H5P_DEFAULT), path_, "open group " + group),
      H5Gclose);
  std::string other;
  checked(
      H5Literate(opened.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, stop_at_other_link, &other),
      path_, "list group " + group);
  if (!other.empty()) {
    throw InputError(fmt::format(
        "{}: {}{}{} is a soft or external link (a trace holds its own data); make the trace anew",
        path_, group, group == "/" ? "" : "/", other));
  }
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
  if (checked(H5Aexists(opened.get(), name.c_str()), path_, "look up attribute " + name) == 0) {
    return std::nullopt;
  }
  Handle const held(
      checked(H5Aopen(opened.get(), name.c_str(), H5P_DEFAULT), path_, "open attribute " + name),
      H5Aclose);
  return read_attribute(held.get(), file_bytes_,
                        fmt::format("{}: attribute {} of {}", path_, name, object));
}

Handle FileReader::open_column(std::string const& column) const {
  Handle object(
      checked(H5Oopen(file_.get(), column.c_str(), H5P_DEFAULT), path_, "open column " + column),
      H5Oclose);
  if (H5Iget_type(object.get()) != H5I_DATASET) {
    throw InputError(fmt::format("{}: {} is not a dataset; make the trace anew", path_, column));
  }
  return object;
}

std::size_t FileReader::column_rows(std::string const& column, Type type) const {
  Handle const dataset = open_column(column);
  return checked_rows(dataset.get(), type, file_bytes_, path_ + ": " + column);
}

void FileReader::read_column(std::string const& column, Type type, std::span<std::byte> out) const {
  std::size_t const rows = column_rows(column, type);
  expects(out.size() == rows * size_of(type), "read_column() fills exactly the whole column");
  if (rows == 0) return;
  Handle const dataset = open_column(column);
  checked(H5Dread(dataset.get(), memory_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, out.data()),
          path_, "read column " + column);
}

}  // namespace fluxscope::hdf5
