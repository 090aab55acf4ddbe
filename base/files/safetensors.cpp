#include "base/files/safetensors.hpp"

#include <algorithm>
#include <optional>
#include <span>

#include "base/error.hpp"
#include "base/files/text_file.hpp"
#include "base/json/parse.hpp"
#include "base/text/printable.hpp"

namespace fluxscope {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMostTensorBytes = std::uint64_t{1} << 40;

/// Bytes of one value; 0 for a type this reader does not know the size of.
std::uint64_t value_bytes(std::string const& dtype) {
  static std::map<std::string, std::uint64_t> const kBytes{
      {"F64", 8},     {"I64", 8},     {"U64", 8},  {"F32", 4}, {"I32", 4},
      {"U32", 4},     {"F16", 2},     {"BF16", 2}, {"I16", 2}, {"U16", 2},
      {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"I8", 1},   {"U8", 1},  {"BOOL", 1}};
  auto const found = kBytes.find(dtype);
  return found == kBytes.end() ? 0 : found->second;
}

/// The product of the dimensions and `bytes`; nothing where it is beyond kMostTensorBytes.
std::optional<std::uint64_t> shape_bytes(std::vector<std::int64_t> const& shape,
                                         std::uint64_t bytes) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  for (std::int64_t const dimension : shape) {
    if (static_cast<std::uint64_t>(dimension) > kMostTensorBytes / bytes) return std::nullopt;
    bytes *= static_cast<std::uint64_t>(dimension);
  }
  return bytes;
}

std::uint64_t little_endian(char const (&bytes)[kLengthBytes]) {
  std::uint64_t value = 0;
  for (std::uint64_t i = kLengthBytes; i > 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  }
  return value;
}

Json parse_header(std::string const& text, std::string const& path) {
  Json header = parse_json(text, path + ": the header: ");
  if (header.is_object()) return header;
  throw InputError(path +
                   ": the header is not a JSON object (the file is damaged or of another format) "
                   "pass a .safetensors file");
}

}  // namespace

std::string to_text(std::vector<std::int64_t> const& shape) {
  std::string text;
  for (std::int64_t const dimension : shape) {
    text += (text.empty() ? "" : ", ") + std::to_string(dimension);
  }
  return "[" + text + "]";
}

/// Checks the header of one file and fills its entries.
class SafetensorsHeader {
 public:
  explicit SafetensorsHeader(SafetensorsFile& file) : file_(file) {}

  void read() {
    Json const header = parse_header(header_text(), file_.path_);
    for (auto const& [name, value] : header.items()) {
      if (name != "__metadata__") file_.entries_[name] = entry(name, value);
    }
  }

 private:
  std::string header_text() {
    RegularFile const file(file_.path_);
    std::uint64_t const size = file.size();
    char raw[kLengthBytes] = {};
    std::size_t const got = file.read_at(0, raw);
    std::uint64_t const bytes = little_endian(raw);
    bool const fits = got == kLengthBytes && size >= kLengthBytes && bytes <= size - kLengthBytes;
    if (!fits || bytes > limits::kSafetensorsHeaderBytes) {
      throw InputError(file_.path_ + ": a header of " + std::to_string(bytes) +
                       " bytes in a file of " + std::to_string(size) + " (at most " +
                       std::to_string(limits::kSafetensorsHeaderBytes) +
                       "; the file is cut off or of another format) pass a .safetensors file");
    }
    std::string text(static_cast<std::size_t>(bytes), '\0');
    if (file.read_at(kLengthBytes, text) != text.size()) {
      throw InputError(file_.path_ + ": ends inside its header (did it change?) try again");
    }
    data_begin_ = kLengthBytes + bytes;
    data_bytes_ = size - data_begin_;
    return text;
  }

  [[noreturn]] void refuse(std::string const& name, std::string const& problem) const {
    throw InputError(file_.path_ + ": tensor " + in_quotes(name) + ": " + problem +
                     " (the file is damaged) write it anew");
  }

  static bool is_list_of_counts(Json const& list) {
    return list.is_array() && std::all_of(list.begin(), list.end(), [](Json const& value) {
             return value.is_number_unsigned() && value <= kMostTensorBytes;
           });
  }

  SafetensorsFile::Entry entry(std::string const& name, Json const& value) const {
    bool const complete = value.is_object() && value.contains("dtype") && value.contains("shape") &&
                          value.contains("data_offsets");
    if (!complete || !value["dtype"].is_string() || !is_list_of_counts(value["shape"]) ||
        !is_list_of_counts(value["data_offsets"]) || value["data_offsets"].size() != 2) {
      refuse(name, "no dtype, shape and two data_offsets");
    }
    SafetensorsFile::Entry entry{.dtype = value["dtype"],
                                 .shape = value["shape"].get<std::vector<std::int64_t>>()};
    std::uint64_t const begin = value["data_offsets"][0];
    std::uint64_t const end = value["data_offsets"][1];
    if (begin > end || end > data_bytes_) {
      refuse(name, "bytes " + std::to_string(begin) + " to " + std::to_string(end) + " of " +
                       std::to_string(data_bytes_));
    }
    entry.begin = data_begin_ + begin;
    entry.size = end - begin;
    std::uint64_t const per_value = value_bytes(entry.dtype);
    if (per_value != 0 && shape_bytes(entry.shape, per_value) != entry.size) {
      refuse(name, std::to_string(entry.size) + " bytes for " + shown(entry.dtype) + " " +
                       shown(to_text(entry.shape)));
    }
    return entry;
  }

  SafetensorsFile& file_;
  std::uint64_t data_begin_ = 0;
  std::uint64_t data_bytes_ = 0;
};

SafetensorsFile::SafetensorsFile(std::string path) : path_(std::move(path)) {
  SafetensorsHeader(*this).read();
}

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> all;
  for (auto const& [name, entry] : entries_) all.push_back(name);
  return all;
}

SafetensorsFile::Entry const& SafetensorsFile::entry(std::string const& name) const {
  auto const found = entries_.find(name);
  if (found == entries_.end()) {
    throw InputError(path_ + ": tensor " + in_quotes(name) + " is missing (the file has " +
                     std::to_string(entries_.size()) + " others) pass the file that holds it");
  }
  return found->second;
}

std::vector<std::int64_t> const& SafetensorsFile::shape(std::string const& name) const {
  return entry(name).shape;
}

TensorType SafetensorsFile::type(std::string const& name) const {
  std::string const& dtype = entry(name).dtype;
  if (dtype != "F32" && dtype != "BF16") {
    throw InputError(path_ + ": tensor " + in_quotes(name) + " is " + shown(dtype) +
                     " (there is no reader for it) store it as F32 or BF16");
  }
  return dtype == "F32" ? TensorType::float32 : TensorType::bfloat16;
}

Tensor SafetensorsFile::read(std::string const& name) const {
  TensorType const type = this->type(name);
  Entry const& entry = this->entry(name);
  Tensor tensor{.type = type,
                .shape = entry.shape,
                .bytes = std::vector<std::uint8_t>(static_cast<std::size_t>(entry.size))};
  RegularFile const file(path_);
  std::span<char> const bytes(reinterpret_cast<char*>(tensor.bytes.data()), tensor.bytes.size());
  if (file.read_at(entry.begin, bytes) != bytes.size()) {
    throw InputError(path_ + ": tensor " + in_quotes(name) +
                     " cannot be read (did the file change?) try again");
  }
  return tensor;
}

}  // namespace fluxscope
