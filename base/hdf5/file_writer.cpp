#include "base/hdf5/file_writer.hpp"

#include <hdf5.h>

#include <algorithm>
#include <type_traits>

#include "base/error.hpp"
#include "base/hdf5/journal_driver.hpp"
#include "base/hdf5/native_type.hpp"

namespace fluxscope::hdf5 {
namespace {

constexpr unsigned kDeflateLevel = 1;  // 4 saves 4 % of the bytes for 30 % more time

Handle text_type(std::string const& text, std::string const& path) {
  Handle type(checked(H5Tcopy(H5T_C_S1), path, "make a text type"), H5Tclose);
  checked(H5Tset_size(type.get(), std::max<std::size_t>(text.size(), 1)), path, "size a text");
  checked(H5Tset_cset(type.get(), H5T_CSET_UTF8), path, "set UTF-8");
  checked(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), path, "set text padding");
  return type;
}

void write_attribute(Id object, char const* name, Value const& value, std::string const& path) {
  if (checked(H5Aexists(object, name), path, "look up an attribute") > 0) {
    checked(H5Adelete(object, name), path, "replace an attribute");
  }
  Handle const space(checked(H5Screate(H5S_SCALAR), path, "make an attribute's space"), H5Sclose);
  auto const put = [&](hid_t in_file, hid_t in_memory, void const* data) {
    Handle const attribute(
        checked(H5Acreate2(object, name, in_file, space.get(), H5P_DEFAULT, H5P_DEFAULT), path,
                std::string("create attribute ") + name),
        H5Aclose);
    checked(H5Awrite(attribute.get(), in_memory, data), path,
            std::string("write attribute ") + name);
  };
  std::visit(
      [&](auto const& held) {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::string>) {
          Handle const type = text_type(held, path);
          put(type.get(), type.get(), held.c_str());
        } else {
          auto const type = static_cast<Type>(value.index());
          put(file_type(type), memory_type(type), &held);
        }
      },
      value);
}

Handle column_properties(Type type, std::size_t chunk_rows, std::string const& path) {
  Handle list(checked(H5Pcreate(H5P_DATASET_CREATE), path, "prepare a column"), H5Pclose);
  hsize_t const chunk = chunk_rows;
  checked(H5Pset_chunk(list.get(), 1, &chunk), path, "set a chunk size");
  if (size_of(type) > 1) checked(H5Pset_shuffle(list.get()), path, "set shuffle");
  checked(H5Pset_deflate(list.get(), kDeflateLevel), path, "set deflate");
  checked(H5Pset_fletcher32(list.get()), path, "set fletcher32");
  checked(H5Pset_obj_track_times(list.get(), false), path, "switch off timestamps");
  return list;
}

}  // namespace

ColumnWriter::ColumnWriter(Handle dataset, Type type, std::string path, JournaledStore const& store)
    : dataset_(std::move(dataset)), type_(type), path_(std::move(path)), store_(&store) {}

void ColumnWriter::append(void const* data, std::size_t rows) {
  if (rows == 0) return;
  hsize_t const extent = rows_ + rows;
  checked(H5Dset_extent(dataset_.get(), &extent), path_, "extend a column");
  write(rows_, data, rows);
  rows_ += rows;
}

void ColumnWriter::rewrite(void const* data, std::size_t rows) {
  expects(rows <= rows_, "rewrite() replaces existing rows");
  if (rows > 0) write(0, data, rows);
}

void ColumnWriter::write(std::size_t first, void const* data, std::size_t rows) {
  hsize_t const begin = first;
  hsize_t const count = rows;
  Handle const in_file(checked(H5Dget_space(dataset_.get()), path_, "get a column's extent"),
                       H5Sclose);
  checked(H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, &begin, nullptr, &count, nullptr),
          path_, "select rows");
  Handle const in_memory(checked(H5Screate_simple(1, &count, nullptr), path_, "describe rows"),
                         H5Sclose);
  checked(H5Dwrite(dataset_.get(), memory_type(type_), in_memory.get(), in_file.get(), H5P_DEFAULT,
                   data),
          path_, "write rows");
  store_->check();
}

void ColumnWriter::set_attribute(char const* name, Value const& value) {
  write_attribute(dataset_.get(), name, value, path_);
}

FileWriter::FileWriter(OutputFile& output) : path_(output.path()), store_(output) {
  Handle const access = journal_access(store_, path_);
  Handle const create(checked(H5Pcreate(H5P_FILE_CREATE), path_, "prepare a file"), H5Pclose);
  checked(H5Pset_obj_track_times(create.get(), false), path_, "switch off timestamps");
  file_ = Handle(checked(H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, create.get(), access.get()), path_,
                         "create the file"),
                 H5Fclose);
}

void FileWriter::create_group(char const* name) {
  Handle const list(checked(H5Pcreate(H5P_GROUP_CREATE), path_, "prepare a group"), H5Pclose);
  checked(H5Pset_obj_track_times(list.get(), false), path_, "switch off timestamps");
  Handle const group(checked(H5Gcreate2(file_.get(), name, H5P_DEFAULT, list.get(), H5P_DEFAULT),
                             path_, std::string("create group ") + name),
                     H5Gclose);
}

ColumnWriter FileWriter::create_column(std::string const& name, Type type, std::size_t chunk_rows) {
  Handle const list = column_properties(type, chunk_rows, path_);
  hsize_t const none = 0;
  hsize_t const unlimited = H5S_UNLIMITED;
  Handle const space(checked(H5Screate_simple(1, &none, &unlimited), path_, "describe a column"),
                     H5Sclose);
  Handle const access(checked(H5Pcreate(H5P_DATASET_ACCESS), path_, "prepare access"), H5Pclose);
  // Rows come in order: the last chunk is the only one that is ever taken up again.
  checked(H5Pset_chunk_cache(access.get(), 3, 2 * chunk_rows * size_of(type), 1.0), path_,
          "set the chunk cache");
  Handle dataset(checked(H5Dcreate2(file_.get(), name.c_str(), file_type(type), space.get(),
                                    H5P_DEFAULT, list.get(), access.get()),
                         path_, "create column " + name),
                 H5Dclose);
  return ColumnWriter(std::move(dataset), type, path_, store_);
}

void FileWriter::set_attribute(char const* object, char const* name, Value const& value) {
  Handle const opened(checked(H5Oopen(file_.get(), object, H5P_DEFAULT), path_,
                              std::string("open group ") + object),
                      H5Oclose);
  write_attribute(opened.get(), name, value, path_);
}

void FileWriter::commit() {
  checked(H5Fflush(file_.get(), H5F_SCOPE_LOCAL), path_, "flush the file");
  store_.commit();
}

void FileWriter::close() {
  commit();
  if (!file_.reset()) fail(path_, "close the file");
  store_.commit();
}

}  // namespace fluxscope::hdf5
