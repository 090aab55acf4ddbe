#pragma once
// The bytes under an HDF5 file.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fluxscope::hdf5 {

/// Read-only; of a file on the disk, or of an image in memory.
class FileBytes {
 public:
  /// Throws InputError where the file cannot be opened.
  explicit FileBytes(std::string const& path);
  explicit FileBytes(std::vector<std::byte> image);
  ~FileBytes();
  FileBytes(FileBytes const&) = delete;
  FileBytes& operator=(FileBytes const&) = delete;

  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Fills `out` with the bytes from `offset` on. False where the file does not hold them all.
  [[nodiscard]] bool read(std::uint64_t offset, std::span<std::byte> out) const;

  [[nodiscard]] std::vector<std::byte> const& image() const { return image_; }

 private:
  int fd_ = -1;
  std::vector<std::byte> image_;
  std::uint64_t size_ = 0;
};

}  // namespace fluxscope::hdf5
