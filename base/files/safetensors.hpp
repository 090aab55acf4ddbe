#pragma once
// Reads tensors of safetensors files: u64 header length, JSON header, then the tensors' bytes, all
// little-endian (huggingface/safetensors, "Format").

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fluxscope {

/// The types whose values can be read.
enum class TensorType : std::uint8_t { float32, bfloat16 };

struct Tensor {
  TensorType type = TensorType::float32;
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> bytes;  ///< row-major
};

/// "[2, 128]"
[[nodiscard]] std::string to_text(std::vector<std::int64_t> const& shape);

/// Never trusts a size: a header or offsets that do not fit the file, and a shape that does not fit
/// its offsets, are an InputError "file: tensor ...: problem (why) what to do". Tensors may share
/// bytes.
class SafetensorsFile {
 public:
  /// Reads the header only.
  explicit SafetensorsFile(std::string path);

  [[nodiscard]] std::string const& path() const { return path_; }
  [[nodiscard]] bool has(std::string const& name) const { return entries_.contains(name); }
  [[nodiscard]] std::vector<std::string> names() const;  ///< ascending

  // Throw InputError where `name` is missing, and type() and read() where it is neither F32 nor
  // BF16. shape() and type() read no value.
  [[nodiscard]] std::vector<std::int64_t> const& shape(std::string const& name) const;
  [[nodiscard]] TensorType type(std::string const& name) const;
  [[nodiscard]] Tensor read(std::string const& name) const;

 private:
  friend class SafetensorsHeader;
  struct Entry {
    std::string dtype;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0;  ///< bytes from the beginning of the file
    std::uint64_t size = 0;
  };

  [[nodiscard]] Entry const& entry(std::string const& name) const;

  std::string path_;
  std::map<std::string, Entry> entries_;
};

}  // namespace fluxscope
