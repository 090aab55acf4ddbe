#include "base/hdf5/file_writer.hpp"

#include <hdf5.h>

#include <algorithm>
#include <type_traits>

#include "base/error.hpp"
#include "base/hdf5/digest.hpp"
#include "base/hdf5/journal_driver.hpp"
#include "base/hdf5/native_type.hpp"

namespace fluxscope::hdf5 {

struct WrittenColumn {
  Handle dataset;
  Handle digest_attribute;
  std::string name;
  Type type = Type::u8;
  std::string file;  // for messages
  JournaledStore const* store = nullptr;
  std::size_t rows = 0;
  Digest digest = {};
  bool changed = true;  // since its digest was written
};

namespace {

constexpr unsigned kDeflateLevel = 1;  // 4 saves 4 % of the bytes for 30 % more time

Handle text_type(std::string const& text, std::string const& path) {
  Handle type(checked(H5Tcopy(H5T_C_S1), path, "make a text type"), H5Tclose);
  checked(H5Tset_size(type.get(), std::max<std::size_t>(text.size(), 1)), path, "size a text");
  checked(H5Tset_cset(type.get(), H5T_CSET_UTF8), path, "set UTF-8");
  checked(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), path, "set text padding");
  return type;
}

Handle create_attribute(Id object, char const* name, Id type, std::string const& path) {
  Handle const space(checked(H5Screate(H5S_SCALAR), path, "make an attribute's space"), H5Sclose);
  return Handle(checked(H5Acreate2(object, name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT), path,
                        std::string("create attribute ") + name),
                H5Aclose);
}

// Anew each time: where an object has more than eight, HDF5 1.10 cannot always write into one.
void write_attribute(Id object, char const* name, Value const& value, std::string const& path) {
  if (checked(H5Aexists(object, name), path, "look up an attribute") > 0) {
    checked(H5Adelete(object, name), path, "replace an attribute");
  }
  auto const put = [&](Id in_file, Id in_memory, void const* data) {
    Handle const attribute = create_attribute(object, name, in_file, path);
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

void write_rows(WrittenColumn const& column, std::size_t first, void const* data,
                std::size_t rows) {
  hsize_t const begin = first;
  hsize_t const count = rows;
  Handle const in_file(
      checked(H5Dget_space(column.dataset.get()), column.file, "get a column's extent"), H5Sclose);
  checked(H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, &begin, nullptr, &count, nullptr),
          column.file, "select rows");
  Handle const in_memory(
      checked(H5Screate_simple(1, &count, nullptr), column.file, "describe rows"), H5Sclose);
  checked(H5Dwrite(column.dataset.get(), memory_type(column.type), in_memory.get(), in_file.get(),
                   H5P_DEFAULT, data),
          column.file, "write rows");
  column.store->check();
}

void add_to_digest(WrittenColumn& column, void const* data, std::size_t rows) {
  column.digest.update({static_cast<std::byte const*>(data), rows * size_of(column.type)});
  column.changed = true;
}

}  // namespace

ColumnWriter::ColumnWriter(std::shared_ptr<WrittenColumn> column) : column_(std::move(column)) {}

void ColumnWriter::append(void const* data, std::size_t rows) {
  if (rows == 0) return;
  hsize_t const extent = column_->rows + rows;
  checked(H5Dset_extent(column_->dataset.get(), &extent), column_->file, "extend a column");
  write_rows(*column_, column_->rows, data, rows);
  column_->rows += rows;
  add_to_digest(*column_, data, rows);
}

void ColumnWriter::rewrite(void const* data, std::size_t rows) {
  expects(rows == column_->rows, "rewrite() replaces all rows");
  if (rows == 0) return;
  write_rows(*column_, 0, data, rows);
  column_->digest = Digest();
  add_to_digest(*column_, data, rows);
}

void ColumnWriter::set_attribute(char const* name, Value const& value) {
  write_attribute(column_->dataset.get(), name, value, column_->file);
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
  contents_.add_group(name);
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
  Handle digest = create_attribute(dataset.get(), kDigestAttribute, file_type(Type::u64), path_);
  columns_.push_back(std::make_shared<WrittenColumn>(
      WrittenColumn{std::move(dataset), std::move(digest), name, type, path_, &store_}));
  return ColumnWriter(columns_.back());
}

void FileWriter::set_attribute(char const* object, char const* name, Value const& value) {
  Handle const opened(checked(H5Oopen(file_.get(), object, H5P_DEFAULT), path_,
                              std::string("open group ") + object),
                      H5Oclose);
  write_attribute(opened.get(), name, value, path_);
  contents_.set_attribute(object, name, value);
}

void FileWriter::write_digests() {
  for (auto const& column : columns_) {
    if (!column->changed) continue;
    std::uint64_t const digest = column->digest.value();
    checked(H5Awrite(column->digest_attribute.get(), memory_type(Type::u64), &digest), path_,
            "write the digest of " + column->name);
    contents_.set_column(column->name, column->type, column->rows, digest);
    column->changed = false;
  }
  write_attribute(file_.get(), kDigestAttribute, contents_.digest(), path_);
}

void FileWriter::commit() {
  write_digests();
  checked(H5Fflush(file_.get(), H5F_SCOPE_LOCAL), path_, "flush the file");
  store_.commit();
}

void FileWriter::close() {
  commit();
  columns_.clear();
  if (!file_.reset()) fail(path_, "close the file");
  store_.commit();
}

}  // namespace fluxscope::hdf5
