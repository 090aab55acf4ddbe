#pragma once
// Writes safetensors files, right and wrong ones.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace fluxscope::testing {

/// u64 little-endian, header, data.
inline std::string safetensors_bytes(std::string const& header, std::string const& data) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> 8 * i & 0xff);
  return bytes + header + data;
}

inline void write_bytes(std::filesystem::path const& path, std::string const& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

struct StoredTensor {
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::string bytes;
};

/// A well-formed file, tensors in the order of their names.
inline std::string safetensors_bytes(std::map<std::string, StoredTensor> const& tensors) {
  std::string header = R"({"__metadata__":{"format":"pt"})";
  std::string data;
  for (auto const& [name, tensor] : tensors) {
    header.append(",\"").append(name).append("\":{\"dtype\":\"").append(tensor.dtype);
    header.append("\",\"shape\":[");
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
      header.append(i == 0 ? "" : ",").append(std::to_string(tensor.shape[i]));
    }
    header.append("],\"data_offsets\":[").append(std::to_string(data.size())).append(",");
    data += tensor.bytes;
    header.append(std::to_string(data.size())).append("]}");
  }
  return safetensors_bytes(header + "}  ", data);  // padded with blanks, as the format allows
}

}  // namespace fluxscope::testing
