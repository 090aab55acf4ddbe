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
//
// After the first write that the system refuses (a full disk), the file stays as that left it: at
// its last commit. Reads and writes go on in memory, since HDF5, which keeps what it could not
// write and tries again at the program's exit, has no way to give up a file.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/output/output_file.hpp"

namespace fluxscope::hdf5 {

/// Not thread-safe. Throws InputError "path: ..." where the system refuses a file operation.
class JournaledStore {
 public:
  /// Writes into the unfinished file of `output`, which must outlive the store and be empty.
  explicit JournaledStore(OutputFile& output) : output_(output) {}
  ~JournaledStore() { *self_ = nullptr; }
  JournaledStore(JournaledStore const&) = delete;
  JournaledStore& operator=(JournaledStore const&) = delete;

  /// Bytes that were never written read as zero.
  void read(std::uint64_t offset, std::span<std::byte> out) const;
  /// Does not throw where the system refuses: check() and commit() do from then on.
  void write(std::uint64_t offset, std::span<std::byte const> bytes);
  /// Throws where an earlier write was refused.
  void check() const;

  /// Length of the data, uncommitted bytes included.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  void resize(std::uint64_t size);

  /// The store, null once it has gone: for a file that HDF5 could not close and holds until the
  /// program's exit.
  [[nodiscard]] std::shared_ptr<JournaledStore*> self() const { return self_; }

  /// Makes all writes since the last commit part of the file.
  void commit();

 private:
  static constexpr std::size_t kPageBytes = 512;
  using Page = std::vector<std::byte>;  // [kPageBytes]

  Page& changed_page(std::uint64_t page);
  [[nodiscard]] bool in_memory(std::uint64_t offset) const;
  void read_file(std::uint64_t offset, std::span<std::byte> out) const;
  bool write_file(std::uint64_t offset, std::span<std::byte const> bytes);
  bool cut_file(std::uint64_t bytes);
  bool refused(char const* action);

  OutputFile& output_;
  std::shared_ptr<JournaledStore*> self_ = std::make_shared<JournaledStore*>(this);
  std::optional<InputError> failure_;
  std::uint64_t size_ = 0;
  std::uint64_t committed_pages_ = 0;  // pages that hold committed bytes
  std::unordered_map<std::uint64_t, Page> changed_;
};

/// The bytes of `path` with its journal applied; empty where the file ends in no whole journal
/// (then the file itself is consistent).
[[nodiscard]] std::optional<std::vector<std::byte>> load_with_journal(std::string const& path);

}  // namespace fluxscope::hdf5
