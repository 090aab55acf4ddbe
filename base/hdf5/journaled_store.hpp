#pragma once
// A file whose state changes from one commit to the next as a whole, also where the process is
// killed at any moment.
//
// Bytes beyond the last commit go straight to the file. Changes of committed bytes stay in memory
// until commit(), which
//   1. writes the changed pages behind the data as a journal with a checksum,
//   2. writes them in place,
//   3. cuts the journal off.
// A kill before 1 is done leaves the old state; after that, the journal holds all that 2 needs,
// and load_with_journal() applies it. Nothing here survives a power cut that fsync has not seen.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace fluxscope::hdf5 {

/// Not thread-safe. Throws InputError "path: ..." where the system refuses a file operation.
class JournaledStore {
 public:
  /// Creates `path` or empties it. Holds an exclusive lock while open.
  explicit JournaledStore(std::string path);
  ~JournaledStore();
  JournaledStore(JournaledStore const&) = delete;
  JournaledStore& operator=(JournaledStore const&) = delete;

  /// Bytes that were never written read as zero.
  void read(std::uint64_t offset, std::span<std::byte> out) const;
  void write(std::uint64_t offset, std::span<std::byte const> bytes);

  /// Length of the data, uncommitted bytes included.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  void resize(std::uint64_t size);

  /// Makes all writes since the last commit part of the file.
  void commit();

  /// Waits until the committed bytes are on the disk.
  void sync();

 private:
  static constexpr std::size_t kPageBytes = 512;
  using Page = std::vector<std::byte>;  // [kPageBytes]

  Page& changed_page(std::uint64_t page);
  void read_file(std::uint64_t offset, std::span<std::byte> out) const;
  void write_file(std::uint64_t offset, std::span<std::byte const> bytes);
  [[noreturn]] void fail(char const* action) const;

  std::string path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t committed_pages_ = 0;  // pages that hold committed bytes
  std::unordered_map<std::uint64_t, Page> changed_;
};

/// The bytes of `path` with its journal applied; empty where the file ends in no whole journal
/// (then the file itself is consistent).
[[nodiscard]] std::optional<std::vector<std::byte>> load_with_journal(std::string const& path);

}  // namespace fluxscope::hdf5
