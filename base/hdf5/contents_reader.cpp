#include "base/hdf5/contents_reader.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/hdf5/attribute_reader.hpp"
#include "base/hdf5/native_type.hpp"

namespace fluxscope::hdf5 {
namespace {

constexpr std::size_t kMaxObjects = 4096;
constexpr std::ptrdiff_t kMaxDepth = 8;  // hard links can make a group its own child
constexpr Type kTypes[] = {Type::u8,  Type::u16, Type::u32, Type::u64,
                           Type::i32, Type::i64, Type::f32, Type::f64};

struct Links {
  std::vector<std::string> names;
  std::string not_hard;
};

herr_t take_link(hid_t, char const* name, H5L_info_t const* info, void* out) {
  auto& links = *static_cast<Links*>(out);
  links.names.emplace_back(name);
  if (info->type == H5L_TYPE_HARD) return 0;
  links.not_hard = name;
  return 1;
}

herr_t take_name(hid_t, char const* name, H5A_info_t const*, void* out) {
  static_cast<std::vector<std::string>*>(out)->emplace_back(name);
  return 0;
}

std::optional<Type> type_in_file(Id dataset, std::string const& where) {
  Handle const held(checked(H5Dget_type(dataset), where, "get the type"), H5Tclose);
  for (Type const type : kTypes) {
    if (checked(H5Tequal(held.get(), file_type(type)), where, "compare the type") > 0) return type;
  }
  return std::nullopt;
}

class Walk {
 public:
  Walk(Id file, std::uint64_t file_bytes, std::string const& path)
      : file_(file), file_bytes_(file_bytes), path_(path) {}

  Contents contents() {
    std::vector<std::string> groups = {"/"};
    for (std::size_t i = 0; i < groups.size(); ++i) {
      std::string const group = groups[i];
      add_attributes(group);
      for (std::string const& link : links_of(file_, group, path_)) {
        std::string const name = group == "/" ? "/" + link : group + "/" + link;
        if (add_dataset(name)) continue;
        contents_.add_group(name);
        groups.push_back(name);
      }
    }
    return std::move(contents_);
  }

 private:
  void add_attributes(std::string const& group) {
    Handle const opened(checked(H5Oopen(file_, group.c_str(), H5P_DEFAULT), path_, "open " + group),
                        H5Oclose);
    std::vector<std::string> names;
    checked(H5Aiterate2(opened.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, take_name, &names),
            path_, "list the attributes of " + group);
    for (std::string const& name : names) {
      if (group == "/" && name == kDigestAttribute) continue;
      auto const value = read_attribute(opened.get(), name, file_bytes_,
                                        fmt::format("{}: attribute {} of {}", path_, name, group));
      if (value) contents_.set_attribute(group, name, *value);
    }
  }

  // False for a group.
  bool add_dataset(std::string const& name) {
    if (++objects_ > kMaxObjects || std::count(name.begin(), name.end(), '/') > kMaxDepth) {
      throw InputError(fmt::format(
          "{}: holds more than {} groups and columns, or groups more than {} deep; make it anew",
          path_, kMaxObjects, kMaxDepth));
    }
    Handle const object(checked(H5Oopen(file_, name.c_str(), H5P_DEFAULT), path_, "open " + name),
                        H5Oclose);
    H5I_type_t const kind = H5Iget_type(object.get());
    if (kind == H5I_GROUP) return false;
    std::string const where = path_ + ": " + name;
    if (kind != H5I_DATASET) throw InputError(where + " is neither a group nor a column");
    Handle const space(checked(H5Dget_space(object.get()), where, "get the extent"), H5Sclose);
    hssize_t const elements =
        checked(H5Sget_simple_extent_npoints(space.get()), where, "get the extent");
    contents_.set_column(name, type_in_file(object.get(), where),
                         static_cast<std::size_t>(elements), digest_attribute(object.get(), where));
    return true;
  }

  Id file_;
  std::uint64_t file_bytes_;
  std::string const& path_;
  std::size_t objects_ = 0;
  Contents contents_;
};

}  // namespace

std::vector<std::string> links_of(Id file, std::string const& group, std::string const& path) {
  Handle const opened(
      checked(H5Gopen2(file, group.c_str(), H5P_DEFAULT), path, "open group " + group), H5Gclose);
  Links links;
  checked(H5Literate(opened.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, take_link, &links), path,
          "list group " + group);
  if (!links.not_hard.empty()) {
    throw InputError(fmt::format(
        "{}: {}{}{} is a soft or external link (a trace holds its own data); make the trace anew",
        path, group, group == "/" ? "" : "/", links.not_hard));
  }
  std::sort(links.names.begin(), links.names.end());
  return std::move(links.names);
}

Contents contents_of(Id file, std::uint64_t file_bytes, std::string const& path) {
  return Walk(file, file_bytes, path).contents();
}

std::optional<std::uint64_t> digest_attribute(Id object, std::string const& where) {
  auto const value = read_attribute(object, kDigestAttribute, sizeof(std::uint64_t),
                                    where + ": attribute " + kDigestAttribute);
  if (!value) return std::nullopt;
  if (auto const* digest = std::get_if<std::uint64_t>(&*value)) return *digest;
  throw InputError(where + ": attribute digest is not an unsigned number; make the trace anew");
}

}  // namespace fluxscope::hdf5
