#include "tests/traces/seal.hpp"

#include <hdf5.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/hdf5/contents_reader.hpp"
#include "base/hdf5/digest.hpp"
#include "base/hdf5/native_type.hpp"

namespace fluxscope::testing {
namespace {

constexpr hssize_t kMaxRows = 1'000'000;

std::optional<std::uint64_t> digest_of_column(hid_t dataset) {
  hid_t const space = H5Dget_space(dataset);
  hssize_t const rows =
      H5Sget_simple_extent_ndims(space) == 1 ? H5Sget_simple_extent_npoints(space) : kMaxRows + 1;
  H5Sclose(space);
  if (rows > kMaxRows) return std::nullopt;
  hid_t const type = H5Dget_type(dataset);
  std::vector<std::byte> bytes(static_cast<std::size_t>(rows) * H5Tget_size(type));
  herr_t const read = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
  H5Tclose(type);
  if (read < 0) return std::nullopt;
  return digest_of(bytes);
}

void set_digest(hid_t object, std::optional<std::uint64_t> digest) {
  if (H5Aexists(object, hdf5::kDigestAttribute) > 0) H5Adelete(object, hdf5::kDigestAttribute);
  if (!digest) return;
  hid_t const space = H5Screate(H5S_SCALAR);
  hid_t const attribute =
      H5Acreate2(object, hdf5::kDigestAttribute, H5T_STD_U64LE, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, H5T_NATIVE_UINT64, &*digest);
  H5Aclose(attribute);
  H5Sclose(space);
}

struct Renewal {
  bool keep = false;  // digests, not only take them away
};

herr_t renew(hid_t file, char const* name, H5O_info_t const* info, void* data) {
  if (info->type != H5O_TYPE_DATASET) return 0;
  hid_t const dataset = H5Dopen2(file, name, H5P_DEFAULT);
  bool const keep = static_cast<Renewal*>(data)->keep;
  set_digest(dataset, keep ? digest_of_column(dataset) : std::nullopt);
  H5Dclose(dataset);
  return 0;
}

void renew_all(std::string const& path, bool keep) {
  hid_t const file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  Renewal renewal{keep};
  H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_NATIVE, renew, &renewal, H5O_INFO_BASIC);
  std::optional<std::uint64_t> digest;
  try {
    if (keep) digest = hdf5::contents_of(file, std::filesystem::file_size(path), path).digest();
  } catch (InputError const&) {  // links to elsewhere are refused whatever the digest
    digest = 0;
  }
  set_digest(file, digest);
  H5Fclose(file);
}

}  // namespace

void seal(std::string const& path) { renew_all(path, true); }
void unseal(std::string const& path) { renew_all(path, false); }

void make_1_1(std::string const& path) {
  unseal(path);
  hid_t const file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  H5Adelete(file, "schema_version");
  hid_t const type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, 5);
  hid_t const space = H5Screate(H5S_SCALAR);
  hid_t const attribute = H5Acreate2(file, "schema_version", type, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, type, "1.1.0");
  H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
  H5Fclose(file);
}

}  // namespace fluxscope::testing
